"""The tokens as a server process holds them: in memory, in step with the store, answering in microseconds."""

from __future__ import annotations

import hmac
import sqlite3
from dataclasses import dataclass
from datetime import datetime

from safelight_index.errors import ExpiredTokenError, InvalidTokenError, RevokedTokenError
from safelight_index.tokens.model import Token
from safelight_index.tokens.store import token_of
from safelight_index.tokens.text import TokenText


@dataclass(frozen=True, slots=True)
class _Entry:
    token: Token
    digest: bytes


class TokenDirectory:
    """Every token by its id. Rows only ever change, so a partial load keeps it whole."""

    def __init__(self) -> None:
        self._entries: dict[str, _Entry] = {}

    def load(self, connection: sqlite3.Connection, since: int) -> None:
        """Take in the rows that were written after the revision `since`."""
        for row in connection.execute("SELECT * FROM tokens WHERE revision > ?", (since,)):
            self._entries[row["id"]] = _Entry(token_of(row), row["digest"])

    def verify(self, text: TokenText, now: datetime) -> Token:
        """Return the token that `text` proves.

        The digests are compared in constant time. Why a token is refused is told only to who holds it.

        Raises:
            InvalidTokenError: nobody made this token here
            RevokedTokenError: it was taken back
            ExpiredTokenError: its time is over
        """
        entry = self._entries.get(text.id)
        if not hmac.compare_digest(entry.digest if entry else bytes(32), text.digest) or entry is None:
            raise InvalidTokenError("this token is well-formed, but this index never made it")
        token = entry.token
        if token.revoked_at is not None:
            raise RevokedTokenError(
                f"the token {token.id} ({token.name}) was revoked on {_day(token.revoked_at)}"
            )
        if token.expires_at is not None and now >= token.expires_at:
            raise ExpiredTokenError(
                f"the token {token.id} ({token.name}) expired on {_day(token.expires_at)}"
            )
        return token


def _day(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%d %H:%M UTC")
