"""Fails when a module has grown beyond what one noun needs.

Usage: check_module_sizes.py FOLDER...
"""

from __future__ import annotations

import statistics
import sys
from pathlib import Path

LONGEST = 350
"""Lines that no module may exceed."""


def main(folders: list[str]) -> int:
    """Print what is too long and the median of the rest; return the exit code."""
    sizes = {
        path: len(path.read_text(encoding="utf-8").splitlines())
        for folder in folders
        for path in sorted(Path(folder).rglob("*.py"))
    }
    too_long = {path: size for path, size in sizes.items() if size > LONGEST}
    for path, size in too_long.items():
        print(f"{path}: {size} lines, more than {LONGEST}: split it by nouns")
    median, longest = statistics.median(sizes.values()), max(sizes.values())
    print(f"{len(sizes)} modules, median {median:.0f} lines, longest {longest}")
    return 1 if too_long else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
