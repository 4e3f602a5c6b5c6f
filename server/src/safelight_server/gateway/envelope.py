"""The fields around a command that say how it runs, not what it does: session, transaction, cluster time.

They are taken off before the policy looks and put back before MongoDB does. Sessions are renamed for each
principal, so that nobody can name, continue or end another's: MongoDB sees one account only, and would let
them. Cluster times and read preferences are dropped: everything runs on the primary.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from hashlib import blake2b
from typing import Any, Final

from bson import Binary, Int64
from bson.binary import UUID_SUBTYPE

from safelight.errors import WireProtocolError

_SESSION_BYTES: Final = 16
_SESSIONS_REMEMBERED: Final = 4096
"""A driver uses each of its sessions over and over."""

_DROPPED: Final = frozenset({"$clusterTime", "$readPreference"})

_KEPT: Final[dict[str, Callable[[Any], bool]]] = {
    "txnNumber": lambda value: isinstance(value, Int64),
    "startTransaction": lambda value: value is True,
    "autocommit": lambda value: value is False,
}


@dataclass(frozen=True, slots=True)
class Envelope:
    """What was taken off one command.

    Attributes:
        fields: to be put back: `lsid`, renamed, and the transaction's
    """

    fields: dict[str, Any]

    @classmethod
    def take_off(cls, body: dict[str, Any], principal: str) -> Envelope:
        """Remove the fields from `body`.

        Args:
            body: the command; it is changed
            principal: id of whoever sends it

        Raises:
            WireProtocolError: one of them is not what a driver sends
        """
        for name in _DROPPED & body.keys():
            del body[name]
        fields: dict[str, Any] = {}
        if "lsid" in body:
            fields["lsid"] = rename_session(body.pop("lsid"), principal)
        for name, is_right in _KEPT.items():
            if name in body:
                value = fields[name] = body.pop(name)
                if not is_right(value):
                    raise WireProtocolError(f"{name} is {value!r}")
        return cls(fields)

    @property
    def in_transaction(self) -> bool:
        """Whether the command belongs to a transaction of several commands."""
        return "autocommit" in self.fields

    def put_back(self, body: dict[str, Any], database: str) -> dict[str, Any]:
        """The whole command for MongoDB."""
        return {**body, "$db": database, **self.fields}


def rename_session(lsid: Any, principal: str) -> dict[str, Any]:
    """The session's id as MongoDB knows it: the principal and its own name for it, hashed.

    Servers agree on it without sharing a secret, so a retried write finds its session through any of them.
    """
    identifier = lsid.get("id") if isinstance(lsid, dict) and len(lsid) == 1 else None
    if (
        not isinstance(identifier, Binary)
        or identifier.subtype != UUID_SUBTYPE
        or len(identifier) != _SESSION_BYTES
    ):
        raise WireProtocolError("a session id that is no UUID, or that has more beside it")
    return {"id": _renamed(bytes(identifier), principal)}


@lru_cache(_SESSIONS_REMEMBERED)
def _renamed(identifier: bytes, principal: str) -> Binary:
    renamed = blake2b(identifier, digest_size=_SESSION_BYTES, key=blake2b(principal.encode()).digest())
    return Binary(renamed.digest(), UUID_SUBTYPE)
