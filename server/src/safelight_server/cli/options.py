"""Options that several commands take."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path

DEFAULT_STATE_DIRECTORY = Path(".state")


def add_state_directory(parser: ArgumentParser) -> None:
    """`--state-dir DIR`, the same for every command."""
    parser.add_argument(
        "--state-dir",
        type=Path,
        default=DEFAULT_STATE_DIRECTORY,
        metavar="DIR",
        help=f"where the stack keeps data, logs, stack.json and env.sh (default: {DEFAULT_STATE_DIRECTORY})",
    )
