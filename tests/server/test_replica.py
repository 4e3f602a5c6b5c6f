"""Tables in memory: late news never undo newer writes, whatever the order in which they come."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from safelight_server.db.databases import Databases
from safelight_server.db.table import Table
from safelight_server.errors import ConflictError
from safelight_server.settings import Settings


@asynccontextmanager
async def table(settings: Settings) -> AsyncIterator[Table]:
    databases = Databases(settings)
    try:
        yield Table(databases.own["things"])
    finally:
        databases.close()


def event(operation: str, document: dict[str, Any]) -> dict[str, Any]:
    """As the change stream brings it."""
    key = {"_id": document["_id"]}
    return {"operationType": operation, "documentKey": key, "fullDocument": document}


def test_an_old_event_does_not_undo_a_newer_write(settings: Settings) -> None:
    async def main() -> None:
        async with table(settings) as things:
            first = await things.insert({"_id": "a", "n": 1})
            second = await things.update("a", {"$set": {"n": 2}})
            assert second
            await things.apply(event("insert", first))
            assert things.get("a") == second
            await things.apply(event("update", {**second, "n": 3, "revision": 3}))
            assert (things.get("a") or {})["n"] == 3

    asyncio.run(main())


def test_what_was_deleted_does_not_come_back_by_old_events(settings: Settings) -> None:
    async def main() -> None:
        async with table(settings) as things:
            first = await things.insert({"_id": "a", "n": 1})
            assert await things.delete("a")
            await things.apply(event("insert", first))
            assert things.get("a") is None
            await things.apply(event("delete", first))
            await things.apply(event("insert", {"_id": "a", "n": 5, "revision": 1}))
            assert things.get("a"), "somebody else made it again"

    asyncio.run(main())


def test_deleting_or_refreshing_what_is_not_there_hides_nothing_that_comes_later(settings: Settings) -> None:
    async def main() -> None:
        async with table(settings) as things:
            assert not await things.delete("b")
            assert await things.refresh("b") is None
            await things.apply(event("insert", {"_id": "b", "revision": 1}))
            assert things.get("b")
            assert await things.refresh("b") is None
            assert things.get("b") is None, "the database knows better"

    asyncio.run(main())


def test_listeners_hear_of_each_change_once_and_uniqueness_is_a_conflict(settings: Settings) -> None:
    async def main() -> None:
        async with table(settings) as things:
            heard: list[Any] = []
            things.subscribe(heard.append)
            made = await things.insert({"_id": "a"})
            await things.apply(event("insert", made))
            with pytest.raises(ConflictError, match="a is taken"):
                await things.insert({"_id": "a"})
            assert heard == ["a"]
            await things.delete("a")
            await things.apply(event("delete", made))
            assert heard == ["a", "a"]

    asyncio.run(main())


def test_a_dropped_collection_is_empty_in_memory_too(settings: Settings) -> None:
    async def main() -> None:
        async with table(settings) as things:
            await things.insert({"_id": "a"})
            databases = Databases(settings)
            await databases.own["things"].drop()
            databases.close()
            await things.apply({"operationType": "drop", "ns": {"coll": "things"}})
            assert list(things) == []

    asyncio.run(main())
