"""Samples and frames: levels, targets of stages, tags, cursors, and the one function that is rewritten."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest
from bson import Int64, ObjectId

from safelight.wire.documents import Documents
from safelight_server.authz.access import AccessList
from safelight_server.authz.decision import Account, Answer, Deny, Forward, OpenCursor, Reach
from safelight_server.authz.levels import Level
from safelight_server.authz.roles import Role
from support.commands import aggregate, delete, insert, update
from support.policy_world import World, somebody

SOME = ObjectId("6b0725ccf6945a1a49a687d8")
NOW = datetime(2026, 11, 25)  # noqa: DTZ001 - as the driver decodes it
ADA = somebody(Role.MEMBER)
PREFIXES = ["samples", "clips", "patches", "patches.frames", "frames"]
NAMES = [*PREFIXES, *(f"frames.{prefix}" for prefix in PREFIXES)]

BY_LEVEL: list[tuple[dict[str, Any], Level, Account]] = [
    ({"find": "S", "filter": {"a": 1}}, Level.VIEW, Account.READ),
    ({"count": "S"}, Level.VIEW, Account.READ),
    ({"distinct": "S", "key": "a"}, Level.VIEW, Account.READ),
    ({"listIndexes": "S", "cursor": {}}, Level.VIEW, Account.READ),
    ({"collstats": "S"}, Level.VIEW, Account.READ),
    (aggregate("S"), Level.VIEW, Account.READ),
    (aggregate("S", {"$collStats": {"count": {}}}), Level.VIEW, Account.READ),
    (aggregate("S", {"$indexStats": {}}), Level.VIEW, Account.READ),
    (aggregate("S", {"$lookup": {"from": "S", "as": "x"}}), Level.VIEW, Account.READ),
    (update("S", {"_id": SOME}, {"$addToSet": {"tags": "x"}}), Level.TAG, Account.WRITE),
    (update("S", {}, {"$set": {"a": 1}}), Level.EDIT, Account.WRITE),
    (update("S", {}, [{"$set": {"a": 1}}]), Level.EDIT, Account.WRITE),
    (insert("S", {"a": 1}), Level.EDIT, Account.WRITE),
    (delete("S", {}), Level.EDIT, Account.WRITE),
    ({"findAndModify": "S", "query": {}, "remove": True}, Level.EDIT, Account.WRITE),
    ({"createIndexes": "S", "indexes": [{"key": {"a": 1}, "name": "a_1"}]}, Level.EDIT, Account.WRITE),
    ({"dropIndexes": "S", "index": "a_1"}, Level.EDIT, Account.WRITE),
    ({"collMod": "S", "index": {"name": "a_1", "unique": True}}, Level.EDIT, Account.WRITE),
    (aggregate("S", {"$out": "S"}), Level.EDIT, Account.WRITE),
    (aggregate("S", {"$merge": "S"}), Level.EDIT, Account.WRITE),
    (
        aggregate("S", {"$merge": {"into": "S", "whenMatched": [{"$set": {"a": 1}}]}}),
        Level.EDIT,
        Account.WRITE,
    ),
    ({"drop": "S"}, Level.MANAGE, Account.WRITE),
]


def on(command: Any, name: str) -> Any:
    """The command with `name` for `S`."""
    if isinstance(command, dict):
        return {key: on(value, name) for key, value in command.items()}
    if isinstance(command, list):
        return [on(each, name) for each in command]
    return name if command == "S" else command


@pytest.mark.parametrize(("command", "needs", "account"), BY_LEVEL, ids=lambda value: str(value)[:60])
@pytest.mark.parametrize("name", NAMES)
def test_each_command_needs_its_level_on_the_owner(
    command: dict[str, Any], needs: Level, account: Account, name: str
) -> None:
    world = World()
    for level in Level:
        dataset_id = world.dataset(ada=level)
        decision = world.judge(ADA, on(command, f"{name}.{dataset_id}"))
        if level >= needs:
            assert isinstance(decision, Forward)
            assert decision.account is account
        else:
            assert isinstance(decision, Deny)
    hidden = world.judge(ADA, on(command, f"{name}.{world.dataset()}"))
    missing = world.judge(ADA, on(command, f"{name}.{ObjectId()}"))
    assert isinstance(hidden, Deny)
    assert isinstance(missing, Deny)
    assert (hidden.rule, hidden.code) == (missing.rule, missing.code) == ("no access", 13)


@pytest.mark.parametrize("level", Level)
def test_a_stage_needs_its_level_on_what_it_names(level: Level) -> None:
    world = World()
    own, other = world.dataset(ada=Level.MANAGE), world.dataset(ada=level)
    other_name = f"samples.{other}"
    reads: list[dict[str, Any]] = [
        {"$lookup": {"from": other_name, "as": "x"}},
        {"$unionWith": other_name},
        {"$unionWith": {"coll": other_name, "pipeline": []}},
        {"$facet": {"a": [{"$lookup": {"from": other_name, "as": "x"}}]}},
        {"$lookup": {"from": f"samples.{own}", "as": "x", "pipeline": [{"$unionWith": other_name}]}},
    ]
    for stage in reads:
        decision = world.judge(ADA, aggregate(f"samples.{own}", stage))
        assert isinstance(decision, Forward if level >= Level.VIEW else Deny)
        if isinstance(decision, Forward):
            assert decision.reach.datasets == {own, other}
    writes: list[dict[str, Any]] = [{"$out": other_name}, {"$merge": {"into": other_name}}]
    for stage in writes:
        decision = world.judge(ADA, aggregate(f"samples.{own}", stage))
        assert isinstance(decision, Forward if level >= Level.EDIT else Deny)


def test_bulk_documents_go_as_the_bytes_that_came() -> None:
    world = World()
    name = f"samples.{world.dataset(ada=Level.EDIT)}"
    for command in (insert(name, {"a": 1}), update(name, {}, {"$set": {"a": 1}}), delete(name, {})):
        decision = world.judge(ADA, command)
        assert isinstance(decision, Forward)
        (documents,) = decision.sections.values()
        assert isinstance(documents, Documents)


def test_updates_of_who_may_only_tag_are_encoded_again() -> None:
    world = World()
    name = f"samples.{world.dataset(ada=Level.TAG)}"
    decision = world.judge(ADA, update(name, {"_id": ObjectId()}, {"$set": {"tags": []}}))
    assert isinstance(decision, Forward)
    assert isinstance(decision.sections["updates"], list)


ONE = {"_id": SOME}
TAGGING: list[tuple[Any, Any, dict[str, Any]]] = [
    (ONE, {"$addToSet": {"tags": "x"}}, {}),
    (ONE, {"$addToSet": {"tags": {"$each": ["x", "y"]}}, "$set": {"last_modified_at": NOW}}, {}),
    (ONE, {"$pull": {"tags": {"$in": ["x"]}}}, {}),
    (ONE, {"$pullAll": {"weather.tags": ["x"]}}, {}),
    (ONE, {"$set": {"tags": ["x"], "ground_truth.detections.0.tags": []}}, {"multi": False}),
    ({"_id": {"$in": [SOME]}}, {"$set": {"last_modified_at": NOW}}, {"multi": True}),
    (ONE, {"$addToSet": {"a.detections.$[label].tags": "x"}}, {"arrayFilters": [{"label._id": SOME}]}),
    (
        ONE,
        {"$addToSet": {"a.b.$[label].tags": "x"}},
        {"arrayFilters": [{"label._id": {"$in": [SOME]}}]},
    ),
]
NOT_TAGGING: list[tuple[Any, Any, dict[str, Any]]] = [
    ({}, {"$addToSet": {"tags": "x"}}, {}),
    ({"filepath": "x"}, {"$addToSet": {"tags": "x"}}, {}),
    ({**ONE, "a": 1}, {"$addToSet": {"tags": "x"}}, {}),
    ({"_id": {"$ne": 1}}, {"$addToSet": {"tags": "x"}}, {}),
    ({"_id": {"$in": [{"a": 1}]}}, {"$addToSet": {"tags": "x"}}, {}),
    (ONE, {"$addToSet": {"tags": "x"}}, {"upsert": True}),
    (ONE, {"$addToSet": {"tags": "x"}}, {"hint": "a"}),
    (ONE, {"$addToSet": {"tags": "x", "label": "y"}}, {}),
    (ONE, {"$addToSet": {"tags": "x"}, "$unset": {"label": 1}}, {}),
    (ONE, {"$addToSet": {"tags": 1}}, {}),
    (ONE, {"$addToSet": {"tags": {"$each": [{"a": 1}]}}}, {}),
    (ONE, {"$set": {"tags": "x"}}, {}),
    (ONE, {"$set": {"tags": [1]}}, {}),
    (ONE, {"$set": {"tags.0": "x"}}, {}),
    (ONE, {"$set": {"tagset": ["x"]}}, {}),
    (ONE, {"$set": {"a.$[].tags": ["x"]}}, {}),
    (ONE, {"$set": {"a.$[other].tags": ["x"]}}, {"arrayFilters": [{"other._id": SOME}]}),
    (ONE, {"$set": {"last_modified_at": "x"}}, {}),
    (ONE, {"$pull": {"last_modified_at": NOW}}, {}),
    (ONE, {"$unset": {"tags": 1}}, {}),
    (ONE, {"$rename": {"tags": "x"}}, {}),
    (ONE, {"tags": ["x"]}, {}),
    (ONE, [{"$set": {"tags": ["x"]}}], {}),
    (ONE, {}, {}),
    (ONE, {"$addToSet": {"a.$[label].tags": "x"}}, {"arrayFilters": [{"label.label": "cat"}]}),
]


@pytest.mark.parametrize(("query", "changes", "more"), TAGGING)
def test_changes_of_tags_need_can_tag(query: Any, changes: Any, more: dict[str, Any]) -> None:
    world = World()
    for name in ("samples", "frames.samples", "patches"):
        command = update(f"{name}.{world.dataset(ada=Level.TAG)}", query, changes, **more)
        assert isinstance(world.judge(ADA, command), Forward)


@pytest.mark.parametrize(("query", "changes", "more"), NOT_TAGGING)
def test_all_other_changes_need_can_edit(query: Any, changes: Any, more: dict[str, Any]) -> None:
    world = World()
    decision = world.judge(ADA, update(f"samples.{world.dataset(ada=Level.TAG)}", query, changes, **more))
    assert isinstance(decision, Deny)
    assert '"Can edit"' in decision.message
    tagging = {"q": ONE, "u": {"$addToSet": {"tags": "x"}}}
    mixed = {
        "update": f"samples.{world.dataset(ada=Level.TAG)}",
        "updates": [tagging, {"q": query, "u": changes, **more}],
    }
    assert isinstance(world.judge(ADA, mixed), Deny)


def sort_function(comparison: str, reverse: str = "") -> dict[str, Any]:
    body = f"function(array) {{ array.sort({comparison}){reverse}; return array; }}"
    return {"$function": {"body": body, "args": ["$a"], "lang": "js"}}


@pytest.mark.parametrize(
    ("function", "order"),
    [
        (sort_function(""), 1),
        (sort_function("", ".reverse()"), -1),
        (sort_function("(a, b) => a - b"), 1),
        (sort_function("(a, b) => a.x.y - b.x.y", ".reverse()"), {"x.y": -1}),
        (sort_function("(a, b) => ('' + a.label).localeCompare(b.label)"), {"label": 1}),
    ],
)
def test_the_function_of_fiftyone_becomes_an_operator_wherever_it_is(function: Any, order: Any) -> None:
    world = World()
    name = f"samples.{world.dataset(ada=Level.MANAGE)}"
    native = {"$sortArray": {"input": "$a", "sortBy": order}}
    nested = {"$addFields": {"b": {"$map": {"input": [function], "in": {"c": function}}}}}
    decision = world.judge(ADA, aggregate(name, nested, {"$facet": {"x": [{"$project": {"y": function}}]}}))
    assert isinstance(decision, Forward)
    assert decision.body["pipeline"] == [
        {"$addFields": {"b": {"$map": {"input": [native], "in": {"c": native}}}}},
        {"$facet": {"x": [{"$project": {"y": native}}]}},
    ]
    decision = world.judge(ADA, update(name, {}, [{"$set": {"b": function}}]))
    assert isinstance(decision, Forward)
    assert decision.sections["updates"] == [{"q": {}, "u": [{"$set": {"b": native}}]}]


@pytest.mark.parametrize(
    "function",
    [
        sort_function("(a, b) => a.x - b.y"),
        sort_function("(a, b) => a.x() - b.x()"),
        sort_function("(a, b) => a[0] - b[0]"),
        sort_function("evil()"),
        sort_function("", ".reverse(); evil()"),
        {"$function": {**sort_function("")["$function"], "args": []}},
        {"$function": {**sort_function("")["$function"], "args": ["$a", "$b"]}},
        {**sort_function(""), "$literal": 1},
        {"$function": "x"},
    ],
)
def test_any_other_function_is_refused(function: dict[str, Any]) -> None:
    world = World()
    name = f"samples.{world.dataset(ada=Level.MANAGE)}"
    assert isinstance(world.judge(ADA, aggregate(name, {"$project": {"a": function}})), Deny)


def test_the_arguments_of_a_rewritten_function_are_judged_too() -> None:
    world = World()
    function = sort_function("")
    function["$function"]["args"] = [{"$function": {"body": "evil()", "args": [], "lang": "js"}}]
    name = f"samples.{world.dataset(ada=Level.MANAGE)}"
    assert isinstance(world.judge(ADA, aggregate(name, {"$project": {"a": function}})), Deny)


def test_a_cursor_is_its_owners_and_only_while_it_may_be_read() -> None:
    world = World()
    dataset_id, joined = world.dataset(ada=Level.VIEW), world.dataset(ada=Level.VIEW)
    name = f"samples.{dataset_id}"
    world.cursors[7] = OpenCursor("ada", name, Account.READ, Reach(frozenset({dataset_id, joined})))
    more = {"getMore": Int64(7), "collection": name}
    decision = world.judge(ADA, more)
    assert isinstance(decision, Forward)
    assert decision.account is Account.READ
    for person, command in (
        (somebody(Role.ADMIN, "bob"), more),
        (ADA, {**more, "collection": "datasets"}),
        (ADA, {**more, "getMore": Int64(8)}),
        (ADA, {**more, "getMore": True}),
    ):
        assert isinstance(world.judge(person, command), Deny)
    del world.lists[joined]
    refused = world.judge(ADA, more)
    assert isinstance(refused, Deny)
    assert refused.code == 43


def test_a_cursor_over_rows_ends_when_a_dataset_is_taken_away() -> None:
    world = World()
    kept, taken = world.dataset(ada=Level.VIEW), world.dataset(ada=Level.VIEW)
    opened = world.judge(ADA, {"find": "datasets", "filter": {}})
    assert isinstance(opened, Forward)
    world.cursors[7] = OpenCursor("ada", "datasets", opened.account, opened.reach)
    more = {"getMore": Int64(7), "collection": "datasets"}
    world.dataset(ada=Level.VIEW)
    assert isinstance(world.judge(ADA, more), Forward)
    world.lists[taken] = AccessList(taken)
    assert isinstance(world.judge(ADA, more), Deny)
    assert kept in world.lists
    everything = replace(world.cursors[7], reach=Reach(rows=None))
    world.cursors[7] = everything
    assert isinstance(world.judge(ADA, more), Deny)


def test_only_ones_own_cursors_are_killed() -> None:
    world = World()
    name = f"samples.{world.dataset(ada=Level.VIEW)}"
    world.cursors |= {7: OpenCursor("ada", name, Account.READ, Reach())}
    world.cursors |= {8: OpenCursor("bob", name, Account.READ, Reach())}
    assert isinstance(world.judge(ADA, {"killCursors": name, "cursors": [Int64(7)]}), Forward)
    nothing = world.judge(ADA, {"killCursors": name, "cursors": [Int64(8), Int64(9)]})
    assert isinstance(nothing, Answer)
    assert nothing.reply["cursorsNotFound"] == [8, 9]
    assert nothing.reply["cursorsKilled"] == []


def test_collections_of_hidden_datasets_are_not_listed() -> None:
    world = World()
    seen, hidden = world.dataset(ada=Level.VIEW), world.dataset()
    decision = world.judge(ADA, {"listCollections": 1, "cursor": {}, "nameOnly": False})
    assert isinstance(decision, Forward)
    assert decision.body["nameOnly"] is True
    assert decision.reply is not None
    names = [
        f"samples.{seen}",
        f"samples.{hidden}",
        f"frames.samples.{hidden}",
        "datasets",
        "system.views",
        "x",
    ]
    reply = {"cursor": {"id": 5, "ns": "x", "firstBatch": [{"name": name} for name in names]}, "ok": 1.0}
    cursor = decision.reply(reply)["cursor"]
    assert [each["name"] for each in cursor["firstBatch"]] == [f"samples.{seen}", "datasets"]
    assert cursor["id"] == 0
    for query in ({"info.uuid": 1}, {"name": {"$regex": "."}}, {"type": "view"}):
        assert isinstance(world.judge(ADA, {"listCollections": 1, "filter": query}), Deny)
