"""Tokens in the database: made, listed and revoked from any process."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta, timezone

from safelight_index.database import Database
from safelight_index.errors import SettingsError, TokenNotFoundError
from safelight_index.names import is_valid_pattern
from safelight_index.tokens.model import Scope, Token
from safelight_index.tokens.text import TokenText

_MAX_NAME = 100
_MAX_LIFE = timedelta(days=36525)


class TokenStore:
    """The tokens of one state directory."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def create(
        self,
        name: str,
        scope: Scope = Scope.READ,
        expires_in: timedelta | None = None,
        packages: Sequence[str] = (),
    ) -> tuple[TokenText, Token]:
        """Make a token. Its text exists in the returned value alone.

        Args:
            name: who or what it is for, as shown in lists and logs
            scope: what it may do
            expires_in: how long it is accepted; None for ever
            packages: the private projects that it may do this to: normalised names, or patterns with one `*`;
                empty for all

        Raises:
            SettingsError: the name is empty, too long or not printable, the time is not sensible, or a
                package is none
        """
        if not name.strip() or len(name) > _MAX_NAME or not name.isprintable():
            raise SettingsError(f"a token's name is 1 to {_MAX_NAME} printable characters")
        if expires_in is not None and not timedelta(0) < expires_in <= _MAX_LIFE:
            raise SettingsError("a token is accepted for some time, up to a hundred years")
        for package in packages:
            if not is_valid_pattern(package):
                raise SettingsError(f"{package!r} is no normalised project name, nor a pattern with one `*`")
        text, now = TokenText.generate(), datetime.now(timezone.utc)
        expires_at = None if expires_in is None else now + expires_in
        token = Token(text.id, name, scope, now, expires_at, packages=tuple(packages))
        row = (
            token.id,
            text.digest,
            name,
            scope.value,
            now.timestamp(),
            None if expires_at is None else expires_at.timestamp(),
            " ".join(packages),
        )
        with self._database.writing() as (connection, revision):
            connection.execute(
                "INSERT INTO tokens (id, digest, name, scope, created_at, expires_at, packages, revision)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                (*row, revision),
            )
        return text, token

    def tokens(self) -> list[Token]:
        """List every token ever made, oldest first."""
        with self._database.reading() as connection:
            rows = connection.execute(
                "SELECT * FROM tokens LEFT JOIN token_uses ON token_id = id ORDER BY created_at, id"
            )
            return [token_of(row) for row in rows]

    def revoke(self, token_id: str) -> Token:
        """Take a token back, in all processes at their next request. Doing it twice changes nothing.

        Raises:
            TokenNotFoundError: there is no token of this id
        """
        with self._database.writing() as (connection, revision):
            connection.execute(
                "UPDATE tokens SET revoked_at = ?, revision = ? WHERE id = ? AND revoked_at IS NULL",
                (datetime.now(timezone.utc).timestamp(), revision, token_id),
            )
            row = connection.execute("SELECT * FROM tokens WHERE id = ?", (token_id,)).fetchone()
        if row is None:
            raise TokenNotFoundError(f"there is no token with the id {token_id!r}: see `token list`")
        return token_of(row)

    def record_uses(self, uses: Mapping[str, float]) -> None:
        """Note when tokens were last used.

        Args:
            uses: Unix time of the last use, by token id
        """
        if not uses:
            return
        with self._database.writing() as (connection, _):
            connection.executemany(
                "INSERT INTO token_uses VALUES (?, ?) ON CONFLICT (token_id) DO UPDATE"
                " SET last_used_at = max(last_used_at, excluded.last_used_at)",
                list(uses.items()),
            )


def token_of(row: sqlite3.Row) -> Token:
    """Read a row of the `tokens` table, joined with `token_uses` or not."""
    last_used = row["last_used_at"] if "last_used_at" in row.keys() else None  # noqa: SIM118 - a Row is no mapping
    return Token(
        id=row["id"],
        name=row["name"],
        scope=Scope(row["scope"]),
        created_at=datetime.fromtimestamp(row["created_at"], timezone.utc),
        expires_at=_time(row["expires_at"]),
        revoked_at=_time(row["revoked_at"]),
        last_used_at=_time(last_used),
        packages=tuple(row["packages"].split()),
    )


def _time(timestamp: float | None) -> datetime | None:
    return None if timestamp is None else datetime.fromtimestamp(timestamp, timezone.utc)
