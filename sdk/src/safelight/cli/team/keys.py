"""`safelight keys`: API keys, one's own or, for admins, anybody's."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from typing import Final

from safelight.cli.team.table import print_table
from safelight.command_line import Command, Group


def _add_owner(parser: ArgumentParser) -> None:
    parser.add_argument(
        "--owner", metavar="WHO", help="a user's email or id, or a service account's id (default: you)"
    )


def _list(arguments: Namespace) -> int:
    from safelight import management as fom

    rows = [(key.id, key.name, f"{key.created_at:%Y-%m-%d}") for key in fom.list_api_keys(arguments.owner)]
    print_table(("ID", "NAME", "CREATED"), rows)
    return 0


def _configure_create(parser: ArgumentParser) -> None:
    parser.add_argument("name", help="to tell it from others")
    _add_owner(parser)


def _create(arguments: Namespace) -> int:
    from safelight import management as fom

    print(fom.generate_api_key(arguments.name, arguments.owner))
    return 0


def _configure_revoke(parser: ArgumentParser) -> None:
    parser.add_argument("id", help="as `safelight keys list` shows it")
    _add_owner(parser)


def _revoke(arguments: Namespace) -> int:
    from safelight import management as fom

    fom.delete_api_key(arguments.id, arguments.owner)
    print(f"The key {arguments.id} is revoked.")
    return 0


GROUP: Final = Group(
    "keys",
    "API keys: your own, and for admins anybody's.",
    (
        Command("list", "List keys; not the secrets, which nobody has.", _list, _add_owner),
        Command("create", "Make a key, and print it: it is never shown again.", _create, _configure_create),
        Command("revoke", "Revoke a key, at once: connections that use it end.", _revoke, _configure_revoke),
    ),
)
