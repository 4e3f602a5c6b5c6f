"""Runs upstream's `service/main.py`: `python .../supervisor.py .../fiftyone/service/main.py ARGUMENTS`.

That script starts a service (the App's server, or a database) and stops it when nobody needs it any more. Of
FiftyOne it needs `fiftyone.service.ipc`, which needs nothing but the standard library; but importing it
imports `fiftyone` first, for seconds and some hundred megabytes. So here `fiftyone` is an empty package.

It is run by its path, so that neither Safelight nor what is in the current directory is importable in it by
accident.
"""

from __future__ import annotations

import runpy
import sys
from pathlib import Path
from types import ModuleType


def main() -> None:
    """Become the script."""
    script, here = Path(sys.argv[1]), str(Path(__file__).parent)
    package = ModuleType("fiftyone")
    package.__path__ = [str(script.parent.parent)]
    sys.modules["fiftyone"] = package
    sys.argv = sys.argv[1:]
    sys.path = [str(script.parent) if place == here else place for place in sys.path]
    runpy.run_path(str(script), run_name="__main__")


if __name__ == "__main__":
    main()
