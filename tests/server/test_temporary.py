"""Non-persistent datasets go when their makers are gone, and only then."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from bson import ObjectId

from safelight_server.authz.roles import Role
from safelight_server.bootstrap import migrate_database
from safelight_server.container import Container, open_container
from safelight_server.settings import Settings

LONG_AGO = datetime.now(timezone.utc) - timedelta(hours=25)
LATELY = datetime.now(timezone.utc) - timedelta(hours=1)


async def make(container: Container, owner: str | None, **document: Any) -> ObjectId:
    """A dataset with samples, a run with results, and rows everywhere."""
    dataset_id, file_id = ObjectId(), ObjectId()
    shared = container.databases.shared_writable
    if owner:
        await container.accesses.reserve(container.principals.find(owner), dataset_id)
    old = {"persistent": False, "created_at": LONG_AGO, "last_loaded_at": LONG_AGO}
    name = f"samples.{dataset_id}"
    await shared["datasets"].insert_one(
        {"_id": dataset_id, "name": str(dataset_id), "sample_collection_name": name, **old, **document}
    )
    await shared[name].insert_one({})
    await shared["runs"].insert_one({"_dataset_id": dataset_id, "results": file_id})
    await shared["fs.files"].insert_one({"_id": file_id})
    await shared["fs.chunks"].insert_one({"files_id": file_id, "n": 0})
    await shared["views"].insert_one({"_dataset_id": dataset_id})
    await shared["delegated_ops"].insert_one({"dataset_id": dataset_id})
    return dataset_id


async def person(container: Container, name: str, last_seen: datetime | None) -> str:
    user = await container.user_service.create(f"{name}@example.org", name, Role.MEMBER)
    key, _token = await container.api_key_service.create(container.principals.find(user.id), "key")
    if last_seen:
        await container.api_keys.note_use(key.id, last_seen)
    return user.id


async def traces(container: Container, dataset_id: ObjectId) -> dict[str, int]:
    """How many documents of the database still are about a dataset, by collection."""
    shared = container.databases.shared_writable
    about = {"$or": [{"_id": dataset_id}, {"_dataset_id": dataset_id}, {"dataset_id": dataset_id}]}
    counts = {name: await shared[name].count_documents(about) for name in ("datasets", "runs", "views")}
    counts["delegated_ops"] = await shared["delegated_ops"].count_documents(about)
    counts["samples"] = await shared[f"samples.{dataset_id}"].count_documents({})
    return counts


@pytest.mark.parametrize("hours", [24, 0])
def test_what_nobody_uses_is_deleted_whole_and_everything_else_stays(settings: Settings, hours: int) -> None:
    async def main() -> None:
        chosen = Settings(
            mongodb_uri=settings.mongodb_uri,
            database_name=settings.database_name,
            own_database=settings.own_database,
            temporary_dataset_hours=hours,
        )
        await migrate_database(chosen)
        async with open_container(chosen) as container:
            gone, here = await person(container, "gone", LONG_AGO), await person(container, "here", LATELY)
            unused = await make(container, gone)
            kept = [
                await make(container, gone, persistent=True),
                await make(container, gone, last_loaded_at=LATELY),
                await make(container, here),
                await make(container, None),
            ]
            deleted = await container.temporary_datasets.collect()
            assert deleted == ([str(unused)] if hours else [])
            assert any((await traces(container, unused)).values()) == (not hours)
            assert (container.access_lists.get(unused) is None) == bool(hours)
            files = await container.databases.shared["fs.chunks"].count_documents({})
            assert files == (4 if hours else 5)
            for dataset_id in kept:
                assert all((await traces(container, dataset_id)).values())

    asyncio.run(main())


def test_a_connection_that_stays_open_counts_as_a_visit(settings: Settings) -> None:
    async def main() -> None:
        await migrate_database(settings)
        async with open_container(settings) as container:
            user = await container.user_service.create("open@example.org", "open", Role.MEMBER)
            owner = container.principals.find(user.id)
            key, token = await container.api_key_service.create(owner, "key")
            ticket = await container.authenticator.authenticate(token.reveal())
            await container.api_keys.note_use(key.id, LONG_AGO)
            await make(container, user.id)
            await container.authenticator.note_use_of_open_connections()
            assert await container.temporary_datasets.collect() == []
            assert ticket.principal() is owner

    asyncio.run(main())
