"""`safelight-server stop`."""

from __future__ import annotations

from argparse import Namespace

from safelight.command_line import Command
from safelight_server.cli.options import add_state_directory


def _run(arguments: Namespace) -> int:
    from safelight_server.quickstart.control import stop

    stop(arguments.state_dir)
    print("Stopped. The data are kept: `safelight-server quickstart` goes on with them.")
    return 0


COMMAND = Command(
    name="stop",
    summary="Stop the stack that runs from a state directory.",
    details="Returns when every server has ended. Nothing stored is lost. Status 1 when nothing runs there.",
    configure=add_state_directory,
    run=_run,
)
