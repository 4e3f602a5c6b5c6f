"""`safelight-index token create | list | revoke`."""

from __future__ import annotations

import argparse
import json
import sys
from datetime import datetime, timezone
from typing import Any

from safelight_index.cli.options import add_state_dir, audit, duration, state_dir
from safelight_index.database import Database
from safelight_index.settings import Settings
from safelight_index.tokens import Scope, Token, TokenStore

_COLUMNS = "{:10}{:24}{:8}{:9}{:18}{:18}{}"


def add_parsers(commands: Any) -> None:
    """Add the commands to the parser."""
    parser: argparse.ArgumentParser = commands.add_parser(
        "token",
        help="make, list and revoke tokens",
        description="Tokens: who may install, publish, or do everything. Give each person and machine one.",
    )
    actions = parser.add_subparsers(metavar="ACTION", required=True)
    for add in (_add_create, _add_list, _add_revoke):
        add_state_dir(add(actions))


def _add_create(actions: Any) -> argparse.ArgumentParser:
    create: argparse.ArgumentParser = actions.add_parser(
        "create",
        help="make a token and show it, once",
        description="Make a token and show it, once: only its SHA-256 is kept. Nothing else goes to stdout.",
    )
    create.add_argument(
        "--name", required=True, help="who or what it is for; shown in lists and in the audit log"
    )
    create.add_argument("--expires", type=duration, metavar="TIME", help="30m, 12h, 90d, 2w (default: never)")
    create.add_argument(
        "--scope",
        type=Scope,
        choices=list(Scope),
        metavar="{read,upload,admin}",
        default=Scope.READ,
        help="read: install (default); upload: publish known names; admin: new names, yank, metrics",
    )
    create.add_argument(
        "--package",
        action="append",
        default=[],
        metavar="NAME",
        dest="packages",
        help="only this private project, or those of a pattern with one `*`; may be repeated (default: all)",
    )
    _add_json(create)
    create.set_defaults(run=_create)
    return create


def _add_list(actions: Any) -> argparse.ArgumentParser:
    listing: argparse.ArgumentParser = actions.add_parser(
        "list",
        help="list the tokens, without their secrets",
        description="List the tokens with their state and their last use, without their secrets.",
    )
    _add_json(listing)
    listing.set_defaults(run=_list)
    return listing


def _add_revoke(actions: Any) -> argparse.ArgumentParser:
    revoke: argparse.ArgumentParser = actions.add_parser(
        "revoke",
        help="take a token back, effective at once",
        description="Take a token back: a running server refuses it from its next request on.",
    )
    revoke.add_argument("id", help="the id, as in `token list`")
    revoke.set_defaults(run=_revoke)
    return revoke


def _add_json(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="for scripts")


def _create(chosen: argparse.Namespace) -> int:
    directory = state_dir(chosen)
    store = TokenStore(Database(directory))
    text, token = store.create(chosen.name, chosen.scope, chosen.expires, chosen.packages)
    allowed = {"scope": token.scope.value, "packages": " ".join(token.packages) or None}
    audit(directory, "token created", id=token.id, name=token.name, **allowed)
    if chosen.json:
        print(json.dumps({"token": text.reveal(), **_described(token)}))
        return 0
    print(text.reveal())
    url = Settings.read().url.replace("://", "://TOKEN@")
    print(
        f"This is the only time the token is shown. Its id is {token.id}; its scope is {token.scope.value}.\n"
        f"  pip install --index-url {url} fiftyone",
        file=sys.stderr,
    )
    return 0


def _list(chosen: argparse.Namespace) -> int:
    tokens = TokenStore(Database(state_dir(chosen))).tokens()
    if chosen.json:
        print(json.dumps([_described(token) for token in tokens]))
        return 0
    print(_COLUMNS.format("ID", "NAME", "SCOPE", "STATE", "EXPIRES", "LAST USED", "PACKAGES"))
    now = datetime.now(timezone.utc)
    for token in tokens:
        times = (_day(token.expires_at), _day(token.last_used_at))
        packages = " ".join(token.packages) or "all"
        print(_COLUMNS.format(token.id, token.name, token.scope.value, token.state(now), *times, packages))
    return 0


def _revoke(chosen: argparse.Namespace) -> int:
    directory = state_dir(chosen)
    token = TokenStore(Database(directory)).revoke(chosen.id)
    audit(directory, "token revoked", id=token.id, name=token.name)
    print(f"{token.id} ({token.name}) is revoked")
    return 0


def _described(token: Token) -> dict[str, Any]:
    return {
        "id": token.id,
        "name": token.name,
        "scope": token.scope.value,
        "packages": list(token.packages),
        "state": token.state(datetime.now(timezone.utc)),
        "expires_at": token.expires_at.isoformat() if token.expires_at else None,
        "last_used_at": token.last_used_at.isoformat() if token.last_used_at else None,
    }


def _day(moment: datetime | None) -> str:
    return "-" if moment is None else moment.strftime("%Y-%m-%d %H:%M")
