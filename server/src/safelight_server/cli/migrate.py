"""`safelight-server migrate`."""

from __future__ import annotations

from argparse import Namespace

from safelight.command_line import Command


def _run(_arguments: Namespace) -> int:
    import asyncio

    from safelight_server.bootstrap import migrate_database
    from safelight_server.settings import Settings

    steps = asyncio.run(migrate_database(Settings.read()))
    for step in steps:
        print(f"Done: {step}")
    print("The server's database is of the version that this server needs.")
    return 0


COMMAND = Command(
    name="migrate",
    summary="Bring the server's own database to this version.",
    details="Run it after an upgrade, before `serve` and in its environment. Running it again does nothing.",
    run=_run,
)
