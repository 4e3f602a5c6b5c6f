"""`safelight-server serve` as the program it is: starts, says what is wrong, stops without cutting off."""

from __future__ import annotations

import json
import os
import signal
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pymongo
import pytest
import trustme
from bson import ObjectId

from safelight.storage.credentials import Secret
from safelight.tunnel.options import TunnelOptions
from safelight.tunnel.tunnel import Tunnel
from safelight_server.quickstart.mongod import Mongod
from safelight_server.quickstart.ports import LOOPBACK
from safelight_server.settings import Settings
from support.api_server import ADMIN, api_settings, wait_until_ready

COMMAND = [sys.executable, "-m", "safelight_server.cli"]


def environment(settings: Settings, **more: str) -> dict[str, str]:
    return {
        **os.environ,
        "SAFELIGHT_MONGODB_URI": settings.mongodb_uri.reveal(),
        "SAFELIGHT_DATABASE_NAME": settings.database_name,
        "SAFELIGHT_OWN_DATABASE": settings.own_database,
        "SAFELIGHT_PORT": str(settings.port),
        **more,
    }


def bootstrap(settings: Settings) -> str:
    """Prepare the databases; returns an admin's key."""
    done = subprocess.run(
        [*COMMAND, "bootstrap", "--admin", ADMIN],
        env=environment(settings),
        capture_output=True,
        text=True,
        check=True,
    )
    return next(word for word in done.stdout.split() if word.startswith("slk_"))


@contextmanager
def serving(settings: Settings, log: Path, **more: str) -> Iterator[subprocess.Popen[bytes]]:
    with log.open("wb") as output:
        process = subprocess.Popen(
            [*COMMAND, "serve"], env=environment(settings, **more), stdout=output, stderr=output
        )
    try:
        yield process
    finally:
        process.kill()
        process.wait()


@contextmanager
def connected(settings: Settings, key: str) -> Iterator[pymongo.MongoClient[dict[str, Any]]]:
    tunnel = Tunnel(TunnelOptions(settings.url, Secret(key)))
    tunnel.start()
    try:
        with pymongo.MongoClient[dict[str, Any]](tunnel.uri) as client:
            yield client
    finally:
        tunnel.close()


def test_it_stops_without_cutting_off_a_command_and_logs_json(settings: Settings, tmp_path: Path) -> None:
    key, log = bootstrap(settings), tmp_path / "log"
    with serving(settings, log) as process:
        wait_until_ready(settings.url)
        with connected(settings, key) as client:
            dataset_id = ObjectId()
            name = f"samples.{dataset_id}"
            database = client[settings.database_name]
            database["datasets"].insert_one(
                {"_id": dataset_id, "name": "a", "slug": "a", "sample_collection_name": name}
            )
            database[name].insert_many([{"n": number} for number in range(1000)])
            slow: list[dict[str, Any]] = [
                {"$project": {"k": {"$range": [0, 12_000]}}},
                {"$unwind": "$k"},
                {"$group": {"_id": None, "total": {"$sum": "$k"}}},
            ]
            answers: list[Any] = []
            command = threading.Thread(target=lambda: answers.extend(database[name].aggregate(slow)))
            command.start()
            time.sleep(0.2)  # it is under way now, and takes longer than that
            assert not answers
            process.send_signal(signal.SIGTERM)
            command.join(60)
            assert answers == [{"_id": None, "total": 1000 * sum(range(12_000))}]
        assert process.wait(30) == 0
    lines = [json.loads(line) for line in log.read_text().splitlines() if line.startswith("{")]
    assert any("RELAY_URI" in line["message"] and line["level"] == "warning" for line in lines)
    assert key not in log.read_text()
    assert not [line for line in lines if line["level"] == "error"]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"SAFELIGHT_MONGODB_URI": f"mongodb://{LOOPBACK}:9/?serverSelectionTimeoutMS=300"}, "MongoDB"),
        ({"SAFELIGHT_PORT": "many"}, "SAFELIGHT_PORT"),
        ({}, "safelight-server migrate"),
    ],
)
def test_a_server_that_cannot_start_says_why(
    settings: Settings, tmp_path: Path, changes: dict[str, str], said: str
) -> None:
    with serving(settings, tmp_path / "log", **changes) as process:
        assert process.wait(60) != 0
    assert said in (tmp_path / "log").read_text()


def test_bootstrap_leaves_no_secret_unseen_where_it_is_given_a_wrong_admin(settings: Settings) -> None:
    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = [*COMMAND, "bootstrap", *arguments]
        return subprocess.run(command, env=environment(settings), capture_output=True, text=True, check=False)

    assert "is not an email address" in run("--admin", "nobody").stderr
    first = run("--admin", ADMIN)
    assert "Root token, shown once" in first.stdout
    assert "There was nothing to do." in run().stdout
    with pymongo.MongoClient[dict[str, Any]](settings.mongodb_uri.reveal()) as client:
        client[settings.own_database]["users"].update_one({}, {"$set": {"role": "GUEST"}})
    refused = run("--admin", ADMIN, "--new-root-token")
    assert (refused.returncode, refused.stdout) == (1, "")
    assert f"{ADMIN} has the role Guest" in refused.stderr


@pytest.mark.parametrize(
    ("command", "variable"),
    [("migrate", "SAFELIGHT_MONGODB_URI"), ("bootstrap", "SAFELIGHT_MONGODB_ADMIN_URI")],
)
def test_where_mongodb_does_not_answer_one_line_says_so(
    settings: Settings, command: str, variable: str
) -> None:
    nobody = f"mongodb://{LOOPBACK}:9/?serverSelectionTimeoutMS=300"
    changed = environment(settings) | {variable: nobody}
    done = subprocess.run([*COMMAND, command], env=changed, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    [line] = done.stderr.splitlines()
    assert line.startswith("safelight-server: MongoDB does not do what")
    assert line.endswith("Connection refused")


def test_migrate_prepares_what_serve_needs_and_can_be_repeated(settings: Settings) -> None:
    for expected in ("Done: ", "of the version that this server needs"):
        done = subprocess.run(
            [*COMMAND, "migrate"], env=environment(settings), capture_output=True, text=True, check=True
        )
        assert expected in done.stdout
    with pymongo.MongoClient[dict[str, Any]](settings.mongodb_uri.reveal()) as client:
        client[settings.own_database]["schema"].update_one({}, {"$set": {"value": 1000}})
    newer = subprocess.run(
        [*COMMAND, "migrate"], env=environment(settings), capture_output=True, text=True, check=False
    )
    assert newer.returncode == 1
    assert "run a newer server" in newer.stderr


def test_it_serves_https_with_its_own_certificate(settings: Settings, tmp_path: Path) -> None:
    bootstrap(settings)
    authority = trustme.CA()
    certificate = authority.issue_cert(LOOPBACK)
    (tmp_path / "chain.pem").write_bytes(b"".join(blob.bytes() for blob in certificate.cert_chain_pems))
    certificate.private_key_pem.write_to_path(tmp_path / "key.pem")
    files = {
        "SAFELIGHT_TLS_CERT": str(tmp_path / "chain.pem"),
        "SAFELIGHT_TLS_KEY": str(tmp_path / "key.pem"),
    }
    trusting = ssl.create_default_context()
    authority.configure_trust(trusting)
    with serving(settings, tmp_path / "log", **files), httpx.Client(verify=trusting) as client:
        deadline = time.monotonic() + 30
        while True:
            try:
                assert client.get(f"https://{LOOPBACK}:{settings.port}/ready").text == "ready\n"
                break
            except httpx.TransportError:
                assert time.monotonic() < deadline
                time.sleep(0.1)


def test_a_server_out_of_touch_with_mongodb_serves_nobody_until_it_is_back(tmp_path: Path) -> None:
    mongod = Mongod(tmp_path / "mongod")
    mongod.start()
    mongod.wait_until_ready()
    settings = api_settings(mongod.uri)
    key = bootstrap(settings)
    try:
        with serving(settings, tmp_path / "log"):
            wait_until_ready(settings.url)
            with httpx.Client(headers={"Authorization": f"Bearer {key}"}, timeout=60) as client:
                whoami = f"{settings.url}/api/v1/whoami"
                assert client.get(whoami).status_code == 200
                mongod.kill()
                deadline = time.monotonic() + 30
                while client.get(f"{settings.url}/ready").status_code == 200:
                    assert time.monotonic() < deadline
                assert client.get(f"{settings.url}/health").status_code == 200
                mongod.start()
                mongod.wait_until_ready()
                wait_until_ready(settings.url)
                assert client.get(whoami).status_code == 200
                revoked = client.get(f"{settings.url}/api/v1/api-keys").json()["items"][0]["id"]
                assert client.delete(f"{settings.url}/api/v1/api-keys/{revoked}").status_code == 204
                assert client.get(whoami).status_code == 401
    finally:
        mongod.kill()
