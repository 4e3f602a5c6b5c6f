"""A WebSocket as the gateway uses it."""

from __future__ import annotations

import asyncio
from typing import Any, cast

import pytest
from starlette.websockets import WebSocket

from safelight.wire.compression import PIECE_BYTES, PieceCodec
from safelight.wire.settings import COMPRESSORS
from safelight_server.gateway.budget import ByteBudget
from safelight_server.gateway.channel import Channel


class FastNetwork:
    """Takes everything at once, so that nobody ever waits for it."""

    def __init__(self, log: list[str]) -> None:
        self._log = log

    async def send(self, _message: dict[str, Any]) -> None:
        self._log.append("piece")


@pytest.mark.parametrize("compressor", COMPRESSORS)
def test_others_have_their_turn_between_the_pieces_of_a_long_reply(compressor: str) -> None:
    log: list[str] = []

    async def others() -> None:
        while True:
            log.append("other")
            await asyncio.sleep(0)

    async def main() -> None:
        websocket = cast("WebSocket", FastNetwork(log))
        channel = Channel(websocket, PieceCodec(compressor), ByteBudget(1))
        waiting = asyncio.ensure_future(others())
        await channel.send(bytes(4 * PIECE_BYTES))
        waiting.cancel()

    asyncio.run(main())
    assert [each for each in log if each == "piece"] == ["piece"] * 4
    assert "piece piece" not in " ".join(log)
