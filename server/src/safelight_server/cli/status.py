"""`safelight-server status`."""

from __future__ import annotations

from argparse import Namespace

from safelight.command_line import Command
from safelight_server.cli.options import add_state_directory


def _run(arguments: Namespace) -> int:
    from safelight_server.quickstart.control import describe

    status = describe(arguments.state_dir)
    print(status.text)
    return 0 if status.is_ready else 1


COMMAND = Command(
    name="status",
    summary="Say what runs from a state directory, and where.",
    details="Status 0 when everything is ready, else 1. When the last run failed, says which server and why.",
    configure=add_state_directory,
    run=_run,
)
