"""What datasets that come and go do to who may do what; the gateway's side of access lists."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

import bson
import pytest
from bson import ObjectId

from safelight_server.authz.access import Access
from safelight_server.authz.decision import (
    Answer,
    AskDataset,
    AskFile,
    AskRows,
    DatasetFact,
    Decision,
    Facts,
    FileFact,
    ForgetDataset,
    RecordFileCreator,
    RecordSource,
    ReserveDataset,
)
from safelight_server.authz.levels import Level
from safelight_server.authz.principal import Principal
from safelight_server.authz.request import Request
from safelight_server.authz.roles import Role
from safelight_server.container import Container
from safelight_server.datasets.errors import DatasetIdInUseError, DatasetNotFoundError, OtherSourceError
from safelight_server.datasets.rules import DatasetRules
from safelight_server.errors import UnavailableError
from safelight_server.settings import Settings
from support.containers import containers, run

OK = {"ok": 1.0, "n": 1}


def undecided(_request: Request, _access: Access, _facts: Facts) -> Decision:
    return Answer({"ok": 1})


def rules_of(container: Container) -> DatasetRules:
    lookups, catalogue = container.lookups, container.catalogue
    return DatasetRules(undecided, container.replica, container.accesses, lookups, catalogue)


async def eventually(holds: Callable[[], bool]) -> float:
    """Seconds until it holds."""
    begin = time.monotonic()
    while not holds():
        assert time.monotonic() - begin < 10
        await asyncio.sleep(0.001)
    return time.monotonic() - begin


async def member(container: Container, name: str = "member", role: Role = Role.MEMBER) -> Principal:
    user = await container.user_service.create(f"{name}@example.org", name, role)
    return container.principals.find(user.id)


def test_whoever_makes_a_dataset_manages_it_and_nobody_else_sees_it(settings: Settings) -> None:
    async def main() -> None:
        async with containers(settings) as [container]:
            rules, dataset = rules_of(container), ObjectId()
            maker, other = await member(container), await member(container, "other")
            reserve = ReserveDataset(dataset, generated=False)
            await rules.prepare(reserve, rules.access(maker))
            assert rules.access(maker).level(dataset) is Level.MANAGE
            assert rules.access(other).level(dataset) is Level.NO_ACCESS
            await container.databases.shared_writable["datasets"].insert_one({"_id": dataset, "name": "a"})
            await rules.settle(reserve, rules.access(maker), OK)
            assert rules.access(maker).level(dataset) is Level.MANAGE

    run(main)


def test_a_dataset_that_was_not_made_leaves_no_access_list(settings: Settings) -> None:
    async def main() -> None:
        async with containers(settings) as [container]:
            rules, dataset = rules_of(container), ObjectId()
            maker = await member(container)
            reserve = ReserveDataset(dataset, generated=False)
            await rules.prepare(reserve, rules.access(maker))
            await rules.settle(reserve, rules.access(maker), {"ok": 1.0, "n": 0, "writeErrors": [{}]})
            assert rules.access(maker).level(dataset) is Level.NO_ACCESS
            assert container.access_lists.get(dataset) is None

    run(main)


def test_the_same_insert_may_come_twice_and_a_failure_of_the_second_takes_nothing_away(
    settings: Settings,
) -> None:
    async def main() -> None:
        async with containers(settings) as [container]:
            rules, dataset = rules_of(container), ObjectId()
            maker, thief = await member(container), await member(container, "thief")
            reserve = ReserveDataset(dataset, generated=False)
            await rules.prepare(reserve, rules.access(maker))
            await container.databases.shared_writable["datasets"].insert_one({"_id": dataset, "name": "a"})
            await rules.prepare(reserve, rules.access(maker))
            await rules.settle(reserve, rules.access(maker), {"ok": 1.0, "writeErrors": [{"code": 11000}]})
            assert rules.access(maker).level(dataset) is Level.MANAGE
            with pytest.raises(DatasetIdInUseError):
                await rules.prepare(reserve, rules.access(thief))

    run(main)


def test_a_deleted_dataset_is_forgotten_when_it_is_gone(settings: Settings) -> None:
    async def main() -> None:
        async with containers(settings) as [container]:
            rules, dataset = rules_of(container), ObjectId()
            maker = await member(container)
            await rules.prepare(ReserveDataset(dataset, generated=False), rules.access(maker))
            datasets = container.databases.shared_writable["datasets"]
            await datasets.insert_one({"_id": dataset, "name": "a"})
            forget = ForgetDataset(dataset)
            await rules.settle(forget, rules.access(maker), {"ok": 1.0, "n": 0})
            assert rules.access(maker).level(dataset) is Level.MANAGE, "nothing was deleted"
            await datasets.delete_one({"_id": dataset})
            await rules.settle(forget, rules.access(maker), OK)
            assert container.access_lists.get(dataset) is None

    run(main)


def test_generated_datasets_follow_their_source_and_have_one(settings: Settings) -> None:
    async def main() -> None:
        async with containers(settings) as [container]:
            rules = rules_of(container)
            source, patches = ObjectId(), ObjectId()
            owner, viewer = await member(container), await member(container, "viewer")
            await rules.prepare(ReserveDataset(source, generated=False), rules.access(owner))
            await container.access_lists.set_user(source, viewer.id, Level.VIEW)
            await rules.prepare(ReserveDataset(patches, generated=True), rules.access(viewer))
            await rules.prepare(RecordSource(patches, source), rules.access(viewer))
            await rules.prepare(RecordSource(patches, source), rules.access(viewer))
            assert rules.access(viewer).level(patches) is Level.MANAGE
            assert rules.access(owner).level(patches) is Level.MANAGE, "as on the source"
            with pytest.raises(OtherSourceError):
                await rules.prepare(RecordSource(patches, ObjectId()), rules.access(viewer))
            await container.access_lists.remove_user(source, viewer.id)
            assert rules.access(viewer).level(patches) is Level.NO_ACCESS, "it holds the source's data"

    run(main)


def test_facts_come_from_the_databases(settings: Settings) -> None:
    async def main() -> None:
        async with containers(settings) as [container]:
            rules, shared = rules_of(container), container.databases.shared_writable
            maker = await member(container)
            file, dataset, bare = ObjectId(), ObjectId(), ObjectId()
            assert await rules.look_up(AskFile(file)) == FileFact()
            await rules.prepare(RecordFileCreator(file), rules.access(maker))
            await rules.prepare(RecordFileCreator(file), rules.access(await member(container, "second")))
            await shared["fs.chunks"].insert_one({"files_id": file, "n": 0, "data": b""})
            await shared["runs"].insert_one({"_dataset_id": dataset, "results": file})
            assert await rules.look_up(AskFile(file)) == FileFact(frozenset([dataset]), maker.id, exists=True)
            assert await rules.look_up(AskDataset(bare)) == DatasetFact()
            await shared[f"frames.samples.{bare}"].insert_one({})
            assert await rules.look_up(AskDataset(bare)) == DatasetFact(exists=True), (
                "a collection that was left"
            )
            await rules.prepare(ReserveDataset(dataset, generated=False), rules.access(maker))
            assert await rules.look_up(AskDataset(dataset)) == DatasetFact(exists=True, creator=maker.id)
            query = bson.encode({"results": {"$exists": True}})
            assert await rules.look_up(AskRows("runs", "_dataset_id", query)) == {dataset}

    run(main)


def test_generated_datasets_are_named_in_refusals_and_listed_nowhere(settings: Settings) -> None:
    async def main() -> None:
        async with containers(settings) as [container]:
            rules, source, patches = rules_of(container), ObjectId(), ObjectId()
            await container.databases.shared_writable["datasets"].insert_many(
                [
                    {"_id": source, "name": "street", "sample_collection_name": f"samples.{source}"},
                    {"_id": patches, "name": "of-it", "sample_collection_name": f"patches.{patches}"},
                ]
            )
            assert await container.catalogue.names() == {source: "street"}
            assert await container.catalogue.find(str(source)) == (source, "street")
            with pytest.raises(DatasetNotFoundError):
                await container.catalogue.find("of-it")
            assert await rules.name_of(patches) == "of-it"
            assert await rules.name_of(ObjectId()) is None

    run(main)


def test_a_key_counts_before_the_news_of_its_owner_arrives(settings: Settings) -> None:
    async def main() -> None:
        async with containers(settings, 2) as [here, there]:
            user = await member(here)
            _, token = await here.api_key_service.create(user, "key")
            await eventually(lambda: there.principals.get(user.id) is not None)
            news = {"operationType": "delete", "documentKey": {"_id": user.id}}
            await there.replica["users"].apply(news)  # as if nothing had been heard of them yet
            assert there.principals.get(user.id) is None
            ticket = await there.authenticator.authenticate(token.reveal())
            assert ticket.principal().id == user.id

    run(main)


def test_another_process_sees_grants_and_revocations_within_moments(settings: Settings) -> None:
    async def main() -> None:
        async with containers(settings, 2) as [here, there]:
            dataset, user = ObjectId(), await member(here)
            key, token = await here.api_key_service.create(user, "key")
            ticket = await there.authenticator.authenticate(token.reveal())
            assert ticket.principal().id == user.id
            await here.accesses.reserve(user, dataset)

            def level() -> Level:
                return there.accesses.of(ticket.principal()).level(dataset)

            assert (await there.accesses.refreshed(ticket.principal(), dataset)).level(
                dataset
            ) is Level.MANAGE
            await here.access_lists.set_user(dataset, user.id, Level.VIEW)
            await eventually(lambda: level() is Level.VIEW)
            await here.access_lists.set_user(dataset, user.id, Level.NO_ACCESS)
            await eventually(lambda: level() is Level.NO_ACCESS)
            await here.api_key_service.revoke(user, key.id)
            await asyncio.wait_for(ticket.ended.wait(), 10)

    run(main)


def test_a_snapshot_stays_the_same_object_until_something_changes(settings: Settings) -> None:
    async def main() -> None:
        async with containers(settings) as [container]:
            user = await member(container)
            first = container.accesses.of(container.principals.find(user.id))
            assert container.accesses.of(container.principals.find(user.id)) is first
            await container.group_service.create("new", None, [user.id])
            changed = container.accesses.of(container.principals.find(user.id))
            assert changed is not first
            assert len(changed.principal.groups) == 1

    run(main)


def test_who_does_not_hear_of_changes_judges_nobody(settings: Settings) -> None:
    async def main() -> None:
        async with containers(settings) as [container]:
            rules = rules_of(container)
            await rules.ready()
            assert container.replica.is_live
            await container.replica.stop()
            await eventually(lambda: not container.replica.is_live)
            with pytest.raises(UnavailableError, match="lost touch"):
                await container.replica.ensure_live(0.1)
            waiting = asyncio.ensure_future(rules.ready())
            await container.replica.start()
            await waiting

    run(main)
