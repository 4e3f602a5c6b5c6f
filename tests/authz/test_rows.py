"""Rows of shared collections: what one may not see is not there, and what one may not change stays."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from bson import ObjectId

from safelight_server.authz.decision import Account, Answer, Decision, Deny, FileFact, Forward
from safelight_server.authz.levels import Level
from safelight_server.authz.roles import Role
from support.commands import aggregate, delete, insert, update
from support.policy_world import World, somebody

NOW = datetime(2026, 11, 25)  # noqa: DTZ001 - as the driver decodes it
ADA = somebody(Role.MEMBER)
ROWS = {
    "views": "_dataset_id",
    "workspaces": "_dataset_id",
    "runs": "_dataset_id",
    "tags": "_dataset_id",
    "delegated_ops": "dataset_id",
    "execution_store": "dataset_id",
}


class Stage:
    """Datasets at each level, and one that is hidden."""

    def __init__(self) -> None:
        self.world = World()
        self.viewed = self.world.dataset(ada=Level.VIEW)
        self.tagged = self.world.dataset(ada=Level.TAG)
        self.edited = self.world.dataset(ada=Level.EDIT)
        self.managed = self.world.dataset(ada=Level.MANAGE)
        self.hidden = self.world.dataset(bob=Level.MANAGE)

    def judge(self, command: dict[str, Any]) -> Decision:
        return self.world.judge(ADA, command)

    def forwarded(self, command: dict[str, Any]) -> Forward:
        decision = self.judge(command)
        assert isinstance(decision, Forward), decision
        return decision

    def refused(self, command: dict[str, Any]) -> Deny:
        decision = self.judge(command)
        assert isinstance(decision, Deny), decision
        return decision

    def statement(self, command: dict[str, Any]) -> dict[str, Any]:
        """The only statement of a write that is allowed."""
        (statement,) = next(iter(self.forwarded(command).sections.values()))
        return dict(statement)

    @property
    def visible(self) -> set[ObjectId]:
        return {self.viewed, self.tagged, self.edited, self.managed}


@pytest.fixture
def stage() -> Stage:
    return Stage()


@pytest.mark.parametrize(("collection", "field"), [*ROWS.items(), ("datasets", "_id")])
@pytest.mark.parametrize(
    "query", [{}, {"$or": [{}, {"a": 1}]}, {"$expr": {"$eq": [1, 1]}}, {"x": {"$ne": 1}}]
)
def test_every_read_is_conjoined_with_what_is_visible(
    stage: Stage, collection: str, field: str, query: dict[str, Any]
) -> None:
    for command, argument in (("find", "filter"), ("count", "query"), ("distinct", "query")):
        decision = stage.forwarded({command: collection, argument: query})
        narrowed = decision.body[argument]
        condition = narrowed["$and"][0] if query else narrowed
        assert set(condition[field]["$in"]) - {None} == stage.visible
        assert not query or narrowed["$and"][1] == query
        assert decision.account is Account.READ
        assert decision.reach.rows == frozenset(stage.visible)
    pipeline = [{"$match": query}, {"$facet": {"a": [{"$count": "n"}]}}]
    decision = stage.forwarded(aggregate(collection, *pipeline))
    assert set(decision.body["pipeline"][0]["$match"][field]["$in"]) - {None} == stage.visible
    assert decision.body["pipeline"][1:] == pipeline


def test_a_query_by_a_hidden_id_matches_nothing(stage: Stage) -> None:
    for query in ({"_id": stage.hidden}, {"_id": {"$in": [stage.hidden]}}, {"$or": [{"_id": stage.hidden}]}):
        narrowed = stage.forwarded({"find": "datasets", "filter": query}).body["filter"]
        assert narrowed["$and"][1] == query
        assert stage.hidden not in narrowed["$and"][0]["_id"]["$in"]


def test_a_query_by_a_visible_id_stays_as_it_is(stage: Stage) -> None:
    assert stage.forwarded({"find": "datasets", "filter": {"_id": stage.viewed}}).body["filter"] == {
        "_id": stage.viewed
    }


def test_an_estimated_count_becomes_a_filtered_one(stage: Stage) -> None:
    assert set(stage.forwarded({"count": "datasets"}).body["query"]["_id"]["$in"]) == stage.visible


def test_rows_of_no_dataset_are_for_the_roles_that_create_datasets() -> None:
    world = World()
    for role in Role:
        decision = world.judge(somebody(role), {"find": "execution_store", "filter": {}})
        assert isinstance(decision, Forward)
        if role is Role.ADMIN:
            assert decision.body["filter"] == {}
        else:
            assert (None in decision.body["filter"]["dataset_id"]["$in"]) == (role is Role.MEMBER)
    command = insert("execution_store", {"dataset_id": None, "key": "k"})
    assert isinstance(world.judge(somebody(Role.MEMBER), command), Forward)
    assert isinstance(world.judge(somebody(Role.LABELER), command), Deny)


@pytest.mark.parametrize(("collection", "field"), ROWS.items())
def test_a_row_is_written_only_where_the_level_is(stage: Stage, collection: str, field: str) -> None:
    needs = Level.TAG if collection == "tags" else Level.EDIT
    for dataset_id in (stage.viewed, stage.tagged, stage.edited, stage.managed, stage.hidden, ObjectId()):
        allowed = World.access(stage.world, ADA).level(dataset_id) >= needs
        for command in (
            insert(collection, {field: dataset_id}),
            update(collection, {field: dataset_id}, {"$set": {"a": 1}}),
            update(collection, {field: dataset_id}, {"$set": {"a": 1}}, upsert=True),
            delete(collection, {field: dataset_id}),
            {"findAndModify": collection, "query": {field: dataset_id}, "update": {"$set": {"a": 1}}},
            {"findAndModify": collection, "query": {field: dataset_id}, "remove": True},
        ):
            assert isinstance(stage.judge(command), Forward if allowed else Deny), (command, dataset_id)
    for document in ({}, {field: None}, {field: str(stage.edited)}, {field: {"$in": [stage.edited]}}):
        decision = stage.judge(insert(collection, {field: stage.edited}, document))
        has_globals = field == "dataset_id" and document.get(field, None) is None
        assert isinstance(decision, Forward if has_globals else Deny)


@pytest.mark.parametrize(("collection", "field"), ROWS.items())
def test_a_row_never_moves(stage: Stage, collection: str, field: str) -> None:
    row = ObjectId()
    stage.world.rows[row] = stage.edited
    for changes in (
        {"$set": {field: stage.hidden}},
        {"$set": {f"{field}.x": 1}},
        {"$unset": {field: 1}},
        {"$setOnInsert": {field: stage.viewed}},
        {"$rename": {"a": field}},
        {"$currentDate": {field: True}},
        {field: stage.edited, "a": 1},
        [{"$set": {field: stage.hidden}}],
    ):
        stage.refused(update(collection, {"_id": row}, changes))
        stage.refused({"findAndModify": collection, "query": {"_id": row}, "update": changes})
    to_itself = {"$set": {field: stage.edited, "a": 1}}
    statement = stage.statement(update(collection, {"_id": row}, to_itself))
    assert statement["q"] == {field: stage.edited, "_id": row}


def test_an_upsert_names_its_dataset(stage: Stage) -> None:
    changes = {"$set": {"value": 1}}
    for query in (
        {"key": "k"},
        {"dataset_id": {"$in": [stage.edited]}},
        {"$and": [{"dataset_id": stage.edited}]},
        {},
    ):
        stage.refused(update("execution_store", query, changes, upsert=True))
        stage.refused({"findAndModify": "execution_store", "query": query, "update": changes, "upsert": True})
    named = {"dataset_id": stage.edited, "key": "k"}
    statement = stage.statement(update("execution_store", named, changes, upsert=True))
    assert statement["q"] == named


def test_a_visible_row_that_may_not_be_changed_is_refused_and_a_hidden_one_is_not_there(stage: Stage) -> None:
    seen, hidden = ObjectId(), ObjectId()
    stage.world.rows |= {seen: stage.viewed}
    for query, refused in (({"_id": seen}, True), ({"_id": hidden}, False)):
        for command in (
            update("views", query, {"$set": {"name": "x"}}),
            delete("views", query),
            {"findAndModify": "views", "query": query, "remove": True},
        ):
            decision = stage.judge(command)
            assert isinstance(decision, Deny) is refused
            if isinstance(decision, Deny):
                assert 'you have "Can view"' in decision.message


def test_loading_a_view_marks_it_and_nothing_else(stage: Stage) -> None:
    row = ObjectId()
    stage.world.rows[row] = stage.viewed
    mark = {
        "_id": row,
        "_dataset_id": stage.viewed,
        "name": "stolen",
        "child._name": "x",
        "last_loaded_at": NOW,
    }
    for collection in ("views", "workspaces"):
        statement = stage.statement(update(collection, {"_id": row}, {"$set": mark}))
        assert statement["u"] == {"$set": {"last_loaded_at": NOW}}
        assert set(statement["q"]["$and"][0]["_dataset_id"]["$in"]) == stage.visible
        for more in ("view_stages", "last_loaded_at.x"):
            stage.refused(update(collection, {"_id": row}, {"$set": {**mark, more: 1}}))
    stage.refused(update("runs", {"_id": row}, {"$set": {"last_loaded_at": NOW}}))


def test_a_change_stream_is_filtered_by_the_row_that_it_carries(stage: Stage) -> None:
    pipeline = [{"$changeStream": {"fullDocument": "updateLookup"}}, {"$match": {"operationType": "update"}}]
    decision = stage.forwarded(aggregate("execution_store", *pipeline))
    match = decision.body["pipeline"][1]["$match"]
    assert set(match["fullDocument.dataset_id"]["$in"]) == {*stage.visible, None}
    assert match["fullDocument"] == {"$type": "object"}
    for options in (
        {"allChangesForCluster": True},
        {"fullDocumentBeforeChange": "required"},
        {"showExpandedEvents": True},
    ):
        stage.refused(aggregate("execution_store", {"$changeStream": options}))
    for collection in (f"samples.{stage.managed}", 1):
        stage.refused(aggregate(collection, {"$changeStream": {}}))


def test_results_of_a_run_are_ones_own_file_or_the_runs(stage: Stage) -> None:
    run, mine, theirs, linked = ObjectId(), ObjectId(), ObjectId(), ObjectId()
    stage.world.rows[run] = stage.edited
    stage.world.files |= {
        mine: FileFact(creator="ada", exists=True),
        theirs: FileFact(creator="bob", exists=True),
        linked: FileFact(frozenset({stage.hidden}), creator="ada", exists=True),
    }
    for file_id, allowed in ((mine, True), (theirs, False), (linked, False), (ObjectId(), False)):
        changes = {"$set": {"results": file_id}}
        change = update("runs", {"_id": run, "_dataset_id": stage.edited}, changes)
        new = insert("runs", {"_dataset_id": stage.edited, "results": file_id})
        assert isinstance(stage.judge(new), Forward if allowed else Deny)
        decision = stage.judge(change)
        if file_id == linked:
            assert isinstance(decision, Forward)
            (statement,) = decision.sections["updates"]
            assert {"_dataset_id": {"$in": [stage.hidden]}} in statement["q"]["$and"][1]["$and"]
        else:
            assert isinstance(decision, Forward if allowed else Deny)
    for operator, path, value in (
        ("$set", "results.x", 1),
        ("$push", "results", mine),
        ("$set", "results", "x"),
    ):
        stage.refused(update("runs", {"_id": run}, {operator: {path: value}}))


def test_files_are_found_by_id_and_only_through_their_run(stage: Stage) -> None:
    files = {dataset_id: ObjectId() for dataset_id in (stage.viewed, stage.edited, stage.hidden)}
    stage.world.files |= {file_id: FileFact(frozenset({d}), exists=True) for d, file_id in files.items()}
    for command, field in (("fs.files", "_id"), ("fs.chunks", "files_id")):
        assert isinstance(stage.judge({"find": command, "filter": {field: files[stage.viewed]}}), Forward)
        hidden = stage.judge({"find": command, "filter": {field: files[stage.hidden]}})
        missing = stage.judge({"find": command, "filter": {field: ObjectId()}})
        assert isinstance(hidden, Answer)
        assert hidden == missing
        for query in (
            {},
            {field: {"$in": [files[stage.viewed]]}},
            {"filename": "x"},
            {field: {"$ne": 1}},
            {field: "x"},
        ):
            stage.refused({"find": command, "filter": query})
        for name in ("count", "distinct", "aggregate", "update", "findAndModify"):
            stage.refused({name: command})
        assert isinstance(stage.judge(delete(command, {field: files[stage.edited]})), Forward)
        stage.refused(delete(command, {field: files[stage.viewed]}))
        for file_id in (files[stage.hidden], ObjectId(), None):
            nothing = stage.judge(delete(command, {field: file_id}))
            assert nothing == Answer({"n": 0, "ok": 1.0})


def test_a_file_is_written_once_by_who_began_it(stage: Stage) -> None:
    mine, theirs, bound = ObjectId(), ObjectId(), ObjectId()
    stage.world.files |= {
        mine: FileFact(creator="ada", exists=True),
        theirs: FileFact(creator="bob", exists=True),
        bound: FileFact(frozenset({stage.managed}), creator="ada", exists=True),
    }
    for file_id, allowed in (
        (mine, True),
        (ObjectId(), True),
        (theirs, False),
        (bound, False),
        ("x", False),
        (None, False),
    ):
        for command in (
            insert("fs.chunks", {"files_id": file_id, "n": 0, "data": b""}),
            insert("fs.files", {"_id": file_id, "length": 0}),
        ):
            assert isinstance(stage.judge(command), Forward if allowed else Deny)
    stage.refused(insert("fs.files", {"_id": mine}, {"_id": theirs}))
    assert isinstance(World().judge(ADA, insert("fs.files", {"_id": ObjectId()})), Deny)


def test_ontologies_are_read_by_all_and_written_by_members() -> None:
    world = World()
    for role in Role:
        person = somebody(role)
        assert isinstance(world.judge(person, {"find": "ontologies", "filter": {}}), Forward)
        writes = isinstance(world.judge(person, insert("ontologies", {"name": "x"})), Forward)
        assert writes == (role in {Role.ADMIN, Role.MEMBER})
        assert isinstance(world.judge(person, {"find": "config", "filter": {}}), Forward)
        for name in ("insert", "update", "delete", "findAndModify", "drop", "createIndexes"):
            assert isinstance(world.judge(person, {name: "config"}), Deny)
