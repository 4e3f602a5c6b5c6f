"""MongoDB as a replica set of one node: the smallest that has transactions and change streams."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pymongo
from pymongo.errors import OperationFailure, PyMongoError

from safelight_server.quickstart.mongod_binary import find_mongod
from safelight_server.quickstart.ports import LOOPBACK, find_free_port
from safelight_server.quickstart.service import Service

REPLICA_SET = "safelight"
_NOT_YET_INITIALIZED = 94  # MongoDB error code `NotYetInitialized`
_TIMEOUT_MS = 2000


class Mongod(Service):
    """A `mongod` on the loopback interface, without accounts, with one database directory.

    Args:
        directory: data and log
        port: to listen on when it is free; otherwise another is chosen
        binary: the program; found (or fetched) by `find_mongod` when None
    """

    name = "mongod"

    def __init__(self, directory: Path, port: int | None = None, binary: Path | None = None) -> None:
        super().__init__(directory)
        self.port = find_free_port(port)
        self._binary = binary

    @property
    def ports(self) -> Mapping[str, int]:
        return {"mongodb": self.port}

    @property
    def uri(self) -> str:
        """What FiftyOne's `FIFTYONE_DATABASE_URI` takes."""
        return f"mongodb://{LOOPBACK}:{self.port}/?replicaSet={REPLICA_SET}"

    def command(self) -> list[str]:
        data = self.directory / "data"
        data.mkdir(exist_ok=True)
        return [
            str(self._binary or find_mongod()),
            *("--dbpath", str(data)),
            *("--port", str(self.port)),
            *("--bind_ip", LOOPBACK),
            *("--replSet", REPLICA_SET),
            *("--oplogSize", "64"),
            *("--wiredTigerCacheSizeGB", "0.5"),
            # The default, /tmp, is shared: another user's socket of the same port would be in the way.
            "--nounixsocket",
            *("--setParameter", "diagnosticDataCollectionEnabled=false"),
        ]

    def answers(self) -> bool:
        """Whether it accepts writes; makes it the primary of its replica set on the way."""
        try:
            with self._connect() as client:
                return self._is_primary(client)
        except PyMongoError:
            return False

    def _connect(self) -> pymongo.MongoClient[dict[str, Any]]:
        return pymongo.MongoClient(
            LOOPBACK,
            self.port,
            directConnection=True,
            serverSelectionTimeoutMS=_TIMEOUT_MS,
            timeoutMS=_TIMEOUT_MS,
        )

    def _is_primary(self, client: pymongo.MongoClient[dict[str, Any]]) -> bool:
        if client.admin.command("hello").get("isWritablePrimary"):
            return True
        try:
            stored = client.admin.command("replSetGetConfig")["config"]
        except OperationFailure as error:
            if error.code == _NOT_YET_INITIALIZED:
                client.admin.command("replSetInitiate", self._config(version=1))
            return False
        if stored["members"][0]["host"] != self._address:
            # The port of the last start was taken: without this the node would not know itself.
            client.admin.command("replSetReconfig", self._config(version=stored["version"] + 1), force=True)
        return False

    @property
    def _address(self) -> str:
        return f"{LOOPBACK}:{self.port}"

    def _config(self, version: int) -> dict[str, Any]:
        return {"_id": REPLICA_SET, "version": version, "members": [{"_id": 0, "host": self._address}]}
