"""What nobody may send, not even an admin: it is not in the table."""

from __future__ import annotations

from typing import Any

import pytest
from bson import Binary, Code, ObjectId

from safelight.wire.documents import Documents, encode
from safelight_server.authz.arguments import COMMANDS
from safelight_server.authz.decision import Deny, Forward
from safelight_server.authz.levels import Level
from safelight_server.authz.names import Kind, parse_collection
from safelight_server.authz.policy import decide
from safelight_server.authz.request import Request
from safelight_server.authz.roles import Role
from safelight_server.authz.table import TABLE
from support.commands import request
from support.mongodb_names import NOT_ARGUMENTS, NOT_COMMANDS, NOT_STAGES
from support.policy_world import World, somebody

ADMIN = World().access(somebody(Role.ADMIN))
ID = ObjectId("6b0725ccf6945a1a49a687d7")
S = f"samples.{ID}"


def refused(command: dict[str, Any], **options: Any) -> Deny:
    decision = decide(request(command, **options), ADMIN)
    assert isinstance(decision, Deny), decision
    assert decision.message
    return decision


@pytest.mark.parametrize("name", [*sorted(NOT_COMMANDS), "find ", "\0find", ""])
def test_commands_outside_the_table_are_refused(name: str) -> None:
    for value in (1, S, "datasets", f"fiftyone.{S}"):
        assert refused({name: value}).rule == "command"
        assert refused({name: value, "$db": "admin"}).rule == "command"


@pytest.mark.parametrize("name", sorted(COMMANDS))
@pytest.mark.parametrize("argument", sorted(NOT_ARGUMENTS))
def test_arguments_outside_the_list_are_refused(name: str, argument: str) -> None:
    database = "admin" if COMMANDS[name].admin else "fiftyone"
    assert refused({name: S, argument: 1}, database=database).rule == "argument"


@pytest.mark.parametrize(
    "database", ["admin", "local", "config", "safelight", "fiftyone2", "FIFTYONE", "", "$external"]
)
def test_other_databases_are_refused(database: str) -> None:
    assert refused({"find": S, "filter": {}, "$db": database}).rule == "database"
    if database != "admin":
        assert refused({"ping": 1, "$db": database}).rule == "database"


@pytest.mark.parametrize(
    "name",
    [
        Binary(b"\0" * 16, 4),
        1,
        1.0,
        True,
        None,
        ["datasets"],
        {"db": "fiftyone", "coll": S},
        ID,
        f"samples.{ID}\n",
        f"samples.{ID}\0",
        f" samples.{ID}",
        f"samples.{str(ID).upper()}",
        f"samples.{ID}.x",
        f"system.buckets.{S}",
        "system.views",
        "system.profile",
        "system.js",
        "oplog.rs",
        "fs.files.x",
        "fs",
        f"frames.frames.frames.{ID}",
        f"patches.clips.{ID}",
        f"samples.{str(ID)[:-1]}",
        "$cmd",
        "$cmd.aggregate",
        "Datasets",
        "datasets ",
        "dataset_access",
        "users",
        "api_keys",
    ],
)
def test_what_is_not_the_name_of_a_collection_of_fiftyone_is_refused(name: Any) -> None:
    for command in (
        "find",
        "aggregate",
        "count",
        "distinct",
        "insert",
        "update",
        "delete",
        "drop",
        "listIndexes",
    ):
        assert refused({command: name}).rule in {"target", "command"}
    assert parse_collection(name) is None


def test_only_pairs_of_the_table_are_allowed() -> None:
    collections = {kind: kind.value for kind in Kind} | {Kind.SAMPLES: S}
    for name in COMMANDS:
        for kind in set(Kind) - {Kind.DATABASE, Kind.SERVER}:
            if (name, kind) not in TABLE and not any(
                (name, other) in TABLE for other in (Kind.DATABASE, Kind.SERVER)
            ):
                assert refused({name: collections[kind]}).rule == "table"


@pytest.mark.parametrize(
    "command",
    [
        {"find": S, "filter": {"$where": "true"}},
        {"find": S, "filter": {"$where": Code("true")}},
        {"find": S, "filter": {"$expr": {"$function": {"body": "function() {}", "args": [], "lang": "js"}}}},
        {"find": S, "filter": {"a": {"$elemMatch": {"$where": "true"}}}},
        {"find": S, "projection": {"a": {"$function": {"body": "f", "args": [], "lang": "js"}}}},
        {"find": S, "filter": {"a": Code("x")}},
        {"find": S, "filter": {}, "let": {"a": {"$function": {"body": "f", "args": [], "lang": "js"}}}},
        {"count": S, "query": {"$where": "true"}},
        {"distinct": S, "key": "a", "query": {"$or": [{"$where": "true"}]}},
        {"aggregate": S, "pipeline": [{"$match": {"$where": "true"}}], "cursor": {}},
        {"aggregate": S, "pipeline": [{"$group": {"_id": 1, "a": {"$accumulator": {}}}}], "cursor": {}},
        {"aggregate": S, "pipeline": [{"$project": {"a": {"$_internalJsEmit": {}}}}], "cursor": {}},
        {"update": S, "updates": [{"q": {"$where": "true"}, "u": {"$set": {"a": 1}}}]},
        {
            "update": S,
            "updates": [
                {"q": {}, "u": [{"$set": {"a": {"$function": {"body": "f", "args": [], "lang": "js"}}}}]}
            ],
        },
        {"update": S, "updates": [{"q": {}, "u": {"$pull": {"a": {"$where": "1"}}}}]},
        {
            "update": S,
            "updates": [{"q": {}, "u": {"$set": {"a.$[x]": 1}}, "arrayFilters": [{"$where": "1"}]}],
        },
        {"delete": S, "deletes": [{"q": {"$where": "true"}, "limit": 0}]},
        {"findAndModify": S, "query": {"$where": "true"}, "remove": True},
        {"findAndModify": S, "query": {}, "update": [{"$set": {"a": {"$function": {}}}}]},
        {
            "createIndexes": S,
            "indexes": [{"key": {"a": 1}, "name": "a", "partialFilterExpression": {"$where": "1"}}],
        },
    ],
)
def test_javascript_is_refused(command: dict[str, Any]) -> None:
    assert refused(command).rule in {"javascript", "operator"}


@pytest.mark.parametrize("sequence", [True, False])
def test_javascript_is_seen_in_document_sequences_and_in_bodies(sequence: bool) -> None:
    update = {"q": {"$where": "sleep(1000)"}, "u": {"$set": {"a": 1}}}
    body: dict[str, Any] = {"update": S} if sequence else {"update": S, "updates": [update]}
    sections = {"updates": Documents(encode(update))} if sequence else {}
    assert isinstance(decide(Request("fiftyone", "update", body, sections), ADMIN), Deny)


def test_javascript_in_a_doubled_key_is_seen_or_gone() -> None:
    """Python reads the last of two keys: what is forwarded is what was judged, encoded again."""
    hidden = encode({"$where": "true", "$whera": 1}).replace(b"$whera", b"$where")
    element = b"\x03q\0" + hidden + b"\x03u\0" + encode({"$set": {"a": 1}})
    raw = (len(element) + 5).to_bytes(4, "little") + element + b"\0"
    decision = decide(Request("fiftyone", "update", {"update": S}, {"updates": Documents(raw)}), ADMIN)
    assert isinstance(decision, Deny)


def nestings(stage: dict[str, Any]) -> list[list[dict[str, Any]]]:
    lookup = {"from": S, "as": "x", "pipeline": [stage]}
    union = {"coll": S, "pipeline": [stage]}
    return [
        [stage],
        [{"$facet": {"a": [stage]}}],
        [{"$lookup": lookup}],
        [{"$unionWith": union}],
        [{"$facet": {"a": [{"$match": {}}, {"$lookup": {**lookup, "pipeline": [{"$unionWith": union}]}}]}}],
    ]


@pytest.mark.parametrize("name", sorted(NOT_STAGES))
def test_stages_outside_the_list_are_refused_at_any_depth(name: str) -> None:
    for pipeline in nestings({name: {}}):
        assert refused({"aggregate": S, "pipeline": pipeline, "cursor": {}}).rule == "stage"


@pytest.mark.parametrize(
    "stage", [{"$out": S}, {"$merge": {"into": S}}, {"$collStats": {}}, {"$changeStream": {}}]
)
def test_stages_of_the_top_level_are_refused_below_it(stage: dict[str, Any]) -> None:
    for pipeline in nestings(stage)[1:]:
        assert refused({"aggregate": S, "pipeline": pipeline, "cursor": {}}).rule == "stage"


@pytest.mark.parametrize(
    "target",
    [
        "datasets",
        "runs",
        "fs.chunks",
        "users",
        "system.views",
        {"db": "admin", "coll": S},
        {"coll": S},
        None,
        1,
        f"{S}\n",
    ],
)
def test_stages_reach_only_samples_by_their_plain_name(target: Any) -> None:
    stages = [
        {"$lookup": {"from": target, "as": "x"}},
        {"$unionWith": {"coll": target}},
        {"$lookup": {"as": "x"}},
    ]
    for stage in stages:
        for pipeline in nestings(stage):
            assert refused({"aggregate": S, "pipeline": pipeline, "cursor": {}}).rule == "target"
    for stage in ({"$out": target}, {"$merge": {"into": target}}):
        assert refused({"aggregate": S, "pipeline": [stage], "cursor": {}}).rule in {
            "target",
            "malformed",
            "argument",
        }


@pytest.mark.parametrize("collection", ["datasets", "views", "runs", "tags", "execution_store", "ontologies"])
def test_shared_collections_are_never_joined_or_measured(collection: str) -> None:
    for name in (
        "$lookup",
        "$unionWith",
        "$graphLookup",
        "$out",
        "$merge",
        "$collStats",
        "$indexStats",
        "$geoNear",
    ):
        command = {
            "aggregate": collection,
            "pipeline": [{name: {"from": S, "coll": S, "into": S}}],
            "cursor": {},
        }
        assert refused(command).rule == "stage"


def test_commands_on_the_whole_database_are_refused() -> None:
    for name in ("$currentOp", "$listLocalSessions", "$changeStream"):
        stage = {name: {"allUsers": True}}
        assert isinstance(decide(request({"aggregate": 1, "pipeline": [stage], "cursor": {}}), ADMIN), Deny)
        command = {"aggregate": 1, "pipeline": [stage], "cursor": {}, "$db": "admin"}
        assert isinstance(decide(request(command), ADMIN), Deny)


def test_views_are_never_made() -> None:
    assert refused({"create": "v", "viewOn": S, "pipeline": []}).rule == "command"
    assert refused({"collMod": S, "viewOn": f"samples.{ObjectId()}", "pipeline": []}).rule == "argument"
    assert refused({"collMod": S}).rule == "malformed"
    assert refused({"collMod": S, "index": {"name": "a", "expireAfterSeconds": 1}}).rule == "argument"


def test_nesting_that_mongodb_would_refuse_is_refused_without_a_crash() -> None:
    deep: Any = {"a": 1}
    for _ in range(300):
        deep = {"$and": [deep]}
    assert refused({"find": S, "filter": deep}).rule == "depth"
    pipeline: list[Any] = []
    for _ in range(300):
        pipeline = [{"$facet": {"a": pipeline}}]
    assert refused({"aggregate": S, "pipeline": pipeline, "cursor": {}}).rule == "depth"


def test_a_sequence_that_the_command_does_not_have_is_refused() -> None:
    documents = Documents(encode({"a": 1}))
    for name, body in (("find", {"find": S}), ("insert", {"insert": S, "documents": []})):
        for sequence in ("documents", "updates", "x"):
            if (name, sequence) != ("insert", "documents") or "documents" in body:
                decision = decide(Request("fiftyone", name, body, {sequence: documents}), ADMIN)
                assert isinstance(decision, Deny)


def test_a_pipeline_is_encoded_again() -> None:
    """A doubled `from` would abort MongoDB: what goes on was decoded and holds one."""
    stage = {"$lookup": {"from": S, "localField": "a", "foreignField": "b", "as": "c"}}
    decision = decide(request({"aggregate": S, "pipeline": [stage], "cursor": {}}), ADMIN)
    assert isinstance(decision, Forward)
    assert decision.body["pipeline"] == [stage]
    assert type(decision.body["pipeline"][0]) is dict


@pytest.mark.parametrize("argument", ["limit", "skip", "batchSize", "singleBatch", "maxTimeMS"])
def test_plain_arguments_hold_no_documents(argument: str) -> None:
    world = World()
    command = {"find": f"samples.{world.dataset(ada=Level.MANAGE)}", argument: [{"$function": {}}]}
    assert isinstance(world.judge(somebody(Role.MEMBER), command), Deny)
