"""`safelight tunnel`: an address for whatever speaks to MongoDB."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pymongo
import pytest
from pymongo.errors import OperationFailure

from conftest import MongoDB
from support.api_server import Person, RunningApi, api_in_process, api_settings
from support.gateway_rig import KEY, RunningGateway
from support.node_programs import node_program
from support.tunnel_program import tunnel_program


@pytest.fixture(scope="module")
def api(mongodb: MongoDB) -> Iterator[RunningApi]:
    """A whole server, which refuses."""
    with api_in_process(api_settings(mongodb.uri)) as running:
        yield running


@dataclass(frozen=True)
class Mine:
    """A member's own dataset, through the program's address; and what is somebody else's."""

    address: str
    samples: str
    secret: str


@pytest.fixture
def mine(api: RunningApi, tmp_path: Path) -> Iterator[Mine]:
    member = api.person("MEMBER")
    samples, secret = _samples(api, member), _samples(api, None)
    with tunnel_program(api.url, member.key, tmp_path) as address:
        yield Mine(address, samples, secret)


def _samples(api: RunningApi, creator: Person | None) -> str:
    name = api.dataset(creator)
    with api.databases() as client:
        document = client[api.settings.database_name]["datasets"].find_one({"name": name})
    assert document
    return str(document["sample_collection_name"])


def mongosh(mine: Mine, script: str) -> list[Any]:
    """What a script prints, one JSON value a line."""
    program = node_program("mongosh/bin/mongosh.js")
    setting_up = f"const samples = db.getCollection('{mine.samples}');\n"
    setting_up += "const say = value => print(EJSON.stringify(value));\n"
    done = subprocess.run(
        [*program, mine.address, "--quiet", "--norc", "--eval", setting_up + script],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_its_address_works_until_it_is_interrupted(gateway: RunningGateway, tmp_path: Path) -> None:
    with tunnel_program(gateway.url, KEY, tmp_path) as address:
        client: pymongo.MongoClient[dict[str, Any]] = pymongo.MongoClient(address)
        with client:
            assert client.admin.command("ping")["ok"] == 1


def test_stock_pymongo_works_with_it(mine: Mine) -> None:
    client: pymongo.MongoClient[dict[str, Any]] = pymongo.MongoClient(mine.address)
    with client:
        database = client.get_default_database()
        samples = database[mine.samples]
        samples.insert_many([{"filepath": f"/{n}.jpg", "n": n} for n in range(250)])
        assert [each["n"] for each in samples.find(batch_size=10).sort("n", 1)] == list(range(250))
        totals = samples.aggregate([{"$group": {"_id": None, "total": {"$sum": "$n"}}}])
        assert list(totals) == [{"_id": None, "total": 31125}]
        with pytest.raises(OperationFailure, match="no access"):
            database[mine.secret].find_one()


def test_mongosh_works_with_it(mine: Mine) -> None:
    inserted, read, totals, updated, deleted = mongosh(
        mine,
        """
        say(samples.insertMany([...Array(250).keys()].map(n => ({filepath: `/${n}.jpg`, n}))).acknowledged);
        say(samples.find({}, {_id: 0, n: 1}).sort({n: 1}).batchSize(10).toArray());
        say(samples.aggregate([{$group: {_id: null, total: {$sum: "$n"}}}]).toArray());
        say(samples.updateMany({n: {$lt: 10}}, {$set: {tags: ["first"]}}).modifiedCount);
        say(samples.deleteMany({tags: "first"}).deletedCount);
        """,
    )
    assert inserted is True
    assert read == [{"n": n} for n in range(250)]
    assert totals == [{"_id": None, "total": 31125}]
    assert updated == deleted == 10


def test_mongosh_is_told_what_is_refused(mine: Mine) -> None:
    names, *refusals = mongosh(
        mine,
        f"""
        const secret = db.getCollection("{mine.secret}");
        const lookup = {{$lookup: {{from: "{mine.secret}", as: "x", pipeline: []}}}};
        samples.insertOne({{filepath: "/1.jpg"}});
        say(db.getCollectionNames());
        for (const attempt of [
            () => secret.find().toArray(),
            () => samples.aggregate([lookup]).toArray(),
            () => db.adminCommand({{currentOp: 1}}),
            () => db.dropDatabase(),
        ]) try {{ say(attempt()) }} catch (error) {{ say([error.codeName, error.message]) }}
        """,
    )
    assert mine.samples in names
    assert mine.secret not in names
    assert [code for code, _ in refusals] == ["Unauthorized"] * 4
    assert all("no access" in text for _, text in refusals[:2])
    assert all("not allowed over the API connection" in text for _, text in refusals[2:])
