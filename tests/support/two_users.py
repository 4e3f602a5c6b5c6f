"""A stage for attacks: Ada's secret dataset, and Eve, who has some of every level but none on that one."""

from __future__ import annotations

import socket
import struct
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote, urlsplit

import gridfs
import pymongo
from bson import ObjectId, decode_all
from pymongo.database import Database

from safelight.tunnel.tunnel import Tunnel
from support.api_server import Person, RunningApi
from support.gateway_rig import open_tunnel

MARKER = "top-secret"
_HEADER = struct.Struct("<iiii")
_PATIENCE_S = 1.0


@dataclass
class User:
    """Somebody with a connection.

    Attributes:
        database: FiftyOne's, through the tunnel
    """

    person: Person
    tunnel: Tunnel
    database: Database[dict[str, Any]]

    def raw(self, *messages: bytes) -> list[bytes]:
        """Send messages on a new connection; the replies, until one is missing."""
        path = unquote(urlsplit(self.tunnel.uri).netloc)
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(_PATIENCE_S)
            connection.connect(path)
            found: list[bytes] = []
            for each in messages:
                with suppress(TimeoutError, ConnectionError):
                    connection.sendall(each)
                    found.append(_receive(connection))
            return found


@dataclass
class Stage:
    """What is there.

    Attributes:
        around: the same database without the server between
        own: Eve's datasets, by her level
    """

    around: Database[dict[str, Any]]
    ada: User
    eve: User
    secret: ObjectId
    own: dict[str, ObjectId]
    file: ObjectId = field(default_factory=ObjectId)
    run: ObjectId = field(default_factory=ObjectId)
    view: ObjectId = field(default_factory=ObjectId)

    def fingerprint(self) -> dict[str, list[dict[str, Any]]]:
        """Everything that belongs to the secret dataset."""
        mine = {"_id": self.secret}, {"_dataset_id": self.secret}, {"dataset_id": self.secret}
        found = {
            name: list(self.around[name].find({"$or": list(mine)}).sort("_id"))
            for name in ("datasets", "views", "runs", "tags", "execution_store", "delegated_ops")
        }
        found["samples"] = list(self.around[f"samples.{self.secret}"].find().sort("_id"))
        found["indexes"] = [dict(index) for index in self.around[f"samples.{self.secret}"].list_indexes()]
        found["chunks"] = list(self.around["fs.chunks"].find({"files_id": self.file}))
        found["files"] = list(self.around["fs.files"].find({"_id": self.file}))
        return found


def message(*sections: bytes, flags: int = 0, opcode: int = 2013) -> bytes:
    """A message as wire bytes, well-formed or not."""
    body = struct.pack("<I", flags) + b"".join(sections)
    return _HEADER.pack(16 + len(body), 7, 0, opcode) + body


def decoded(reply: bytes) -> dict[str, Any]:
    """The body of a reply."""
    (body,) = decode_all(reply[21:])
    return body


def _receive(connection: socket.socket) -> bytes:
    received = b""
    while len(received) < 4 or len(received) < int.from_bytes(received[:4], "little"):
        chunk = connection.recv(65536)
        if not chunk:
            raise ConnectionResetError("closed instead of answered")
        received += chunk
    return received


def make_dataset(user: User, name: str, *, marker: str = "", generated: bool = False) -> ObjectId:
    """A dataset with two samples, as FiftyOne's commands would make it."""
    dataset_id = ObjectId()
    samples = f"{'patches' if generated else 'samples'}.{dataset_id}"
    user.database["datasets"].insert_one(
        {
            "_id": dataset_id,
            "name": name,
            "slug": name.lower().replace(" ", "-"),
            "sample_collection_name": samples,
            "persistent": not generated,
            "info": {"text": marker},
        }
    )
    user.database[samples].insert_many(
        [
            {"_id": ObjectId(), "filepath": f"/{marker}/{i}", "label": marker, "tags": [marker]}
            for i in range(2)
        ]
    )
    return dataset_id


@contextmanager
def two_users(api: RunningApi) -> Iterator[Stage]:
    """The stage, through a running server."""
    people = api.person("MEMBER", "ada"), api.person("MEMBER", "eve")
    name = api.settings.database_name
    with (
        api.databases() as around,
        open_tunnel(api.url, people[0].key) as first,
        open_tunnel(api.url, people[1].key) as second,
        pymongo.MongoClient[dict[str, Any]](first.uri) as of_ada,
        pymongo.MongoClient[dict[str, Any]](second.uri) as of_eve,
    ):
        ada, eve = User(people[0], first, of_ada[name]), User(people[1], second, of_eve[name])
        own = {}
        for level in ("VIEW", "TAG", "EDIT", "MANAGE"):
            own[level] = make_dataset(ada, f"shared {level}")
            path = f"/datasets/shared {level}/access/users/{people[1].id}"
            people[0].api.put(path, json={"permission": level}).raise_for_status()
        secret = make_dataset(ada, "Secret Project", marker=MARKER)
        stage = Stage(around[name], ada, eve, secret, own)
        stage.file = gridfs.GridFS(ada.database).put(MARKER.encode() * 10)
        rows = {
            "runs": {"_id": stage.run, "_dataset_id": secret, "key": MARKER, "results": stage.file},
            "views": {"_id": stage.view, "_dataset_id": secret, "name": MARKER, "slug": MARKER},
            "execution_store": {"dataset_id": secret, "store_name": MARKER, "key": "k", "value": MARKER},
            "tags": {"_dataset_id": secret, "tag": MARKER},
            "delegated_ops": {"dataset_id": secret, "label": MARKER},
        }
        for collection, row in rows.items():
            ada.database[collection].insert_one(row)
        yield stage
