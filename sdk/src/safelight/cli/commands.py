"""The table of commands, in the order in which `safelight --help` lists them."""

from __future__ import annotations

from typing import Final

from safelight.cli import build_fiftyone, dropin, seams, storage, team, tunnel
from safelight.command_line import Command, Group

ALL: Final[tuple[Command | Group, ...]] = (
    *team.COMMANDS,
    tunnel.COMMAND,
    build_fiftyone.COMMAND,
    seams.COMMAND,
    dropin.GROUP,
    storage.GROUP,
)
