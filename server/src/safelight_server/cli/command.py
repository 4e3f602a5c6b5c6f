"""What a command of the command line is.

To add one, write `cli/<noun>.py` with a `COMMAND` and add it to `ALL` in `cli/main.py`. Import what the
command does inside its `run`: `safelight-server --help` should not wait for it.
"""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

DEFAULT_STATE_DIRECTORY = Path(".state")


@dataclass(frozen=True, slots=True)
class Command:
    """One command.

    Attributes:
        name: the word on the command line
        summary: one line for the list of commands
        details: what `--help` says below the summary
        configure: adds the command's arguments to its parser
        run: does it and returns the exit status; a `SafelightError` becomes a message and status 1
    """

    name: str
    summary: str
    details: str
    configure: Callable[[ArgumentParser], None]
    run: Callable[[Namespace], int]


def add_state_directory(parser: ArgumentParser) -> None:
    """`--state-dir DIR`, the same for every command."""
    parser.add_argument(
        "--state-dir",
        type=Path,
        default=DEFAULT_STATE_DIRECTORY,
        metavar="DIR",
        help=f"where the stack keeps data, logs, stack.json and env.sh (default: {DEFAULT_STATE_DIRECTORY})",
    )
