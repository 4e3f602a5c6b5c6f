"""`safelight-index names list | add`: the private names, which never fall back."""

from __future__ import annotations

import argparse
from typing import Any

from safelight_index.cli.options import add_state_dir, audit, operator, state_dir
from safelight_index.errors import SettingsError
from safelight_index.names import is_valid_pattern
from safelight_index.publishing import open_publishing


def add_parsers(commands: Any) -> None:
    """Add the commands to the parser."""
    parser: argparse.ArgumentParser = commands.add_parser(
        "names",
        help="show and extend the list of private names",
        description="Private names are answered from this index alone, with files or without. The list"
        " only grows: taking a name off it would let somebody else's package take its place.",
    )
    actions = parser.add_subparsers(metavar="ACTION", required=True)
    listing = actions.add_parser("list", help="list them", description="List the private names.")
    listing.set_defaults(run=_list)
    add = actions.add_parser(
        "add", help="add names, or patterns", description="Make names private, with files or before."
    )
    add.add_argument("patterns", nargs="+", metavar="NAME", help="a name, or a pattern such as 'acme-*'")
    add.set_defaults(run=_add)
    for action in (listing, add):
        add_state_dir(action)


def _list(chosen: argparse.Namespace) -> int:
    print("\n".join(open_publishing(state_dir(chosen)).private_names()))
    return 0


def _add(chosen: argparse.Namespace) -> int:
    directory = state_dir(chosen)
    publishing = open_publishing(directory)
    for pattern in chosen.patterns:
        if not is_valid_pattern(pattern):
            raise SettingsError(
                f"{pattern!r}: write the normalised name (lower case, single -), with at most one *"
            )
        publishing.claim(pattern, operator())
        audit(directory, "name added", name=pattern)
        print(f"{pattern} is private now")
    return 0
