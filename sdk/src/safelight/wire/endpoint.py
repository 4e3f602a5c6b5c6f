"""What client and server agree on before the first byte: where the WebSocket is, and what it carries."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from safelight.wire.compression import PieceCodec

PATH: Final = "/api/v1/mongo"
"""Below the address of the API server."""

DATABASE_HEADER: Final = "Safelight-Database"
"""In the server's answer: the database that clients may use."""

_PREFIX: Final = "mongo"


def subprotocol(compressor: str, transfer: str) -> str:
    """The name, for the opening handshake, of how pieces travel."""
    return f"{_PREFIX}.{compressor}.{transfer}"


def choose(offered: Iterable[str]) -> tuple[str, PieceCodec] | None:
    """The first subprotocol that we speak, with its codec; None when there is none."""
    for name in offered:
        prefix, _, rest = name.partition(".")
        compressor, _, transfer = rest.partition(".")
        if prefix == _PREFIX:
            try:
                return name, PieceCodec(compressor, transfer)
            except ValueError:
                continue
    return None
