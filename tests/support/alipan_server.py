"""A double of Alipan's web interface, as alipcs-py speaks it: tokens and device signatures are checked."""

from __future__ import annotations

import hashlib
import itertools
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from typing import Any

import ecdsa

from support.double import Answer, Refusal, Request, Service, ranged

APP = "5dde4e1bdf9e4966b387ba58f4b3fdc3"
_SIGNED = {"v2/file/get_by_path", "v2/file/get", "v2/file/get_download_url", "adrive/v3/file/list"}
_DRIVE, _DEVICE, _USER = "drive-1", "device-1", "user-1"


@dataclass
class Node:
    """A file or folder."""

    name: str
    parent: str
    type: str
    file_id: str
    body: bytes = b""
    parts: dict[int, bytes] = field(default_factory=dict)
    updated: datetime = field(default_factory=lambda: datetime.now(timezone.utc))

    def described(self) -> dict[str, Any]:
        found = {
            "drive_id": _DRIVE,
            "file_id": self.file_id,
            "name": self.name,
            "parent_file_id": self.parent,
            "type": self.type,
            "updated_at": self.updated.strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
        }
        if self.type == "folder":
            return found
        digest = hashlib.sha1(self.body).hexdigest().upper()
        return found | {"size": len(self.body), "content_hash": digest, "content_hash_name": "sha1"}


def _refuse(code: str, status: int = 400) -> Refusal:
    body = {"code": code, "message": "refused"}
    return Refusal(Answer(status, body, {"Content-Type": "application/json"}))


class Alipan(Service):
    """One drive.

    Attributes:
        refresh_tokens: who may do everything
        nodes: files and folders by id
    """

    def __init__(self) -> None:
        super().__init__()
        self.refresh_tokens: set[str] = set()
        self.access_tokens: set[str] = set()
        self.signatures: set[str] = set()
        self.nodes: dict[str, Node] = {}
        self.uploads: dict[str, Node] = {}
        self._numbers = itertools.count(1)

    def add_token(self) -> str:
        token = uuid.uuid4().hex
        self.refresh_tokens.add(token)
        return token

    def file(self, name: str) -> Node:
        """The one file of that name."""
        return next(node for node in self.nodes.values() if node.name == name)

    def answer(self, request: Request) -> Answer:
        path = request.raw_path.strip("/")
        if path.startswith("bytes/"):
            return self._bytes(request, path.split("/")[1:])
        given = request.json()
        if path == "token/refresh":
            return self._json(self._refresh(given))
        if request.headers.get("authorization", "").removeprefix("Bearer ") not in self.access_tokens:
            raise _refuse("AccessTokenInvalid", 401)
        if path == "users/v1/users/device/create_session":
            return self._json(self._create_session(request, given))
        routes = {
            "v2/file/get_by_path": self._by_path,
            "v2/file/get": self._get,
            "v2/file/get_download_url": self._download_url,
            "adrive/v3/file/list": self._list,
            "adrive/v2/file/createWithFolders": self._create,
            "v2/file/complete": self._complete,
            "v3/batch": self._batch,
        }
        if path in _SIGNED and request.headers.get("x-signature") not in self.signatures:
            raise _refuse("DeviceSessionSignatureInvalid", 401)
        return self._json(routes[path](request, given))

    def _json(self, body: dict[str, Any]) -> Answer:
        return Answer(200, body, {"Content-Type": "application/json"})

    def _refresh(self, given: dict[str, Any]) -> dict[str, Any]:
        if given["refresh_token"] not in self.refresh_tokens:
            raise _refuse("InvalidParameter.RefreshToken")
        access = uuid.uuid4().hex
        self.access_tokens.add(access)
        until = datetime.now(timezone.utc) + timedelta(hours=2)
        return {
            "user_id": _USER,
            "user_name": "photographer",
            "nick_name": "p",
            "refresh_token": given["refresh_token"],
            "access_token": access,
            "token_type": "Bearer",
            "expire_time": until.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "device_id": _DEVICE,
            "default_drive_id": _DRIVE,
            "role": "user",
            "status": "enabled",
        }

    def _create_session(self, request: Request, given: dict[str, Any]) -> dict[str, Any]:
        key = ecdsa.VerifyingKey.from_string(bytes.fromhex(given["pubKey"]), ecdsa.SECP256k1)
        signature = request.headers["x-signature"]
        try:
            key.verify(bytes.fromhex(signature[:-2]), f"{APP}:{_DEVICE}:{_USER}:0".encode())
        except ecdsa.BadSignatureError:
            raise _refuse("DeviceSessionSignatureInvalid", 401) from None
        self.signatures.add(signature)
        return {"result": True, "success": True}

    def _by_path(self, request: Request, given: dict[str, Any]) -> dict[str, Any]:
        node = "root"
        for name in given["file_path"].strip("/").split("/"):
            node = self._child(node, name)
        return self.nodes[node].described()

    def _child(self, parent: str, name: str) -> str:
        found = (n.file_id for n in self.nodes.values() if (n.parent, n.name) == (parent, name))
        child = next(found, None)
        if child is None:
            raise _refuse("NotFound.File", 404)
        return child

    def _get(self, request: Request, given: dict[str, Any]) -> dict[str, Any]:
        if given["file_id"] not in self.nodes:
            raise _refuse("NotFound.File", 404)
        return self.nodes[given["file_id"]].described()

    def _download_url(self, request: Request, given: dict[str, Any]) -> dict[str, Any]:
        return {"url": f"http://{request.headers['host']}/bytes/{given['file_id']}", "method": "GET"}

    def _list(self, request: Request, given: dict[str, Any]) -> dict[str, Any]:
        below = [n.described() for n in self.nodes.values() if n.parent == given["parent_file_id"]]
        below.sort(key=lambda item: str(item["name"]))
        first, limit = int(given.get("marker") or 0), int(given["limit"])
        more = str(first + limit) if len(below) > first + limit else ""
        return {"items": below[first : first + limit], "next_marker": more}

    def _create(self, request: Request, given: dict[str, Any]) -> dict[str, Any]:
        parent, name = given["parent_file_id"], given["name"]
        if parent != "root" and parent not in self.nodes:
            raise _refuse("NotFound.ParentFile", 404)
        there = next((n for n in self.nodes.values() if (n.parent, n.name) == (parent, name)), None)
        if there and given["check_name_mode"] == "refuse":
            return there.described() | {"exist": True}
        node = Node(name, parent, given["type"], f"id{next(self._numbers)}")
        if node.type == "folder":
            self.nodes[node.file_id] = node
            return node.described()
        upload = uuid.uuid4().hex
        self.uploads[upload] = node
        host = request.headers["host"]
        parts = [
            {
                "part_number": n["part_number"],
                "upload_url": f"http://{host}/bytes/{upload}/{n['part_number']}",
            }
            for n in given["part_info_list"]
        ]
        return node.described() | {"upload_id": upload, "part_info_list": parts}

    def _complete(self, request: Request, given: dict[str, Any]) -> dict[str, Any]:
        node = self.uploads.pop(given["upload_id"])
        node.body = b"".join(node.parts[number] for number in sorted(node.parts))
        replaced = [n.file_id for n in self.nodes.values() if (n.parent, n.name) == (node.parent, node.name)]
        for file_id in replaced:
            del self.nodes[file_id]
        node.updated = datetime.now(timezone.utc)
        self.nodes[node.file_id] = node
        return node.described()

    def _batch(self, request: Request, given: dict[str, Any]) -> dict[str, Any]:
        for each in given["requests"]:
            if each["url"] == "/recyclebin/trash":
                self.nodes.pop(each["body"]["file_id"], None)
        return {"responses": [{"id": each["id"], "status": 204} for each in given["requests"]]}

    def _bytes(self, request: Request, names: list[str]) -> Answer:
        if "aliyundrive.com" not in request.headers.get("referer", ""):
            raise Refusal(Answer(403, b"AccessDenied"))
        if request.method == "PUT":
            self.uploads[names[0]].parts[int(names[1])] = request.body
            return Answer(200)
        node = self.nodes.get(names[0])
        if node is None:
            raise Refusal(Answer(404))
        return ranged(request, node.body, {}, lambda: Refusal(Answer(416)))


@contextmanager
def alipan_drive() -> Iterator[Alipan]:
    """The drive for the time of a `with` block, empty."""
    server = Alipan()
    with server.running():
        yield server
