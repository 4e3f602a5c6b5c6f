"""`safelight-server quickstart`."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from pathlib import Path

from safelight.command_line import Command
from safelight_server.cli.options import add_state_directory

_DETAILS = """\
Starts MongoDB (a replica set of one node), an S3 store (SeaweedFS), the API server with a first admin, and
your private package index with a freshly built `fiftyone` in it, on free ports of the loopback interface,
without Docker. Writes DIR/stack.json for programs and DIR/env.sh for shells, and prints what to paste.

Everything lives in DIR. Start it again with the same DIR and your datasets, objects and packages are there,
on the same ports when they are still free. The stack is for one machine and one person: MongoDB and the
store's inner ports ask for no password.

  safelight-server quickstart                 run until Ctrl-C
  safelight-server quickstart --detach        run in the background
  . .state/env.sh                             point this shell's FiftyOne at the stack's database and store
  safelight-server status                     what runs, and where
  safelight-server stop                       stop it

To work as a team does, `safelight login` to the API server: stack.json has `api_uri` and `admin_api_key`."""


def _configure(parser: ArgumentParser) -> None:
    add_state_directory(parser)
    parser.add_argument(
        "--detach", action="store_true", help="return as soon as everything is ready, and leave it running"
    )
    parser.add_argument(
        "--quiet", action="store_true", help="do not print the instructions, which hold secrets"
    )
    source = parser.add_mutually_exclusive_group()
    source.add_argument(
        "--fiftyone-wheel",
        type=Path,
        metavar="FILE",
        help="publish this wheel instead of building one (see `safelight build-fiftyone --help`)",
    )
    source.add_argument("--no-fiftyone", action="store_true", help="leave the index as it is: build nothing")


def _run(arguments: Namespace) -> int:
    from safelight_server.quickstart.detached import start_detached
    from safelight_server.quickstart.launch import Options, run

    options = Options(
        wheel=arguments.fiftyone_wheel, publish=not arguments.no_fiftyone, announce=not arguments.quiet
    )
    if arguments.detach:
        start_detached(arguments.state_dir, options)
        return 0
    return run(arguments.state_dir, options)


COMMAND = Command(
    name="quickstart",
    summary="Run the whole stack on this machine.",
    details=_DETAILS,
    configure=_configure,
    run=_run,
)
