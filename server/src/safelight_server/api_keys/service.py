"""What can be done with API keys."""

from __future__ import annotations

from datetime import timedelta

from safelight_server.api_keys.errors import ApiKeyNotFoundError, GuestKeyError
from safelight_server.api_keys.model import ApiKey
from safelight_server.api_keys.store import ApiKeyStore
from safelight_server.authn.tokens import Token, TokenKind
from safelight_server.authz.principal import Principal
from safelight_server.authz.roles import Role
from safelight_server.identifiers import now


class ApiKeyService:
    """Makes, lists and revokes keys.

    Args:
        keys: where they are kept
    """

    def __init__(self, keys: ApiKeyStore) -> None:
        self._keys = keys

    def of(self, owner: Principal) -> list[ApiKey]:
        """The keys of a user or service account, oldest first."""
        return self._keys.of_owner(owner.id)

    async def create(
        self, owner: Principal, name: str, lifetime: timedelta | None = None
    ) -> tuple[ApiKey, Token]:
        """Make a key.

        Args:
            owner: whom it acts as
            name: for its owner, to tell it from others
            lifetime: how long it is accepted; None: until it is revoked

        Returns:
            what is kept, and its text, to be shown once

        Raises:
            GuestKeyError: the owner is a guest
        """
        if owner.role is Role.GUEST:
            raise GuestKeyError(owner.name)
        token = Token.generate(TokenKind.API_KEY)
        created_at = now()
        key = ApiKey(
            id=token.id,
            name=name,
            owner=owner.id,
            digest=token.digest,
            created_at=created_at,
            expires_at=created_at + lifetime if lifetime else None,
        )
        await self._keys.insert(key)
        return key, token

    async def revoke(self, owner: Principal, key_id: str) -> None:
        """Accept a key no more, from now on.

        Raises:
            ApiKeyNotFoundError: the owner has no such key
        """
        key = await self._keys.find(key_id)
        if key is None or key.owner != owner.id:
            raise ApiKeyNotFoundError(key_id)
        await self._keys.delete(key_id)
