"""Stock drivers through the API connection: whatever works with MongoDB itself works here."""

from __future__ import annotations

import asyncio
import threading
import uuid
from typing import Any

import gridfs
import mongoengine
import pymongo
import pytest
from motor.motor_asyncio import AsyncIOMotorClient
from pymongo import InsertOne, UpdateOne, WriteConcern
from pymongo.errors import BulkWriteError, OperationFailure
from pymongo.read_concern import ReadConcern

from safelight.tunnel.tunnel import Tunnel
from safelight.wire.settings import COMPRESSORS, TRANSFER_METHODS
from support.gateway_rig import KEY, RunningGateway, open_tunnel

Client = pymongo.MongoClient[dict[str, Any]]


@pytest.fixture
def collection(client: Client) -> pymongo.collection.Collection[dict[str, Any]]:
    return client["tunnel_tests"]["samples"]


def test_the_driver_sees_a_load_balancer(client: Client) -> None:
    client.admin.command("ping")
    assert client.topology_description.topology_type_name == "LoadBalanced"
    hello = client.admin.command("hello")
    assert "topologyVersion" not in hello
    assert hello["maxWireVersion"] <= 17


def test_documents_of_every_size_arrive(collection: Any) -> None:
    sizes = [0, 1, 1000, 128 * 1024 - 40, 128 * 1024, 128 * 1024 + 1, 5_000_000, 16_700_000]
    for size in sizes:
        document = {"_id": size, "data": b"\x00\xff" * (size // 2)}
        collection.insert_one(document)
        assert collection.find_one({"_id": size}) == document


def test_cursors_are_read_to_their_end(collection: Any) -> None:
    collection.insert_many([{"i": i} for i in range(5000)])
    assert [document["i"] for document in collection.find(batch_size=7).sort("i", 1)] == list(range(5000))
    with collection.find(batch_size=2) as half_read:
        next(half_read)
    assert collection.count_documents({}) == 5000


def test_bulk_writes(collection: Any) -> None:
    collection.bulk_write([InsertOne({"_id": i, "n": 0}) for i in range(3000)])
    result = collection.bulk_write([UpdateOne({"_id": i}, {"$inc": {"n": 1}}) for i in range(3000)])
    assert result.modified_count == 3000
    with pytest.raises(BulkWriteError, match="E11000"):
        collection.insert_many([{"_id": 1}, {"_id": 5000}], ordered=True)


def test_errors_of_mongodb_arrive_as_they_are(collection: Any) -> None:
    with pytest.raises(OperationFailure, match="unknown operator") as raised:
        collection.find_one({"a": {"$nonsense": 1}})
    assert raised.value.code == 2


def test_transactions_commit_and_abort(client: Client, collection: Any) -> None:
    collection.insert_one({"_id": 0})
    with client.start_session() as session:
        session.with_transaction(lambda own: collection.insert_one({"_id": 1}, session=own))
        session.start_transaction(ReadConcern("snapshot"), WriteConcern("majority"))
        collection.insert_one({"_id": 2}, session=session)
        session.abort_transaction()
    assert [document["_id"] for document in collection.find().sort("_id", 1)] == [0, 1]


def test_causal_and_snapshot_sessions(client: Client, collection: Any) -> None:
    with client.start_session(causal_consistency=True) as session:
        collection.insert_one({"_id": 1}, session=session)
        assert collection.find_one({"_id": 1}, session=session)
    with client.start_session(snapshot=True) as session:
        before = collection.count_documents({}, session=session)
        collection.insert_one({"_id": 2})
        assert collection.count_documents({}, session=session) == before


def test_change_streams(collection: Any) -> None:
    collection.insert_one({"_id": 0})
    with collection.watch(max_await_time_ms=100) as stream:
        collection.insert_one({"_id": 1})
        assert next(stream)["documentKey"] == {"_id": 1}
        assert stream.try_next() is None


def test_unacknowledged_writes(collection: Any) -> None:
    fast = collection.with_options(write_concern=WriteConcern(0))
    for i in range(200):
        fast.insert_one({"_id": i})
    collection.insert_one({"_id": "last"})
    assert wait_for_count(collection, 201)


def wait_for_count(collection: Any, expected: int) -> bool:
    return any(collection.count_documents({}) == expected for _ in range(1000))


def test_gridfs(client: Client) -> None:
    bucket = gridfs.GridFS(client["tunnel_tests"])
    content = uuid.uuid4().bytes * 40_000
    assert bucket.get(bucket.put(content)).read() == content


def test_sixteen_threads(collection: Any) -> None:
    failures: list[BaseException] = []

    def work(number: int) -> None:
        try:
            for i in range(50):
                collection.insert_one({"_id": (number * 1000) + i})
                assert collection.find_one({"_id": number * 1000 + i})
        except BaseException as error:
            failures.append(error)
            raise

    threads = [threading.Thread(target=work, args=(number,)) for number in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures
    assert collection.count_documents({}) == 800


def test_motor(tunnel: Tunnel) -> None:
    async def work() -> None:
        client: AsyncIOMotorClient[dict[str, Any]] = AsyncIOMotorClient(tunnel.uri)
        collection = client["tunnel_tests"]["motor"]
        await collection.drop()
        await collection.insert_many([{"i": i} for i in range(1000)])
        assert len([document async for document in collection.find(batch_size=10)]) == 1000
        async with await client.start_session() as session, session.start_transaction():
            await collection.insert_one({"i": -1}, session=session)
        assert await collection.count_documents({}) == 1001
        client.close()

    asyncio.run(work())


def test_mongoengine(tunnel: Tunnel) -> None:
    class Note(mongoengine.Document):  # type: ignore[misc] # mongoengine has no types
        text = mongoengine.StringField()
        attachment = mongoengine.FileField(db_alias="tunnel")
        meta = {"db_alias": "tunnel"}  # noqa: RUF012 - mongoengine's own form

    mongoengine.connect("tunnel_tests", alias="tunnel", host=tunnel.uri, uuidRepresentation="standard")
    try:
        note = Note(text="hello")
        note.attachment.put(b"content")
        note.save()
        assert Note.objects.get(id=note.id).attachment.read() == b"content"
    finally:
        mongoengine.disconnect("tunnel")


@pytest.mark.parametrize("compressor", COMPRESSORS)
@pytest.mark.parametrize("transfer", TRANSFER_METHODS)
def test_every_compressor_and_transfer_method(
    gateway: RunningGateway, compressor: str, transfer: str
) -> None:
    document = {"_id": 1, "noise": uuid.uuid4().bytes * 50_000, "text": "tag " * 100_000}
    with open_tunnel(gateway.url, KEY, compressor=compressor, transfer=transfer) as tunnel:
        client: Client = pymongo.MongoClient(tunnel.uri)
        with client:
            client["tunnel_tests"]["big"].drop()
            client["tunnel_tests"]["big"].insert_one(document)
            assert client["tunnel_tests"]["big"].find_one() == document
