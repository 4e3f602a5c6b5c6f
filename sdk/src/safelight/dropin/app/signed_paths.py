"""Paths that stand for addresses in the App: `/.safelight/<signature>/s3:/bucket/key`.

The App's pages send what has no `//` to the server's media route, as a path. The signature says that this
server handed the path out, for an object that a dataset refers to: the route serves nothing that somebody
made up. It is good for as long as the server process lives; a page that outlives it asks anew.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from typing import Final

from safelight.storage.uri import is_remote

_PREFIX: Final = "/.safelight/"
_DIGITS: Final = 32
"""Hex digits of a signature: 128 bits."""

_KEY: Final = secrets.token_bytes(32)
_NO_AUTHORITY: Final = "dbfs"
"""The scheme whose addresses have one slash."""


def signed_path(address: str) -> str:
    """The path that a page gets for an address.

    Args:
        address: a remote address, as a dataset has it
    """
    scheme, _, rest = address.partition(":")
    plain = f"{scheme}:{rest.removeprefix('/')}" if rest.startswith("//") else f"{scheme}:{rest}"
    return f"{_PREFIX}{_signature(plain)}/{plain}"


def is_signed_path(path: str) -> bool:
    """Whether a path claims to stand for an address."""
    return path.startswith(_PREFIX)


def address_of(path: str) -> str | None:
    """The address that a path stands for; None when this server did not make it.

    Args:
        path: what `is_signed_path`
    """
    signature, _, plain = path[len(_PREFIX) :].partition("/")
    if not hmac.compare_digest(signature.encode(), _signature(plain).encode()):
        return None
    scheme, _, rest = plain.partition(":")
    return plain if scheme.lower() == _NO_AUTHORITY and not rest.startswith("//") else f"{scheme}:/{rest}"


def needs_path(value: object) -> bool:
    """Whether a page cannot reach a media path by itself: it is in a store, not on the public web."""
    if not is_remote(value):
        return False
    from safelight.runtime import get_runtime

    return get_runtime().stores.parse(str(value)).provider != "http"


def _signature(plain: str) -> str:
    return hmac.new(_KEY, plain.encode("utf-8", "surrogatepass"), hashlib.sha256).hexdigest()[:_DIGITS]
