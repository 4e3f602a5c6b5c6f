"""The documents of datasets: which collections are a dataset's, who may make, change and delete one."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from bson import ObjectId

from safelight_server.authz.access import AccessList
from safelight_server.authz.decision import (
    Decision,
    Deny,
    ForgetDataset,
    Forward,
    RecordSource,
    ReserveDataset,
)
from safelight_server.authz.levels import Level
from safelight_server.authz.roles import Role
from support.commands import aggregate, delete, insert, request, update
from support.policy_world import World, somebody

NOW = datetime(2026, 11, 25)  # noqa: DTZ001 - as the driver decodes it
ADA = somebody(Role.MEMBER)
ONLY_NAME = {"name": True, "_id": False}


@pytest.fixture
def world() -> World:
    return World()


def document(prefix: str = "samples", **fields: Any) -> dict[str, Any]:
    dataset_id = ObjectId()
    return {
        "_id": dataset_id,
        "name": "photographs",
        "sample_collection_name": f"{prefix}.{dataset_id}",
        "persistent": False,
        **fields,
    }


def allowed(decision: Decision) -> bool:
    assert isinstance(decision, (Forward, Deny)), decision
    return isinstance(decision, Forward)


def statement(decision: Decision) -> dict[str, Any]:
    assert isinstance(decision, Forward), decision
    (only,) = decision.sections["updates"]
    return only


@pytest.mark.parametrize("role", Role)
def test_members_and_admins_make_datasets(world: World, role: Role) -> None:
    new = document()
    decision = world.judge(somebody(role), insert("datasets", new))
    assert allowed(decision) == (role in {Role.ADMIN, Role.MEMBER})
    if isinstance(decision, Forward):
        assert decision.before == (ReserveDataset(new["_id"], generated=False),)
    else:
        assert isinstance(decision, Deny)
        assert role.title in decision.message


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("prefix", ["clips", "patches", "patches.frames", "frames"])
def test_everybody_makes_generated_datasets_which_are_not_kept(world: World, role: Role, prefix: str) -> None:
    new = document(prefix)
    decision = world.judge(somebody(role), insert("datasets", new))
    assert isinstance(decision, Forward)
    assert decision.before == (ReserveDataset(new["_id"], generated=True),)
    assert not allowed(world.judge(somebody(role), insert("datasets", {**new, "persistent": True})))


def test_who_may_edit_has_scratch_datasets_for_merging(world: World) -> None:
    unnamed = document(name="2026.11.25.14.19.15.764870")
    editor = somebody(Role.COLLABORATOR)
    assert not allowed(world.judge(editor, insert("datasets", unnamed)))
    world.dataset(ada=Level.EDIT)
    assert allowed(world.send(editor, insert("datasets", unnamed)))
    assert world.lists[unnamed["_id"]].generated
    for more in ({"persistent": True}, {"name": "mine"}, {"name": "2026.11.25.14.19.15.764870x"}):
        assert not allowed(
            world.judge(editor, insert("datasets", {**document(), **unnamed, "_id": None, **more}))
        )
        assert not allowed(world.judge(editor, insert("datasets", {**document(), **more})))
    keep = update("datasets", {"_id": unnamed["_id"]}, {"$set": {"persistent": True}})
    assert not allowed(world.judge(editor, keep))
    world.dataset(ada=Level.VIEW)
    viewer = somebody(Role.LABELER)
    assert not allowed(World().judge(viewer, insert("datasets", unnamed)))


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("prefix", ["samples", "patches"])
def test_an_insert_that_is_sent_again_is_its_makers_own(world: World, role: Role, prefix: str) -> None:
    """The reply to the first one was lost; somebody else's is refused whatever it says."""
    maker, thief = somebody(role), somebody(Role.ADMIN, "eve")
    new = insert("datasets", document(prefix))
    if not allowed(world.send(maker, new)):
        return
    assert allowed(world.judge(maker, new))
    assert not allowed(world.judge(thief, new))


def test_a_dataset_has_its_own_collections(world: World) -> None:
    other, hidden = world.dataset(ada=Level.MANAGE), world.dataset()
    new = document()
    own = new["_id"]
    for samples in (
        f"samples.{other}",
        f"samples.{hidden}",
        "datasets",
        None,
        f"frames.samples.{own}",
        f"samples.{own}\n",
    ):
        assert not allowed(world.judge(ADA, insert("datasets", {**new, "sample_collection_name": samples})))
    for frames in (f"frames.samples.{other}", f"samples.{own}", "runs", f"frames.clips.{own}", ""):
        assert not allowed(world.judge(ADA, insert("datasets", {**new, "frame_collection_name": frames})))
    for own_frames in (None, f"frames.samples.{own}"):
        assert allowed(world.judge(ADA, insert("datasets", {**new, "frame_collection_name": own_frames})))
    for without in ("_id", "sample_collection_name"):
        assert not allowed(
            world.judge(ADA, insert("datasets", {k: v for k, v in new.items() if k != without}))
        )
    assert not allowed(world.judge(ADA, insert("datasets", document(), document())))


def test_clips_share_the_frames_of_a_source_that_is_visible(world: World) -> None:
    seen, hidden = world.dataset(ada=Level.VIEW), world.dataset()
    new = document("clips")
    decision = world.judge(
        ADA, insert("datasets", {**new, "frame_collection_name": f"frames.samples.{seen}"})
    )
    assert isinstance(decision, Forward)
    assert decision.before == (ReserveDataset(new["_id"], generated=True, source=seen),)
    for source in (hidden, ObjectId()):
        frames = {**new, "frame_collection_name": f"frames.samples.{source}"}
        assert not allowed(world.judge(ADA, insert("datasets", frames)))
    patches = {**document("patches"), "frame_collection_name": f"frames.samples.{seen}"}
    assert not allowed(world.judge(ADA, insert("datasets", patches)))


def test_an_id_is_used_once_and_a_retried_insert_is_not_a_second_use(world: World) -> None:
    new = document()
    assert allowed(world.send(ADA, insert("datasets", new)))
    assert allowed(world.judge(ADA, insert("datasets", new)))
    world.dataset(bob=Level.MANAGE)
    assert not allowed(world.judge(somebody(Role.MEMBER, "bob"), insert("datasets", new)))


def test_datasets_are_not_made_in_transactions(world: World) -> None:
    assert isinstance(world.judge(ADA, request(insert("datasets", document()), in_transaction=True)), Deny)


CHANGES = [
    ({"$set": {"last_loaded_at": NOW}}, Level.VIEW),
    ({"$set": {"last_loaded_at": NOW, "sample_fields.2": {"name": "metadata"}}}, Level.VIEW),
    ({"$set": {"last_loaded_at": NOW, "info": {}}}, Level.EDIT),
    ({"$set": {"last_loaded_at": "x"}}, Level.EDIT),
    ({"$set": {"last_loaded_at": NOW, "sample_fields": []}}, Level.EDIT),
    ({"$set": {"last_modified_at": NOW}}, Level.TAG),
    ({"$set": {"last_modified_at": NOW, "sample_fields.0": {}}}, Level.TAG),
    ({"$set": {"last_modified_at": NOW}, "$unset": {"info": 1}}, Level.EDIT),
    ({"$set": {"info.x": 1}}, Level.EDIT),
    ({"$set": {"name": "x", "slug": "x"}}, Level.EDIT),
    ({"$addToSet": {"tags": "x"}}, Level.EDIT),
    ({"$unset": {"runs.x": 1}}, Level.EDIT),
    ({"$set": {"persistent": False}}, Level.MANAGE),
    ({"$unset": {"persistent": 1}}, Level.MANAGE),
]


@pytest.mark.parametrize(("changes", "needs"), CHANGES)
@pytest.mark.parametrize("level", Level)
def test_each_field_needs_its_level(
    world: World, changes: dict[str, Any], needs: Level, level: Level
) -> None:
    dataset_id = world.dataset(ada=level)
    assert allowed(world.judge(ADA, update("datasets", {"_id": dataset_id}, changes))) == (level >= needs)
    assert not allowed(world.judge(ADA, update("datasets", {"_id": ObjectId()}, changes)))


@pytest.mark.parametrize(("changes", "needs"), CHANGES)
def test_an_update_by_anything_but_the_id_is_narrowed(
    world: World, changes: dict[str, Any], needs: Level
) -> None:
    ids = {level: world.dataset(ada=level) for level in Level}
    narrowed = statement(world.judge(ADA, update("datasets", {"name": "x"}, changes)))
    assert set(narrowed["q"]["$and"][0]["_id"]["$in"]) == {
        each for level, each in ids.items() if level >= needs
    }


def test_a_load_mark_drops_the_refreshed_field_of_who_may_not_edit(world: World) -> None:
    dataset_id = world.dataset(ada=Level.VIEW)
    changes = {"$set": {"last_loaded_at": NOW, "sample_fields.2": {"name": "stolen"}}}
    kept = statement(world.judge(ADA, update("datasets", {"_id": dataset_id}, changes)))
    assert kept["u"] == {"$set": {"last_loaded_at": NOW}}


def test_a_dataset_keeps_its_id_and_its_collections(world: World) -> None:
    own, other = world.dataset(ada=Level.MANAGE), world.dataset(ada=Level.MANAGE)
    by_id = {"_id": own}
    for changes in (
        {"$set": {"_id": other}},
        {"$set": {"sample_collection_name": f"samples.{other}"}},
        {"$set": {"frame_collection_name": f"frames.samples.{other}"}},
        {"$set": {"frame_collection_name": f"samples.{own}"}},
        {"$set": {"sample_collection_name.x": 1}},
        {"$unset": {"sample_collection_name": 1}},
        {"$setOnInsert": {"frame_collection_name": f"frames.samples.{own}"}},
        {"$rename": {"info": "sample_collection_name"}},
        [{"$set": {"sample_collection_name": f"samples.{other}"}}],
        {"$set": {"last_loaded_at": NOW, "sample_collection_name": f"samples.{other}"}},
    ):
        assert not allowed(world.judge(ADA, update("datasets", by_id, changes)))
    for changes in (
        {"$set": {"_id": own, "info": {}}},
        {"$set": {"frame_collection_name": f"frames.samples.{own}"}},
        {"$set": {"sample_collection_name": f"samples.{own}"}},
    ):
        assert allowed(world.judge(ADA, update("datasets", by_id, changes)))
        assert not allowed(world.judge(ADA, update("datasets", {"name": "x"}, changes)))
    assert not allowed(world.judge(ADA, update("datasets", by_id, {"$set": {"info": {}}}, upsert=True)))


def test_an_import_replaces_the_document_that_it_made(world: World) -> None:
    new = document()
    world.send(ADA, insert("datasets", new))
    replaced = statement(world.judge(ADA, update("datasets", {"name": "photographs"}, {**new, "info": {}})))
    assert replaced["q"] == {"$and": [{"_id": new["_id"]}, {"name": "photographs"}]}
    others = world.dataset(ada=Level.EDIT)
    for document_ in (
        {**new, "_id": others},
        {**new, "_id": others, "sample_collection_name": f"samples.{others}"},
        {**new, "sample_collection_name": f"samples.{others}"},
        {**new, "frame_collection_name": f"frames.samples.{others}"},
        {"name": "x"},
    ):
        assert not allowed(world.judge(ADA, update("datasets", {"name": "photographs"}, document_)))


@pytest.mark.parametrize("level", Level)
def test_deleting_needs_manage_and_forgets_the_list(world: World, level: Level) -> None:
    dataset_id = world.dataset(ada=level)
    decision = world.judge(ADA, delete("datasets", {"_id": dataset_id}))
    assert allowed(decision) == (level is Level.MANAGE)
    if isinstance(decision, Forward):
        assert decision.after == (ForgetDataset(dataset_id),)
    for query in ({}, {"name": "x"}, {"_id": {"$in": [dataset_id]}}, {"_id": dataset_id, "name": "x"}):
        assert not allowed(world.judge(ADA, delete("datasets", query)))
        assert allowed(world.judge(somebody(Role.ADMIN), delete("datasets", query)))


def test_whether_a_name_is_free_is_asked_of_all_and_answers_only_that(world: World) -> None:
    probe = {"$or": [{"name": "mine"}, {"slug": "mine"}]}
    for query in (probe, {"$and": [probe, {"_id": {"$ne": ObjectId()}}]}):
        command = {
            "find": "datasets",
            "filter": query,
            "projection": {"name": True, "_id": False},
            "limit": 1,
        }
        decision = world.judge(ADA, command)
        assert isinstance(decision, Forward)
        assert decision.body["filter"] == query
        assert decision.reply is not None
        reply = decision.reply({"cursor": {"firstBatch": [{"name": "Secret Project"}]}, "ok": 1.0})
        assert reply["cursor"]["firstBatch"] == [{"name": "mine"}]
        more_than_that: list[dict[str, Any]] = [{"projection": {}}, {"skip": 1}, {"batchSize": 2}]
        for more in more_than_that:
            narrowed = world.judge(ADA, {**command, **more})
            assert isinstance(narrowed, Forward)
            assert "$in" in str(narrowed.body["filter"]["$and"][0])
    others: list[dict[str, Any]] = [
        {"$or": [{"name": {"$regex": "."}}, {"slug": "x"}]},
        {"$or": [{"name": "x"}, {"slug": {"$ne": 1}}]},
        {"$or": [{"name": "x"}, {"slug": "x"}, {}]},
        {"$or": [{"name": "x", "a": 1}, {"slug": "x"}]},
        {"$and": [probe, {"_id": {"$nin": []}}]},
        {"$and": [probe]},
        {"$and": []},
    ]
    for query in others:
        decision = world.judge(
            ADA, {"find": "datasets", "filter": query, "projection": {"name": True, "_id": False}}
        )
        assert isinstance(decision, Forward)
        assert decision.body["filter"]["$and"][0] == {"_id": {"$in": []}}


def test_a_name_that_is_taken_is_said_plainly(world: World) -> None:
    decision = world.judge(ADA, insert("datasets", document()))
    assert isinstance(decision, Forward)
    assert decision.reply is not None
    error = {"code": 11000, "keyPattern": {"name": 1}, "errmsg": "E11000 duplicate key error collection: ..."}
    reply = decision.reply({"n": 0, "writeErrors": [error], "ok": 1.0})
    assert reply["writeErrors"][0]["errmsg"] == "Dataset name 'photographs' is not available"


def test_a_generated_dataset_is_filled_from_one_source(world: World) -> None:
    source, other, third = (world.dataset(ada=Level.VIEW) for _ in range(3))
    new = document("patches")
    world.send(ADA, insert("datasets", new))
    out = {"$out": f"patches.{new['_id']}"}
    fill = world.send(ADA, aggregate(f"samples.{source}", out))
    assert isinstance(fill, Forward)
    assert fill.before == (RecordSource(new["_id"], source),)
    again = world.judge(ADA, aggregate(f"samples.{source}", out))
    assert isinstance(again, Forward)
    assert again.before == ()
    assert not allowed(world.judge(ADA, aggregate(f"samples.{other}", out)))
    join = {"$unionWith": f"samples.{other}"}
    assert not allowed(world.judge(ADA, aggregate(f"samples.{source}", join, out)))
    mixed = document("frames")
    world.send(ADA, insert("datasets", mixed))
    assert not allowed(
        world.judge(ADA, aggregate(f"samples.{third}", join, {"$out": f"frames.{mixed['_id']}"}))
    )


def test_keeping_a_generated_dataset_needs_edit_on_its_source(world: World) -> None:
    for level in (Level.VIEW, Level.EDIT):
        source, patches = world.dataset(ada=level), ObjectId()
        world.lists[patches] = AccessList(patches, created_by="ada", generated=True, source=source)
        command = update("datasets", {"_id": patches}, {"$set": {"persistent": True}})
        assert allowed(world.judge(ADA, command)) == (level is Level.EDIT)
