"""From a bearer token to the principal that it acts as, for as long as it is good."""

from __future__ import annotations

import asyncio
import weakref
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from typing import Final

from safelight_server.api_keys.model import ApiKey
from safelight_server.api_keys.store import ApiKeyStore
from safelight_server.authn.principals import Principals
from safelight_server.authn.root_token import ROOT, RootTokenStore
from safelight_server.authn.tokens import Token, TokenKind
from safelight_server.authz.principal import Principal
from safelight_server.authz.roles import Role
from safelight_server.db.replica import Replica
from safelight_server.db.table import Key
from safelight_server.errors import AuthenticationError
from safelight_server.rate_limit import RateLimit

_USE_NOTED_EVERY: Final = timedelta(minutes=1)
_REFUSED: Final = "this API key is not accepted: it is unknown, revoked or expired; ask for a new one"


class Ticket:
    """What an accepted token gives. Ask it before every command; it looks at memory only.

    Attributes:
        token_id: the public part of the token, for logs
        ended: set at the moment when the token stops being good, for whoever has nothing to ask just then
    """

    def __init__(self, token_id: str, look_up: Callable[[], Principal]) -> None:
        self.token_id = token_id
        self.ended = asyncio.Event()
        self._look_up = look_up

    def principal(self) -> Principal:
        """The principal, as it is now.

        Raises:
            AuthenticationError: the token was revoked or has expired, or its owner was deleted
        """
        return self._look_up()

    def check(self) -> None:
        """Set `ended` if that is so."""
        try:
            self._look_up()
        except AuthenticationError:
            self.ended.set()


class Authenticator:
    """Accepts API keys and the root token.

    Args:
        replica: says whether the tables below are current
        keys: every API key
        root: the root token
        principals: who owns a key
        unknown: how often one address may show tokens that nobody knows; each costs a look at the database
    """

    def __init__(
        self,
        replica: Replica,
        keys: ApiKeyStore,
        root: RootTokenStore,
        principals: Principals,
        unknown: RateLimit,
    ) -> None:
        self._replica = replica
        self._keys = keys
        self._root = root
        self._principals = principals
        self._unknown = unknown
        self._tickets: weakref.WeakSet[Ticket] = weakref.WeakSet()
        for name in ("api_keys", "users", "service_accounts", "root_token"):
            replica[name].subscribe(self._check_tickets)

    async def authenticate(self, text: str, address: str = "") -> Ticket:
        """Accept a token.

        Args:
            text: the token
            address: of the client

        Raises:
            AuthenticationError: it is not accepted, and why, as far as that is the caller's business
            TooManyRequestsError: nobody knows it, and the address has shown too many of that kind
            UnavailableError: whether it is good cannot be told now
        """
        token = Token.parse(text)
        if token is None:
            raise AuthenticationError("this is not an API key: it is not complete, or something else")
        await self._replica.ensure_live()
        if token.kind is TokenKind.ROOT:
            ticket = Ticket(token.id, lambda: self._root_principal(token))
        elif token.kind is TokenKind.API_KEY:
            if self._keys.get(token.id) is None:
                self._unknown.take(address)
            key = await self._keys.find(token.id)
            if key is not None and token.matches(key.digest):
                await self._principals.learn(key.owner)
                await self._note_use(key)
            ticket = Ticket(token.id, lambda: self._owner(token))
        else:
            raise AuthenticationError("this token is an invitation, not an API key: accept it first")
        ticket.principal()
        self._tickets.add(ticket)
        return ticket

    async def note_use_of_open_connections(self) -> None:
        """Remember that the keys of connections that are open are in use, though nobody shows them again."""
        now = datetime.now(timezone.utc)
        for token_id in {ticket.token_id for ticket in self._tickets if not ticket.ended.is_set()}:
            if self._keys.get(token_id):
                await self._keys.note_use(token_id, now)

    def _root_principal(self, token: Token) -> Principal:
        if not self._root.accepts(token):
            raise AuthenticationError("this root token is not accepted: there is a newer one, or none")
        return ROOT

    def _owner(self, token: Token) -> Principal:
        key = self._keys.get(token.id)
        now = datetime.now(timezone.utc)
        if key is None or not token.matches(key.digest) or key.is_expired(now):
            raise AuthenticationError(_REFUSED)
        principal = self._principals.get(key.owner)
        if principal is None:
            raise AuthenticationError(_REFUSED)
        if principal.role is Role.GUEST:
            raise AuthenticationError(f"{principal.name} is a Guest: guests cannot use API keys")
        return principal

    async def _note_use(self, key: ApiKey) -> None:
        now = datetime.now(timezone.utc)
        if key.last_used_at is None or now - key.last_used_at >= _USE_NOTED_EVERY:
            await self._keys.note_use(key.id, now)

    def _check_tickets(self, _changed: Key) -> None:
        for ticket in list(self._tickets):
            ticket.check()
