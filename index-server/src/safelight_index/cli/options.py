"""Options that several commands share, and readers of their values."""

from __future__ import annotations

import argparse
import getpass
import re
from datetime import timedelta
from pathlib import Path
from typing import Any

from safelight_index.audit import AuditLog
from safelight_index.publishing import Publisher
from safelight_index.settings import Settings

_UNITS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


def add_state_dir(parser: argparse.ArgumentParser) -> None:
    """Add `--state-dir`."""
    parser.add_argument(
        "--state-dir",
        metavar="DIR",
        help="where tokens and files are kept (default: $SAFELIGHT_INDEX_STATE_DIR or ~/.safelight/index)",
    )


def state_dir(chosen: argparse.Namespace) -> Path:
    """Return the state directory that the command is about."""
    return Settings.read({"state_dir": chosen.state_dir or ""}).state_dir


def duration(text: str) -> timedelta:
    """Read a duration such as 90d, 12h, 30m or 2w."""
    match = re.fullmatch(r"([1-9]\d{0,5})([mhdw])", text)
    if match is None:
        raise argparse.ArgumentTypeError(f"{text!r} is no duration: write 30m, 12h, 90d or 2w")
    return timedelta(**{_UNITS[match[2]]: int(match[1])})


def operator() -> Publisher:
    """Return who works at the command line: whoever may write the state directory may do everything."""
    return Publisher(f"{getpass.getuser()} (command line)", may_claim=True)


def audit(directory: Path, event: str, **details: Any) -> None:
    """Write an audit line about a command."""
    log = AuditLog(directory)
    log.record(event, by=operator().name, **details)
    log.close()
