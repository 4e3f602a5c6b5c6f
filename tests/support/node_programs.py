"""What scripts/install-test-servers installed, of tests/servers/package.json."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Final

from support.environment import MACHINE

#: Below the home of before the tests had one of their own.
_CACHE: Final = Path(MACHINE.get("XDG_CACHE_HOME") or Path(MACHINE["HOME"]) / ".cache")


def node_program(path: str) -> list[str]:
    """The beginning of a command that runs a package's program.

    Args:
        path: the package's name, and where its program is in it

    Raises:
        RuntimeError: it is not installed
    """
    node, program = shutil.which("node"), _CACHE / "safelight/test-servers/node_modules" / path
    if node is None or not program.exists():
        raise RuntimeError(f"{path.partition('/')[0]} is not installed: run scripts/install-test-servers")
    return [node, str(program)]
