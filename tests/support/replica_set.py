"""A replica set of three members, whose primary can step down or be killed."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pymongo
from pymongo.errors import PyMongoError

from safelight_server.quickstart.mongod import REPLICA_SET, Mongod
from safelight_server.quickstart.mongod_binary import default_cache_directory, find_mongod
from safelight_server.quickstart.ports import LOOPBACK


class _Member(Mongod):
    """One of several: it is ready when it answers, and does not make itself a replica set."""

    def answers(self) -> bool:
        with suppress(PyMongoError), self._connect() as client:
            return bool(client.admin.command("ping")["ok"])
        return False


class ReplicaSet:
    """Three members on this machine.

    Args:
        directory: their data
    """

    def __init__(self, directory: Path) -> None:
        binary = find_mongod(default_cache_directory())
        self._members = [_Member(directory / f"member{number}", binary=binary) for number in range(3)]

    @property
    def uri(self) -> str:
        """A connection string that names every member."""
        hosts = ",".join(f"{LOOPBACK}:{member.port}" for member in self._members)
        return f"mongodb://{hosts}/?replicaSet={REPLICA_SET}"

    def start(self) -> None:
        """Start the members, and wait for a primary."""
        for member in self._members:
            member.start()
        for member in self._members:
            member.wait_until_ready()
        hosts = [
            {"_id": number, "host": f"{LOOPBACK}:{member.port}"}
            for number, member in enumerate(self._members)
        ]
        config = {"_id": REPLICA_SET, "members": hosts, "settings": {"electionTimeoutMillis": 2000}}
        with pymongo.MongoClient[dict[str, Any]](
            LOOPBACK, self._members[0].port, directConnection=True
        ) as client:
            client.admin.command("replSetInitiate", config)
        self._primary()

    def step_down(self) -> None:
        """The primary gives up its office."""
        port = self._primary().port
        with (
            pymongo.MongoClient[dict[str, Any]](LOOPBACK, port, directConnection=True) as client,
            suppress(PyMongoError),
        ):
            client.admin.command("replSetStepDown", 10, secondaryCatchUpPeriodSecs=10, force=True)

    def kill_primary(self) -> None:
        """The primary dies."""
        primary = self._primary()
        primary.kill()
        self._members.remove(primary)

    def close(self) -> None:
        """Kill the members."""
        for member in self._members:
            member.kill()

    def _primary(self) -> _Member:
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            for member in self._members:
                with suppress(PyMongoError), member._connect() as client:
                    if client.admin.command("hello").get("isWritablePrimary"):
                        return member
            time.sleep(0.1)
        raise AssertionError("no member becomes primary")


@contextmanager
def replica_set(directory: Path) -> Iterator[ReplicaSet]:
    """A running one."""
    made = ReplicaSet(directory)
    try:
        made.start()
        yield made
    finally:
        made.close()
