"""The table of commands, in the order in which `safelight-server --help` lists them."""

from __future__ import annotations

from typing import Final

from safelight.command_line import Command
from safelight_server.cli import bootstrap, migrate, quickstart, serve, status, stop

ALL: Final[tuple[Command, ...]] = (
    quickstart.COMMAND,
    status.COMMAND,
    stop.COMMAND,
    bootstrap.COMMAND,
    migrate.COMMAND,
    serve.COMMAND,
)
