"""Bytes of long requests that a process holds at a time."""

from __future__ import annotations

import asyncio

from safelight_server.gateway.budget import ByteBudget


def test_who_asks_for_more_than_there_is_waits_in_turn() -> None:
    async def work() -> list[str]:
        budget, order = ByteBudget(10), []

        async def take(name: str, size: int) -> None:
            await budget.take(size)
            order.append(name)

        await take("first", 8)
        waiting = [asyncio.ensure_future(take(name, size)) for name, size in (("large", 9), ("small", 1))]
        await asyncio.sleep(0)
        assert order == ["first"], "the small one would keep the large one waiting for ever"
        budget.give(8)
        await asyncio.gather(*waiting)
        assert budget.free == 0
        return order

    assert asyncio.run(work()) == ["first", "large", "small"]


def test_who_gives_up_holds_nothing() -> None:
    async def work() -> int:
        budget = ByteBudget(10)
        await budget.take(10)
        waiting, given = (asyncio.ensure_future(budget.take(size)) for size in (5, 6))
        await asyncio.sleep(0)
        waiting.cancel()
        budget.give(10)  # the second has its turn, and gives up before it notices
        given.cancel()
        await asyncio.gather(waiting, given, return_exceptions=True)
        return budget.free

    assert asyncio.run(work()) == 10
