"""`safelight-server serve`."""

from __future__ import annotations

import signal
import sys
from argparse import ArgumentParser, Namespace

from safelight.command_line import Command

_DETAILS = """\
Serves the API: identities and permissions over REST, clients' database connections over WebSockets. It keeps
no state: run as many as you need behind a load balancer. Stop it with SIGTERM: commands under way finish.

A new installation is prepared by `safelight-server bootstrap`. Settings come from the environment:

"""


def _configure(parser: ArgumentParser) -> None:
    parser.add_argument("--host", help="goes before SAFELIGHT_HOST")
    parser.add_argument("--port", help="goes before SAFELIGHT_PORT")


def _run(arguments: Namespace) -> int:
    from safelight_server.observability.logs import configure_logging
    from safelight_server.serving import serve
    from safelight_server.settings import Settings

    # Uvicorn sends itself the signal again that it stopped for: then nothing is left to do.
    signal.signal(signal.SIGTERM, lambda *_received: sys.exit(0))
    settings = Settings.read({"host": arguments.host, "port": arguments.port})
    configure_logging(settings.log_format)
    print(f"safelight-server: {settings.url}", flush=True)
    return 0 if serve(settings) else 1


def _variables() -> str:
    from safelight_server.settings import describe

    settings = describe()
    width = max(map(len, settings))
    return "\n".join(f"  {variable:{width}}  {doc}" for variable, doc in settings.items())


COMMAND = Command(
    name="serve",
    summary="Run the API server.",
    details=_DETAILS + _variables(),
    configure=_configure,
    run=_run,
)
