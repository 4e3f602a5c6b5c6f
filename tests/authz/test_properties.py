"""What holds for any command: unknown names are denied, filters conjoin, more access never means less."""

from __future__ import annotations

from typing import Any

from bson import ObjectId
from hypothesis import given
from hypothesis import strategies as st

from safelight.wire.documents import Documents, encode
from safelight_server.authz.arguments import COMMANDS, GENERIC
from safelight_server.authz.decision import Account, Answer, Deny, Forward
from safelight_server.authz.levels import Level
from safelight_server.authz.operators import ALLOWED
from safelight_server.authz.request import Request
from safelight_server.authz.roles import Role
from safelight_server.authz.stages import FIRST, NESTING, PLAIN, WRITING
from support.commands import aggregate
from support.policy_world import World, somebody

NAMES = st.text(min_size=1, max_size=12).filter(lambda text: "\0" not in text)
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-100, 100)
    | st.text(max_size=8)
    | st.builds(ObjectId)
    | st.binary(max_size=4),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(NAMES | st.sampled_from(sorted(ALLOWED)), inner, max_size=3)
    ),
    max_leaves=8,
)
ROLES = st.sampled_from([role for role in Role if role is not Role.ADMIN])
LEVELS = st.sampled_from(Level)
READS = {"find": "filter", "count": "query", "distinct": "query"}
ROWS = {"datasets": "_id", "views": "_dataset_id", "runs": "_dataset_id", "execution_store": "dataset_id"}
STAGES = PLAIN | FIRST | NESTING | WRITING


@st.composite
def nested(draw: st.DrawFn, inner: dict[str, Any]) -> dict[str, Any]:
    """The document somewhere inside of harmless operators."""
    value: Any = inner
    for _ in range(draw(st.integers(0, 5))):
        wrapper = draw(st.sampled_from(["$and", "$or", "$expr", "$elemMatch", "field", "list"]))
        value = (
            {"x": [value]}
            if wrapper == "list"
            else {wrapper: [value] if wrapper in {"$and", "$or"} else value}
        )
    assert isinstance(value, dict)
    return value


@given(name=NAMES, target=VALUES, body=st.dictionaries(NAMES, VALUES, max_size=3))
def test_an_unknown_command_is_denied(name: str, target: Any, body: dict[str, Any]) -> None:
    if name not in COMMANDS:
        request = Request("fiftyone", name, {name: target, **body})
        assert isinstance(World().judge(somebody(Role.ADMIN), request), Deny)


@given(name=st.sampled_from(sorted(COMMANDS)), argument=NAMES, value=VALUES)
def test_an_unknown_argument_is_denied(name: str, argument: str, value: Any) -> None:
    command = COMMANDS[name]
    if argument in command.arguments | GENERIC | {name}:
        return
    database = "admin" if command.admin else "fiftyone"
    body = {name: f"samples.{ObjectId()}", argument: value}
    assert isinstance(World().judge(somebody(Role.ADMIN), Request(database, name, body)), Deny)


@given(st.data(), st.from_regex(r"\$[A-Za-z_]{1,15}", fullmatch=True), VALUES)
def test_an_unknown_operator_is_denied_wherever_it_is(data: st.DataObject, operator: str, value: Any) -> None:
    if operator in ALLOWED:
        return
    query = data.draw(nested({operator: value}))
    name = f"samples.{ObjectId()}"
    admin = somebody(Role.ADMIN)
    for command, argument in READS.items():
        assert isinstance(World().judge(admin, {command: name, argument: query}), Deny)
    for stage in ("$match", "$project", "$group", "$addFields"):
        assert isinstance(World().judge(admin, aggregate(name, {stage: query})), Deny)
        facet = {"$facet": {"a": [{"$lookup": {"from": name, "as": "x", "pipeline": [{stage: query}]}}]}}
        assert isinstance(World().judge(admin, aggregate(name, facet)), Deny)


@given(st.from_regex(r"\$[A-Za-z_]{1,20}", fullmatch=True), VALUES, st.integers(0, 4))
def test_an_unknown_stage_is_denied_at_any_depth(stage: str, value: Any, depth: int) -> None:
    if stage in STAGES:
        return
    pipeline = [{stage: value}]
    for _ in range(depth):
        pipeline = [{"$unionWith": {"coll": f"samples.{ObjectId()}", "pipeline": pipeline}}]
    assert isinstance(
        World().judge(somebody(Role.ADMIN), aggregate(f"samples.{ObjectId()}", *pipeline)), Deny
    )


@given(collection=st.sampled_from(sorted(ROWS)), query=st.dictionaries(NAMES, VALUES, max_size=3), role=ROLES)
def test_a_read_of_rows_is_denied_or_conjoined(collection: str, query: dict[str, Any], role: Role) -> None:
    world = World()
    seen = world.dataset(ada=Level.MANAGE)
    world.dataset(bob=Level.MANAGE)
    for command, argument in READS.items():
        decision = world.judge(somebody(role), {command: collection, argument: query})
        if isinstance(decision, Forward):
            narrowed = decision.body[argument]
            condition = narrowed["$and"][0] if "$and" in narrowed else narrowed
            permitted = condition[ROWS[collection]]
            assert permitted == seen or set(permitted["$in"]) - {None} == {seen}
            assert decision.account is Account.READ


@given(name=st.sampled_from(sorted(COMMANDS)), body=st.dictionaries(NAMES, VALUES, max_size=3), role=ROLES)
def test_without_access_nothing_of_a_dataset_is_forwarded(
    name: str, body: dict[str, Any], role: Role
) -> None:
    world = World()
    target = f"samples.{world.dataset(bob=Level.MANAGE)}"
    arguments = dict.fromkeys(COMMANDS[name].arguments & body.keys(), 1)
    if name not in {"getMore", "killCursors", "listCollections"} and not COMMANDS[name].admin:
        assert isinstance(world.judge(somebody(role), {name: target, **arguments}), Deny)


@given(
    name=st.sampled_from(
        ["find", "count", "insert", "update", "delete", "drop", "createIndexes", "aggregate"]
    ),
    lower=LEVELS,
    higher=LEVELS,
    arguments=st.dictionaries(
        st.sampled_from(["filter", "query", "pipeline", "indexes"]), VALUES, max_size=2
    ),
    statement=st.dictionaries(st.sampled_from(["q", "u", "limit", "upsert"]), VALUES, max_size=4),
)
def test_a_higher_level_never_allows_less(
    name: str, lower: Level, higher: Level, arguments: dict[str, Any], statement: dict[str, Any]
) -> None:
    if lower > higher:
        lower, higher = higher, lower
    decisions = []
    sequence = COMMANDS[name].sequence
    sections = {sequence: Documents(encode(statement))} if sequence else {}
    own = {key: value for key, value in arguments.items() if key in COMMANDS[name].arguments}
    for level in (lower, higher):
        world = World()
        target = f"samples.{world.dataset(ada=level)}"
        request = Request("fiftyone", name, {name: target, **own}, sections)
        decisions.append(isinstance(world.judge(somebody(Role.MEMBER), request), (Forward, Answer)))
    assert decisions != [True, False]


@given(
    command=st.sampled_from(["find", "count", "distinct", "aggregate"]),
    stages=st.lists(st.sampled_from(sorted(STAGES))),
)
def test_what_runs_with_the_reading_account_holds_no_writing_stage(command: str, stages: list[str]) -> None:
    world = World()
    target = f"samples.{world.dataset(ada=Level.MANAGE)}"
    body: dict[str, Any] = {command: target}
    if command == "aggregate":
        contents: dict[str, Any] = {
            "$out": target,
            "$merge": target,
            "$unionWith": target,
            "$facet": {"a": []},
        }
        body["pipeline"] = [{stage: contents.get(stage, {"from": target, "as": "x"})} for stage in stages]
    decision = world.judge(somebody(Role.MEMBER), body)
    if isinstance(decision, Forward):
        writes = any(stage in WRITING for stage in stages) and command == "aggregate"
        assert (decision.account is Account.WRITE) == writes
