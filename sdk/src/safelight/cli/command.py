"""What a command of the command line is.

To add one, write `cli/<noun>.py` with a `COMMAND` (or a `GROUP` of commands) and add it to `cli/commands.py`.
Import what the command does inside its `run`: `safelight --help` should not wait for boto3.
"""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from collections.abc import Callable
from dataclasses import dataclass


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
