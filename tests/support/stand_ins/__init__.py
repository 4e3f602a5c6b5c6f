"""Packages that upstream imports and no test needs."""

from __future__ import annotations

import sys
from importlib.util import find_spec
from pathlib import Path


def provide_stand_in(name: str) -> None:
    """Make a stand-in importable where the real package is not installed, here and in worker processes."""
    if find_spec(name) is None:
        sys.path.append(str(Path(__file__).parent))
