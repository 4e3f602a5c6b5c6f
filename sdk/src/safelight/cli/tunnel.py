"""`safelight tunnel`."""

from __future__ import annotations

import signal
import threading
from argparse import Namespace
from typing import Final

from safelight.command_line import Command

_DETAILS: Final = """\
Prints a MongoDB address that leads through the API connection, and keeps it open until Ctrl-C. Whatever
speaks to MongoDB can use it, with your permissions: mongosh, Compass, pymongo. Only you can, on this machine.

  safelight tunnel
  mongosh 'mongodb://%2Ftmp%2F...sock/fiftyone?loadBalanced=true'      in another terminal"""


def _run(_arguments: Namespace) -> int:
    from safelight.config.api import load_api_config
    from safelight.runtime import get_runtime

    tunnel = get_runtime().tunnel(load_api_config().tunnel_options())
    print(tunnel.uri.replace("/?", f"/{tunnel.database or ''}?", 1), flush=True)
    stopped = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopped.set())
    stopped.wait()
    return 0


COMMAND = Command(
    name="tunnel",
    summary="Open a MongoDB address that leads to the team's server.",
    details=_DETAILS,
    run=_run,
)
