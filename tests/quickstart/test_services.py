"""The servers of the stack, one by one: real processes."""

from __future__ import annotations

from pathlib import Path

from conftest import MongoDB
from support.s3_server import S3Server, start_s3_server


def test_mongodb_is_a_replica_set_with_transactions(mongodb: MongoDB) -> None:
    with mongodb.client() as client, client.start_session() as session, session.start_transaction():
        client["quickstart"]["things"].insert_one({"_id": 1}, session=session)
        session.abort_transaction()


def test_new_buckets_are_empty_and_unique(s3: S3Server) -> None:
    first, second = s3.new_bucket(), s3.new_bucket()
    assert first != second
    assert s3.client().list_objects_v2(Bucket=first)["KeyCount"] == 0


def test_objects_survive_the_death_of_the_store(tmp_path: Path) -> None:
    server = start_s3_server(tmp_path / "s3")
    assert server.service
    bucket = server.new_bucket()
    for number in range(20):
        server.client().put_object(Bucket=bucket, Key=f"{number}", Body=bytes([number]) * 5000)
    server.service.kill()
    server.service.start()
    server.service.wait_until_ready()
    bodies = [server.client().get_object(Bucket=bucket, Key=f"{n}")["Body"].read() for n in range(20)]
    server.service.stop()
    assert bodies == [bytes([number]) * 5000 for number in range(20)]
