"""The server's accounts at MongoDB: the second fence, should the policy ever let something through.

safelight-server   reads and writes the server's own database, and nothing else
safelight-relay    the actions that FiftyOne needs, on the datasets' database
safelight-read     what only reads, there; it runs every command that the policy takes for a read
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import parse_qsl, quote, urlencode, urlsplit, urlunsplit

from pymongo.errors import OperationFailure

from safelight.storage.credentials import Secret
from safelight_server.db.databases import Client

_READ_ACTIONS: Final = ("find", "listIndexes", "collStats", "indexStats", "listCollections", "changeStream")
_WRITE_ACTIONS: Final = (
    "insert",
    "update",
    "remove",
    "createIndex",
    "dropIndex",
    "collMod",
    "dropCollection",
    "createCollection",
)
_ROLE_EXISTS: Final = 51002
_USER_EXISTS: Final = 51003


@dataclass(frozen=True, slots=True)
class Account:
    """An account, with a role of its name.

    Attributes:
        name: of both
        variable: the setting that its address goes into
        database: the one database that it can use
        actions: what it may do there
    """

    name: str
    variable: str
    database: str
    actions: Sequence[str]


def accounts(database_name: str, own_database: str) -> tuple[Account, ...]:
    """The three accounts, for these databases."""
    everything = (*_READ_ACTIONS, *_WRITE_ACTIONS)
    return (
        Account("safelight-server", "mongodb_uri", own_database, everything),
        Account("safelight-relay", "relay_uri", database_name, everything),
        Account("safelight-read", "relay_read_uri", database_name, _READ_ACTIONS),
    )


async def create_account(client: Client, account: Account) -> Secret | None:
    """Make an account, or bring the role of one that exists up to date.

    Args:
        client: connected with an account that may create users and roles
        account: which one

    Returns:
        its password; None when it existed, and kept the password that it had
    """
    await _put_role(client, account)
    password = secrets.token_urlsafe(32)
    try:
        await client.admin.command("createUser", account.name, pwd=password, roles=[account.name])
    except OperationFailure as error:
        if error.code != _USER_EXISTS:
            raise
        return None
    return Secret(password)


def address_of(uri: Secret, account: Account, password: Secret) -> Secret:
    """The address of the same MongoDB, with this account in the place of whatever account is in it."""
    parts = urlsplit(uri.reveal())
    hosts = parts.netloc.rpartition("@")[2]
    options = [(name, value) for name, value in parse_qsl(parts.query) if name.lower() != "authsource"]
    return Secret(
        urlunsplit(
            (
                parts.scheme,
                f"{account.name}:{quote(password.reveal(), safe='')}@{hosts}",
                "/",
                urlencode([*options, ("authSource", "admin")]),
                "",
            )
        )
    )


async def _put_role(client: Client, account: Account) -> None:
    resource = {"db": account.database, "collection": ""}
    content: dict[str, Any] = {
        "privileges": [{"resource": resource, "actions": list(account.actions)}],
        "roles": [],
    }
    try:
        await client.admin.command("createRole", account.name, **content)
    except OperationFailure as error:
        if error.code != _ROLE_EXISTS:
            raise
        await client.admin.command("updateRole", account.name, **content)
