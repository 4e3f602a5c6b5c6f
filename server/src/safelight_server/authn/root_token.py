"""The root token: an installation's first key, shown once by `bootstrap`, for its first admin.

It acts as an admin who is nobody. There is one; making another revokes the one before.
"""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Final

from safelight_server.authn.tokens import Token, TokenKind
from safelight_server.authz.principal import Principal, PrincipalKind
from safelight_server.authz.roles import Role
from safelight_server.db.table import Table

ROOT: Final = Principal(id="root", name="the root token", role=Role.ADMIN, kind=PrincipalKind.ROOT)
_ID: Final = "root_token"


class RootTokenStore:
    """The digest of the root token, if there is one."""

    def __init__(self, table: Table) -> None:
        self._table = table

    @property
    def exists(self) -> bool:
        """Whether one was made, and not revoked."""
        return self._table.get(_ID) is not None

    def accepts(self, token: Token) -> bool:
        """Whether this is the one."""
        document = self._table.get(_ID)
        return document is not None and token.matches(bytes(document["digest"]))

    async def replace(self) -> Token:
        """Make a new one, to be shown once."""
        token = Token.generate(TokenKind.ROOT)
        await self._table.delete(_ID)
        await self._table.insert(
            {"_id": _ID, "digest": token.digest, "created_at": datetime.now(timezone.utc)}
        )
        return token
