"""What client and server agree on when the WebSocket is opened: how pieces of the stream travel."""

from __future__ import annotations

from collections.abc import Iterable

from safelight.wire.compression import PieceCodec

PREFIX = "mongo"


def choose(offered: Iterable[str]) -> tuple[str, PieceCodec] | None:
    """The first subprotocol that we speak, with its codec; None when there is none."""
    for name in offered:
        kind, _, rest = name.partition(".")
        compressor, _, transfer = rest.partition(".")
        if kind == PREFIX:
            try:
                return name, PieceCodec(compressor, transfer)
            except ValueError:
                continue
    return None
