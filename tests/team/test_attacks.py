"""Attacks through a real server: Eve learns nothing of Ada's dataset, and changes nothing in it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import bson
import pymongo
import pytest
from bson import Int64, ObjectId
from pymongo.errors import ConnectionFailure, OperationFailure, PyMongoError

from support.attacks import ATTACKS, Make, secret
from support.two_users import MARKER, Stage, make_dataset


@pytest.fixture(autouse=True)
def _unharmed(stage: Stage) -> Iterator[None]:
    """Around every test: the secret is what it was, and everybody can go on."""
    before = stage.fingerprint()
    yield
    assert stage.fingerprint() == before
    assert stage.ada.database["datasets"].find_one({"_id": stage.secret})
    assert stage.eve.database["datasets"].find_one({"_id": stage.own["VIEW"]})


def learned(answer: Any) -> bool:
    """Whether an answer shows the secret."""
    details = answer.details if isinstance(answer, OperationFailure) else answer
    return MARKER.encode() in bson.encode({"answer": details})


def told(stage: Stage, command: dict[str, Any]) -> Any:
    """What Eve is told: a reply, or an error."""
    try:
        return stage.eve.database.command(command)
    except OperationFailure as refusal:
        return refusal


@pytest.mark.parametrize("attack", ATTACKS.values(), ids=list(ATTACKS))
def test_an_attack_shows_nothing_and_changes_nothing(stage: Stage, attack: Make) -> None:
    answer = told(stage, attack(stage))
    assert not learned(answer)
    refused = isinstance(answer, OperationFailure)
    assert refused or str(stage.secret) not in str(answer)


@pytest.mark.parametrize("database", ["admin", "local", "config", "safelight"])
@pytest.mark.parametrize("command", ["find", "listCollections", "dbStats", "usersInfo", "serverStatus"])
def test_other_databases_are_closed(stage: Stage, database: str, command: str) -> None:
    with pytest.raises(OperationFailure) as refusal:
        stage.eve.database.client[database].command({command: "system.users" if command == "find" else 1})
    assert refusal.value.code == 13


def test_the_same_attacks_work_for_ada_on_what_is_hers(stage: Stage) -> None:
    """The attacks are refused for who sends them, not for how they are written."""
    for name in (
        "find",
        "distinct",
        "dataset by id",
        "runs",
        "chunks",
        "views by slug",
        "count",
        "listIndexes",
    ):
        answer = stage.ada.database.command(ATTACKS[name](stage))
        assert answer["ok"] == 1
        assert learned(answer) or name in {"count", "listIndexes"}


@pytest.mark.parametrize(
    "name",
    ["dataset by id", "find", "count", "update", "drop", "insert", "chunks", "upsert under the filter"],
)
def test_hidden_and_missing_are_the_same(stage: Stage, name: str) -> None:
    missing = replace(stage, secret=ObjectId(), file=ObjectId())
    hidden_answer, missing_answer = (told(stage, ATTACKS[name](each)) for each in (stage, missing))
    assert str(hidden_answer).replace(str(stage.secret), "ID") == str(missing_answer).replace(
        str(missing.secret), "ID"
    )


def test_a_cursor_of_somebody_else_cannot_be_read_or_killed(stage: Stage) -> None:
    opened = stage.ada.database.command({"find": secret(stage), "batchSize": 1})
    cursor_id = Int64(opened["cursor"]["id"])
    assert cursor_id
    with pytest.raises(OperationFailure) as refusal:
        stage.eve.database.command({"getMore": cursor_id, "collection": secret(stage)})
    assert refusal.value.code in {13, 43}
    own = f"samples.{stage.own['MANAGE']}"
    with pytest.raises(OperationFailure):
        stage.eve.database.command({"getMore": cursor_id, "collection": own})
    killed = stage.eve.database.command({"killCursors": secret(stage), "cursors": [cursor_id]})
    assert killed["cursorsKilled"] == []


def test_a_transaction_of_somebody_else_cannot_be_ended(stage: Stage) -> None:
    client = stage.ada.database.client
    own = stage.ada.database[f"samples.{stage.own['MANAGE']}"]
    session = client.start_session()
    session.start_transaction()
    own.update_many({}, {"$set": {"mark": 1}}, session=session)
    number = Int64(session._server_session.transaction_id)
    for name in ("commitTransaction", "abortTransaction"):
        command = {name: 1, "lsid": session.session_id, "txnNumber": number, "autocommit": False}
        with pytest.raises((OperationFailure, ConnectionFailure)):
            stage.eve.database.client["admin"].command(command)
    session.commit_transaction()
    session.end_session()
    assert own.count_documents({"mark": 1}) == 2


def test_a_taken_name_tells_no_more_than_that(stage: Stage) -> None:
    datasets = stage.eve.database["datasets"]
    probe = {"$or": [{"name": "x"}, {"slug": "secret-project"}]}
    assert datasets.find_one(probe, {"name": True, "_id": False}) == {"name": "x"}
    assert datasets.find_one({"name": "Secret Project"}) is None
    with pytest.raises(PyMongoError) as refusal:
        make_dataset(stage.eve, "Secret Project")
    assert "not available" in str(refusal.value)
    assert MARKER not in str(refusal.value)


def test_a_dataset_that_is_gone_stays_gone(stage: Stage) -> None:
    gone = make_dataset(stage.ada, "gone")
    stage.ada.person.api.put(
        f"/datasets/gone/access/users/{stage.eve.person.id}", json={"permission": "EDIT"}
    ).raise_for_status()
    stage.eve.database[f"samples.{gone}"].insert_one({"a": 1})
    stage.ada.database["datasets"].delete_many({"_id": gone})
    samples, datasets = stage.eve.database[f"samples.{gone}"], stage.eve.database["datasets"]
    with pytest.raises(OperationFailure):
        samples.insert_one({"a": 1})
    with pytest.raises(OperationFailure):
        samples.find_one()
    with pytest.raises(OperationFailure):
        datasets.insert_one(
            {"_id": gone, "name": "again", "slug": "again", "sample_collection_name": f"samples.{gone}"}
        )


def test_access_that_is_taken_away_ends_an_open_cursor(stage: Stage) -> None:
    dataset_id = make_dataset(stage.ada, "lent")
    path = f"/datasets/lent/access/users/{stage.eve.person.id}"
    stage.ada.person.api.put(path, json={"permission": "VIEW"}).raise_for_status()
    cursor = stage.eve.database[f"samples.{dataset_id}"].find({}, batch_size=1)
    next(cursor)
    stage.ada.person.api.delete(path).raise_for_status()
    with pytest.raises(OperationFailure) as refusal:
        list(cursor)
    assert refusal.value.code == 43


def test_patches_of_a_source_go_with_the_access_to_it(stage: Stage) -> None:
    source = make_dataset(stage.ada, "source", marker="")
    path = f"/datasets/source/access/users/{stage.eve.person.id}"
    stage.ada.person.api.put(path, json={"permission": "VIEW"}).raise_for_status()
    patches = make_dataset(stage.eve, "2026.11.25.10.00.00.000001", generated=True)
    eve: pymongo.database.Database[dict[str, Any]] = stage.eve.database
    eve[f"samples.{source}"].aggregate([{"$out": f"patches.{patches}"}])
    assert eve[f"patches.{patches}"].count_documents({}) == 2
    assert stage.ada.database[f"patches.{patches}"].count_documents({}) == 2
    with pytest.raises(OperationFailure):
        eve[f"samples.{stage.own['MANAGE']}"].aggregate([{"$out": f"patches.{patches}"}])
    stage.ada.person.api.delete(path).raise_for_status()
    with pytest.raises(OperationFailure):
        eve[f"patches.{patches}"].find_one()
