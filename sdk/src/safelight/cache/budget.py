"""A bound on bytes that are in memory or on their way."""

from __future__ import annotations

import asyncio


class ByteBudget:
    """So many bytes at a time; one job that alone exceeds the budget runs alone.

    Args:
        limit: the budget
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._used = 0
        self._waiting = 0
        self._changed = asyncio.Condition()

    async def acquire(self, size: int) -> int:
        """Wait for room. Returns what to `release` later."""
        size = min(size, self._limit)
        if self._used + size > self._limit:
            self._waiting += 1
            try:
                async with self._changed:
                    await self._changed.wait_for(lambda: self._used + size <= self._limit)
            finally:
                self._waiting -= 1
        self._used += size
        return size

    async def release(self, size: int) -> None:
        """Give room back."""
        self._used -= size
        if self._waiting:
            async with self._changed:
                self._changed.notify_all()
