"""Parse the command line and run one command."""

from __future__ import annotations

import sys
from argparse import ArgumentParser, RawDescriptionHelpFormatter, _SubParsersAction
from collections.abc import Sequence

from safelight import __version__
from safelight.cli.command import Command, Group
from safelight.cli.commands import ALL
from safelight.errors import SafelightError

_INTERRUPTED = 130
"""Exit status of a command that Ctrl-C ended: 128 + SIGINT, as shells report it."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run `safelight`.

    Args:
        argv: arguments without the program's name; those of the process by default

    Returns:
        the exit status
    """
    arguments = build_parser().parse_args(argv)
    try:
        status: int = arguments.run(arguments)
    except SafelightError as error:
        print(f"safelight: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return _INTERRUPTED
    return status


def build_parser() -> ArgumentParser:
    """The parser of every command."""
    parser = ArgumentParser(
        prog="safelight",
        description="FiftyOne for teams: build, inspect and operate the drop-in `fiftyone`.",
    )
    parser.add_argument("--version", action="version", version=f"safelight {__version__}")
    commands = parser.add_subparsers(metavar="command", required=True)
    for entry in ALL:
        _add(commands, entry)
    return parser


def _add(commands: _SubParsersAction[ArgumentParser], command: Command | Group) -> None:
    if isinstance(command, Group):
        group = commands.add_parser(command.name, help=command.summary, description=command.summary)
        members = group.add_subparsers(metavar="command", required=True)
        for member in command.commands:
            _add(members, member)
        return
    parser = commands.add_parser(
        command.name,
        help=command.summary,
        description=f"{command.summary}\n\n{command.details}".strip(),
        formatter_class=RawDescriptionHelpFormatter,
    )
    command.configure(parser)
    parser.set_defaults(run=command.run)
