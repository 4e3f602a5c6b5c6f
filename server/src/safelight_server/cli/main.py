"""Parse the command line and run one command."""

from __future__ import annotations

import sys
from argparse import ArgumentParser, RawDescriptionHelpFormatter
from collections.abc import Sequence

from safelight.errors import SafelightError
from safelight_server import __version__
from safelight_server.cli import bootstrap, migrate, quickstart, serve, status, stop

_INTERRUPTED = 130  # as shells report Ctrl-C: 128 + SIGINT

ALL = (
    quickstart.COMMAND,
    status.COMMAND,
    stop.COMMAND,
    bootstrap.COMMAND,
    migrate.COMMAND,
    serve.COMMAND,
)


def main(argv: Sequence[str] | None = None) -> int:
    """Run `safelight-server`.

    Args:
        argv: arguments without the program's name; those of the process by default

    Returns:
        the exit status
    """
    arguments = build_parser().parse_args(argv)
    try:
        status_code: int = arguments.run(arguments)
    except SafelightError as error:
        print(f"safelight-server: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return _INTERRUPTED
    return status_code


def build_parser() -> ArgumentParser:
    """The parser of every command."""
    parser = ArgumentParser(
        prog="safelight-server",
        description="Safelight's servers. `safelight-server COMMAND --help` explains each command.",
    )
    parser.add_argument("--version", action="version", version=f"safelight-server {__version__}")
    commands = parser.add_subparsers(metavar="COMMAND", required=True)
    for command in ALL:
        subparser = commands.add_parser(
            command.name,
            help=command.summary,
            description=f"{command.summary}\n\n{command.details}",
            formatter_class=RawDescriptionHelpFormatter,
        )
        command.configure(subparser)
        subparser.set_defaults(run=command.run)
    return parser
