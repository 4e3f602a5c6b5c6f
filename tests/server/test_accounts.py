"""The second fence: accounts at a MongoDB that wants passwords, made by `bootstrap`."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pymongo
import pytest
from bson import ObjectId
from pymongo.errors import OperationFailure

from safelight.storage.credentials import Secret
from safelight.tunnel.options import TunnelOptions
from safelight.tunnel.tunnel import Tunnel
from safelight_server.bootstrap import bootstrap
from safelight_server.db.accounts import Account, address_of
from safelight_server.errors import UnavailableError
from safelight_server.quickstart.mongod import REPLICA_SET, Mongod
from safelight_server.quickstart.ports import LOOPBACK
from safelight_server.settings import Settings
from support.api_server import RunningApi, api_in_process, api_settings

SECRET = "opensesame" * 4


class LockedMongod(Mongod):
    """A replica set of one node that lets nobody in without a password."""

    locked = False

    def command(self) -> list[str]:
        if not self.locked:
            return super().command()
        key = self.directory / "key"
        key.write_text(SECRET)
        key.chmod(0o600)
        return [*super().command(), "--auth", "--keyFile", str(key)]


@pytest.fixture(scope="module")
def admin_uri(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A MongoDB with one account, which may make others; its address with that account."""
    mongod = LockedMongod(tmp_path_factory.mktemp("locked") / "mongod")
    mongod.start()
    mongod.wait_until_ready()
    with pymongo.MongoClient[dict[str, Any]](mongod.uri) as client:
        client.admin.command("createUser", "root", pwd=SECRET, roles=["root"])
    mongod.stop()
    mongod.locked = True
    mongod.start()
    mongod.wait_until_ready()
    yield f"mongodb://root:{SECRET}@{LOOPBACK}:{mongod.port}/?replicaSet={REPLICA_SET}"
    mongod.kill()


def read_as_the_guide_does(file: Path) -> dict[str, str]:
    """The environment of a shell that has read the file."""
    command = ["sh", "-c", 'set -a; . "$1"; set +a; env -0', "sh", str(file)]
    done = subprocess.run(command, env={}, capture_output=True, text=True, check=True)
    return dict(line.split("=", 1) for line in done.stdout.split("\0") if line)


@pytest.fixture(scope="module")
def settings(admin_uri: str, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """What a server is told after `safelight-server bootstrap` as an operator runs it."""
    chosen = api_settings("mongodb://unused.invalid")
    file = tmp_path_factory.mktemp("env") / "server.env"
    environment = {
        **os.environ,
        "SAFELIGHT_MONGODB_ADMIN_URI": admin_uri,
        "SAFELIGHT_DATABASE_NAME": chosen.database_name,
        "SAFELIGHT_OWN_DATABASE": chosen.own_database,
    }
    command = [sys.executable, "-m", "safelight_server.cli", "bootstrap", "--env-file", str(file)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "Root token, shown once:\n  slr_" in done.stdout
    assert file.stat().st_mode & 0o777 == 0o600
    written = read_as_the_guide_does(file)
    assert SECRET not in file.read_text()
    return replace(
        chosen,
        mongodb_uri=Secret(written["SAFELIGHT_MONGODB_URI"]),
        relay_uri=Secret(written["SAFELIGHT_RELAY_URI"]),
        relay_read_uri=Secret(written["SAFELIGHT_RELAY_READ_URI"]),
    )


def client(uri: Secret | None) -> pymongo.MongoClient[dict[str, Any]]:
    assert uri
    return pymongo.MongoClient(uri.reveal())


def refused(operation: Any, *arguments: Any) -> bool:
    try:
        operation(*arguments)
    except OperationFailure as error:
        return error.code == 13
    return False


def test_each_account_can_do_its_own_work_and_nothing_else(settings: Settings) -> None:
    shared, own = settings.database_name, settings.own_database
    with client(settings.mongodb_uri) as server:
        assert server[own]["schema"].find_one()
        assert refused(server[shared]["datasets"].find_one)
    with client(settings.relay_uri) as relay:
        relay[shared]["fence"].insert_one({})
        assert refused(relay[own]["users"].find_one)
        assert refused(relay.admin.command, "usersInfo", 1)
        assert refused(relay.drop_database, shared)
        assert refused(relay["other"]["x"].insert_one, {})
        assert refused(list, relay.local["oplog.rs"].find().limit(1))
    with client(settings.relay_read_uri) as read:
        assert read[shared]["fence"].find_one()
        assert refused(read[shared]["fence"].insert_one, {})
        assert refused(read[shared]["fence"].aggregate, [{"$out": "elsewhere"}])
        assert refused(read[own]["users"].find_one)


@pytest.fixture(scope="module")
def fenced(settings: Settings, admin_uri: str) -> Iterator[RunningApi]:
    """A server that only has those accounts."""
    with api_in_process(settings, cleaner=Secret(admin_uri)) as running:
        yield running


def test_a_server_with_only_those_accounts_serves_everything(fenced: RunningApi) -> None:
    tunnel = Tunnel(TunnelOptions(fenced.url, Secret(fenced.admin_key)))
    tunnel.start()
    try:
        with pymongo.MongoClient[dict[str, Any]](tunnel.uri) as mongo:
            database = mongo[fenced.settings.database_name]
            dataset_id = ObjectId()
            name = f"samples.{dataset_id}"
            database["datasets"].insert_one(
                {"_id": dataset_id, "name": "fenced", "slug": "fenced", "sample_collection_name": name}
            )
            database[name].insert_many([{"n": number} for number in range(100)])
            assert database[name].count_documents({"n": {"$lt": 50}}) == 50
    finally:
        tunnel.close()
    [dataset] = fenced.admin.api.get("/datasets").json()["items"]
    assert (dataset["name"], dataset["permission"], dataset["created_by"]) == (
        "fenced",
        "MANAGE",
        fenced.admin.id,
    )


def test_bootstrap_again_keeps_what_exists(settings: Settings, admin_uri: str) -> None:
    environment = {
        **os.environ,
        "SAFELIGHT_MONGODB_ADMIN_URI": admin_uri,
        "SAFELIGHT_MONGODB_URI": settings.mongodb_uri.reveal(),
        "SAFELIGHT_DATABASE_NAME": settings.database_name,
        "SAFELIGHT_OWN_DATABASE": settings.own_database,
    }
    command = [sys.executable, "-m", "safelight_server.cli", "bootstrap"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "nothing to do" in done.stdout
    with client(settings.relay_uri) as relay:
        assert relay[settings.database_name]["fence"].find_one(), "the password is still good"


def test_accounts_are_made_all_or_none(admin_uri: str, monkeypatch: pytest.MonkeyPatch) -> None:
    half = Account("half-made", "relay_uri", "half", ("find",))
    broken = Account("broken", "relay_read_uri", "half", ("no such action",))
    monkeypatch.setattr("safelight_server.bootstrap.accounts", lambda *_names: (half, broken))
    chosen = replace(api_settings("mongodb://unused.invalid"), mongodb_admin_uri=Secret(admin_uri))
    with pytest.raises(UnavailableError, match="no such action"):
        asyncio.run(bootstrap(chosen))
    with client(Secret(admin_uri)) as admin:
        assert admin.admin.command("usersInfo", "half-made")["users"] == [], "nobody saw its password"
        assert admin[chosen.own_database]["root_token"].find_one() is None


def test_an_address_gets_another_account_and_keeps_everything_else() -> None:
    account = Account("safelight-relay", "relay_uri", "fiftyone", ())
    given = Secret("mongodb+srv://root:a%40b@db.example.org/?tls=true&authSource=other&replicaSet=rs")
    made = address_of(given, account, Secret("p/w@"))
    assert made.reveal() == (
        "mongodb+srv://safelight-relay:p%2Fw%40@db.example.org/?tls=true&replicaSet=rs&authSource=admin"
    )
