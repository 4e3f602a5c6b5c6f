"""A double of a Databricks workspace: Files API and DBFS API after their reference, with tokens checked."""

from __future__ import annotations

import base64
import itertools
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timezone
from email.utils import format_datetime
from typing import Any

from support.double import Answer, Refusal, Request, Service, ranged

VOLUME = "/Volumes/main/default/photographs"
_BLOCK = 1 << 20
_FILES, _FOLDERS, _DBFS = "/api/2.0/fs/files", "/api/2.0/fs/directories", "/api/2.0/dbfs/"


@dataclass
class Stored:
    """A file; the time is in milliseconds."""

    body: bytes
    modified: int


def _refuse(status: int, code: str, message: str = "refused") -> Refusal:
    return Refusal(Answer(status, {"error_code": code, "message": message}))


class Databricks(Service):
    """One workspace with one volume.

    Attributes:
        tokens: who may do everything
        readers: tokens that may only read
        volumes: files by absolute path, of volumes
        dbfs: files by absolute path, of the file system
    """

    def __init__(self) -> None:
        super().__init__()
        self.tokens: set[str] = set()
        self.readers: set[str] = set()
        self.volumes: dict[str, Stored] = {}
        self.dbfs: dict[str, Stored] = {}
        self.folders: set[str] = {VOLUME}
        self.handles: dict[int, tuple[str, bytearray]] = {}
        self._numbers = itertools.count(1)
        self._clock = itertools.count(int(datetime.now(timezone.utc).timestamp() * 1000))

    def add_token(self) -> str:
        token = f"dapi{uuid.uuid4().hex}"
        self.tokens.add(token)
        return token

    def answer(self, request: Request) -> Answer:
        if request.raw_path.startswith("/.well-known/"):
            raise _refuse(404, "NOT_FOUND")
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if scheme != "Bearer" or token not in self.tokens | self.readers:
            raise _refuse(401, "UNAUTHENTICATED", "Credential was not sent or was of an unsupported type")
        writes = request.method not in {"GET", "HEAD"}
        if writes and token in self.readers:
            raise _refuse(403, "PERMISSION_DENIED")
        if request.raw_path.startswith(_FILES):
            return self._file(request, request.path.removeprefix(_FILES))
        if request.raw_path.startswith(_FOLDERS):
            return self._folder(request, request.path.removeprefix(_FOLDERS).rstrip("/"))
        if request.raw_path.startswith(_DBFS):
            return self._dbfs(request, request.raw_path.removeprefix(_DBFS))
        raise _refuse(404, "ENDPOINT_NOT_FOUND")

    def _file(self, request: Request, path: str) -> Answer:
        if not path.startswith(f"{VOLUME}/"):
            raise _refuse(404, "NOT_FOUND", "no such volume")
        if request.method == "PUT":
            if path in self.volumes and request.query.get("overwrite") == "false":
                raise _refuse(409, "ALREADY_EXISTS")
            if path.rpartition("/")[0] not in self.folders:
                raise _refuse(404, "NOT_FOUND", "The parent directory does not exist")
            self.volumes[path] = Stored(request.body, next(self._clock))
            return Answer(204)
        if path not in self.volumes:
            raise _refuse(404, "NOT_FOUND", "The file being accessed is not found.")
        if request.method == "DELETE":
            del self.volumes[path]
            return Answer(204)
        stored = self.volumes[path]
        moment = datetime.fromtimestamp(stored.modified // 1000, timezone.utc)
        headers = {
            "Content-Type": "application/octet-stream",
            "Last-Modified": format_datetime(moment, usegmt=True),
        }
        return ranged(request, stored.body, headers, lambda: _refuse(416, "INVALID_RANGE"))

    def _folder(self, request: Request, path: str) -> Answer:
        if request.method == "PUT":
            parts = path.split("/")
            self.folders |= {"/".join(parts[:count]) for count in range(5, len(parts) + 1)}
            return Answer(204)
        if path not in self.folders:
            raise _refuse(404, "NOT_FOUND", "The directory being accessed is not found.")
        if request.method != "GET":
            return Answer(200)
        entries = [_entry(name, stored) for name, stored in self.volumes.items() if _inside(name, path)]
        entries += [_entry(name, None) for name in self.folders if _inside(name, path)]
        first = int(request.query.get("page_token", "0"))
        found: dict[str, Any] = {"contents": entries[first : first + 1000]}
        more = {"next_page_token": str(first + 1000)} if len(entries) > first + 1000 else {}
        return Answer(200, found | more)

    def _dbfs(self, request: Request, operation: str) -> Answer:
        given = request.query if request.method == "GET" else request.json()
        answer = {
            "get-status": self._status,
            "read": self._read,
            "list": self._list,
            "create": self._create,
            "add-block": self._add_block,
            "close": self._close,
            "delete": self._delete,
            "move": self._move,
        }[operation]
        return Answer(200, answer(given))

    def _status(self, given: dict[str, Any]) -> dict[str, Any]:
        path = given["path"].rstrip("/")
        if path in self.dbfs:
            return _info(path, self.dbfs[path])
        if not any(name.startswith(f"{path}/") for name in self.dbfs):
            raise _refuse(404, "RESOURCE_DOES_NOT_EXIST", f"No file or directory exists on path {path}.")
        return _info(path, None)

    def _read(self, given: dict[str, Any]) -> dict[str, Any]:
        if given["path"] not in self.dbfs:
            raise _refuse(404, "RESOURCE_DOES_NOT_EXIST")
        if int(given["length"]) > _BLOCK:
            raise _refuse(400, "MAX_READ_SIZE_EXCEEDED")
        start = int(given["offset"])
        data = self.dbfs[given["path"]].body[start : start + int(given["length"])]
        return {"bytes_read": len(data), "data": base64.b64encode(data).decode()}

    def _list(self, given: dict[str, Any]) -> dict[str, Any]:
        path = given["path"].rstrip("/")
        self._status({"path": path})
        below = [name for name in self.dbfs if _inside(name, path)]
        folders = {
            f"{path}/{name[len(path) + 1 :].partition('/')[0]}"
            for name in self.dbfs
            if name.startswith(f"{path}/")
        }
        found = [_info(name, self.dbfs[name]) for name in below]
        return {"files": found + [_info(name, None) for name in folders - set(below)]}

    def _create(self, given: dict[str, Any]) -> dict[str, Any]:
        if given["path"] in self.dbfs and not given.get("overwrite"):
            raise _refuse(400, "RESOURCE_ALREADY_EXISTS")
        handle = next(self._numbers)
        self.handles[handle] = (given["path"], bytearray())
        return {"handle": handle}

    def _add_block(self, given: dict[str, Any]) -> dict[str, Any]:
        data = base64.b64decode(given["data"])
        if len(data) > _BLOCK:
            raise _refuse(400, "MAX_BLOCK_SIZE_EXCEEDED")
        self.handles[given["handle"]][1].extend(data)
        return {}

    def _close(self, given: dict[str, Any]) -> dict[str, Any]:
        path, body = self.handles.pop(given["handle"])
        self.dbfs[path] = Stored(bytes(body), next(self._clock))
        return {}

    def _delete(self, given: dict[str, Any]) -> dict[str, Any]:
        self.dbfs.pop(given["path"], None)  # "no error if it does not exist"
        return {}

    def _move(self, given: dict[str, Any]) -> dict[str, Any]:
        if given["destination_path"] in self.dbfs:
            raise _refuse(400, "RESOURCE_ALREADY_EXISTS")
        if given["source_path"] not in self.dbfs:
            raise _refuse(404, "RESOURCE_DOES_NOT_EXIST")
        self.dbfs[given["destination_path"]] = self.dbfs.pop(given["source_path"])
        return {}


def _inside(name: str, folder: str) -> bool:
    return name.rpartition("/")[0] == folder


def _entry(path: str, stored: Stored | None) -> dict[str, Any]:
    found = {"path": path, "name": path.rpartition("/")[2], "is_directory": stored is None}
    return found | ({"file_size": len(stored.body), "last_modified": stored.modified} if stored else {})


def _info(path: str, stored: Stored | None) -> dict[str, Any]:
    size, modified = (len(stored.body), stored.modified) if stored else (0, 0)
    return {"path": path, "is_dir": stored is None, "file_size": size, "modification_time": modified}


@contextmanager
def databricks_workspace() -> Iterator[Databricks]:
    """The workspace for the time of a `with` block, empty."""
    server = Databricks()
    with server.running():
        yield server
