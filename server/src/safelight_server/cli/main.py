"""The program `safelight-server`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from safelight.command_line import Program
from safelight_server import __version__
from safelight_server.cli.commands import ALL

PROGRAM: Final = Program(
    "safelight-server",
    __version__,
    "Safelight's servers. `safelight-server COMMAND --help` explains each command.",
    ALL,
)


def main(argv: Sequence[str] | None = None) -> int:
    """As `Program.run`."""
    return PROGRAM.run(argv)
