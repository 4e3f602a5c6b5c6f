"""Reading the command line; each command is a module beside this one."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from safelight_index import __version__
from safelight_index.cli import files, names, serve, token
from safelight_index.errors import IndexServerError

_EPILOG = """\
The first minutes:
  safelight-index publish dist/fiftyone-1.22.1+safelight.1-py3-none-any.whl
  safelight-index token create --name alice --expires 90d
  safelight-index serve --port 8080
  pip install --index-url http://TOKEN@localhost:8080 fiftyone

All commands work on one state directory (--state-dir, or SAFELIGHT_INDEX_STATE_DIR, or ~/.safelight/index),
with or without a server running on it; a running server sees every change at its next request.
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; return its exit status: 0, 1 for a refusal, 2 for a command that cannot be read."""
    parser = argparse.ArgumentParser(
        prog="safelight-index",
        description="A private package index with tokens, safe against dependency confusion.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"%(prog)s {__version__}")
    commands = parser.add_subparsers(metavar="COMMAND", required=True)
    for command in (serve, token, files, names):
        command.add_parsers(commands)
    chosen = parser.parse_args(arguments)
    try:
        status: int = chosen.run(chosen)
    except (IndexServerError, OSError) as error:
        print(f"safelight-index: {error}", file=sys.stderr)
        return 1
    return status
