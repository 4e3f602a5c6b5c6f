"""What a command is, and how a program runs one: shared by `safelight` and `safelight-server`.

To add a command, write `cli/<noun>.py` with a `COMMAND` (or a `GROUP` of commands) and add it to
`cli/commands.py`. Import what the command does inside its `run`: `--help` should not wait for boto3.
"""

from __future__ import annotations

import os
import sys
from argparse import ArgumentParser, Namespace, RawDescriptionHelpFormatter, _SubParsersAction
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from safelight.errors import SafelightError

_INTERRUPTED: Final = 130
"""Exit status of a command that Ctrl-C ended: 128 + SIGINT, as shells report it."""

_UNREAD: Final = 141
"""Exit status of a command whose reader, such as `head`, had seen enough: 128 + SIGPIPE."""


def _no_options(_parser: ArgumentParser) -> None:
    pass


@dataclass(frozen=True, slots=True)
class Command:
    """One command.

    Attributes:
        name: the word on the command line
        summary: one line for the list of commands
        run: does it and returns the exit status; a `SafelightError` becomes a message and status 1
        configure: adds the command's arguments to its parser
        details: what `--help` says below the summary
    """

    name: str
    summary: str
    run: Callable[[Namespace], int]
    configure: Callable[[ArgumentParser], None] = _no_options
    details: str = ""


@dataclass(frozen=True, slots=True)
class Group:
    """Commands that share their first words, such as `safelight dropin enable`."""

    name: str
    summary: str
    commands: tuple[Command | Group, ...]


@dataclass(frozen=True, slots=True)
class Program:
    """A program that is made of commands.

    Attributes:
        name: as it is called
        version: what `--version` says
        description: what `--help` says above the list of commands
        commands: in the order of that list
    """

    name: str
    version: str
    description: str
    commands: tuple[Command | Group, ...]

    def run(self, argv: Sequence[str] | None = None) -> int:
        """Run one command.

        Args:
            argv: arguments without the program's name; those of the process by default

        Returns:
            the exit status
        """
        arguments = self.parser().parse_args(argv)
        try:
            status: int = arguments.run(arguments)
            sys.stdout.flush()
        except SafelightError as error:
            sys.stderr.write(f"{self.name}: {error}\n")
            return 1
        except KeyboardInterrupt:
            return _INTERRUPTED
        except BrokenPipeError:
            if not _nobody_reads():
                raise
            return _UNREAD
        return status

    def parser(self) -> ArgumentParser:
        """The parser of every command."""
        parser = ArgumentParser(prog=self.name, description=self.description)
        parser.add_argument("--version", action="version", version=f"{self.name} {self.version}")
        commands = parser.add_subparsers(metavar="COMMAND", required=True)
        for command in self.commands:
            _add(commands, command)
        return parser


def _nobody_reads() -> bool:
    """Whether standard output has no reader any more; then what is left for it is dropped."""
    try:
        sys.stdout.write("\n")
        sys.stdout.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return True
    return False


def _add(commands: _SubParsersAction[ArgumentParser], command: Command | Group) -> None:
    if isinstance(command, Group):
        group = commands.add_parser(command.name, help=command.summary, description=command.summary)
        members = group.add_subparsers(metavar="COMMAND", required=True)
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
