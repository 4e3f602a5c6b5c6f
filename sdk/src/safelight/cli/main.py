"""The program `safelight`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from safelight import __version__
from safelight.cli.commands import ALL
from safelight.command_line import Program

PROGRAM: Final = Program(
    "safelight", __version__, "FiftyOne for teams: build, inspect and operate the drop-in `fiftyone`.", ALL
)


def main(argv: Sequence[str] | None = None) -> int:
    """As `Program.run`."""
    return PROGRAM.run(argv)
