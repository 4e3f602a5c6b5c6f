"""How much of the clients' long messages the process holds at a time."""

from __future__ import annotations

import asyncio
from collections import deque


class ByteBudget:
    """Hands out bytes; whoever asks for more than there are waits, in turn.

    Args:
        total: bytes in all; at least as many as anybody asks for at once
    """

    def __init__(self, total: int) -> None:
        self._free = total
        self._waiting: deque[tuple[int, asyncio.Future[None]]] = deque()

    @property
    def free(self) -> int:
        """Bytes that nobody holds."""
        return self._free

    async def take(self, size: int) -> None:
        """Wait until `size` bytes are there, and hold them until `give`."""
        if not self._waiting and size <= self._free:
            self._free -= size
            return
        turn = asyncio.get_running_loop().create_future()
        self._waiting.append((size, turn))
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():
                self.give(size)
            raise

    def give(self, size: int) -> None:
        """Give bytes back."""
        self._free += size
        while self._waiting:
            wanted, turn = self._waiting[0]
            if not turn.cancelled():
                if wanted > self._free:
                    return
                self._free -= wanted
                turn.set_result(None)
            self._waiting.popleft()
