"""A double of OCI Object Storage after its API reference; it checks signatures."""

from __future__ import annotations

import base64
import hashlib
import re
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timezone
from email.utils import format_datetime
from typing import Any
from urllib.parse import quote, unquote

from cryptography.hazmat.primitives.asymmetric import rsa

from support.double import Answer, Refusal, Request, Service, ranged
from support.oci_signing import SigningKey, why_refused

NAMESPACE = "axaxnpcrorw5"

_BUCKET = re.compile(r"/n/([^/]+)/b/([^/]+)(/.*)?")


@dataclass
class Stored:
    """An object."""

    body: bytes
    etag: str
    headers: dict[str, str]
    md5: str
    modified: datetime = field(default_factory=lambda: datetime.now(timezone.utc))


@dataclass
class Upload:
    """A multipart upload on its way."""

    name: str
    headers: dict[str, str]
    fresh: bool
    parts: dict[int, bytes] = field(default_factory=dict)


def _refuse(status: int, code: str, message: str = "refused") -> Refusal:
    return Refusal(Answer(status, {"code": code, "message": message}, {"opc-request-id": uuid.uuid4().hex}))


class OCIServer(Service):
    """One namespace; any key in `keys` may do everything.

    Attributes:
        keys: public keys by key id
        buckets: objects by name, by bucket
        readers: key ids that may only read
    """

    def __init__(self) -> None:
        super().__init__()
        self.keys: dict[str, rsa.RSAPublicKey] = {}
        self.readers: set[str] = set()
        self.buckets: dict[str, dict[str, Stored]] = {}
        self.uploads: dict[str, Upload] = {}
        self.preauthenticated: dict[str, tuple[str, str, str, datetime]] = {}
        self.work: dict[str, int] = {}

    def add_key(self, key: SigningKey, key_id: str = "") -> SigningKey:
        self.keys[key_id or key.key_id] = key.private_key.public_key()
        return key

    def answer(self, request: Request) -> Answer:
        if request.raw_path.startswith("/p/"):
            return self._answer_preauthenticated(request)
        streams = re.search(r"/b/[^/]+/(o|u)/", request.raw_path) is not None and request.method == "PUT"
        reason = why_refused(request, self.keys, streams=streams)
        if reason:
            raise _refuse(401, "NotAuthenticated", reason)
        reading = request.method in {"GET", "HEAD"}
        if not reading and any(
            f'keyId="{reader}"' in request.headers["authorization"] for reader in self.readers
        ):
            raise _refuse(404, "NotAuthorizedOrNotFound")
        if request.raw_path == "/n":
            return Answer(200, f'"{NAMESPACE}"'.encode(), {"Content-Type": "application/json"})
        if request.raw_path.startswith("/workRequests/"):
            return self._work(request.raw_path.rpartition("/")[2])
        return self._answer_bucket(request)

    def _answer_bucket(self, request: Request) -> Answer:
        matched = _BUCKET.fullmatch(request.raw_path)
        if not matched or unquote(matched[1]) != NAMESPACE:
            raise _refuse(404, "NamespaceNotFound")
        bucket = unquote(matched[2])
        if bucket not in self.buckets:
            raise _refuse(404, "BucketNotFound")
        _, kind, name = ((matched[3] or "/") + "/").split("/", 2)
        name = unquote(name[:-1])
        routes: dict[tuple[str, str, bool], Callable[[Request, str, str], Answer]] = {
            ("GET", "o", False): self._list,
            ("GET", "o", True): self._get,
            ("HEAD", "o", True): self._get,
            ("PUT", "o", True): self._put,
            ("DELETE", "o", True): self._delete,
            ("POST", "u", False): self._begin,
            ("PUT", "u", True): self._part,
            ("POST", "u", True): self._commit,
            ("DELETE", "u", True): self._abort,
            ("POST", "p", False): self._preauthenticate,
            ("POST", "actions", True): self._act,
        }
        route = routes.get((request.method, kind, name != ""))
        if route is None:
            raise _refuse(404, "InvalidUri")
        return route(request, bucket, name)

    def _stored(self, bucket: str, name: str) -> Stored:
        if name not in self.buckets[bucket]:
            raise _refuse(
                404, "ObjectNotFound", f"The object '{name}' was not found in the bucket '{bucket}'"
            )
        return self.buckets[bucket][name]

    def _get(self, request: Request, bucket: str, name: str) -> Answer:
        stored = self._stored(bucket, name)
        if request.headers.get("if-match", stored.etag) != stored.etag:
            raise _refuse(412, "IfMatchFailed")
        parts = "-" in stored.md5
        headers = stored.headers | {
            "etag": stored.etag,
            "last-modified": format_datetime(stored.modified, usegmt=True),
            "opc-request-id": uuid.uuid4().hex,
            "opc-multipart-md5" if parts else "content-md5": stored.md5,
            "storage-tier": "Standard",
            "version-id": stored.etag,
        }
        return ranged(request, stored.body, headers, lambda: _refuse(416, "InvalidRange"))

    def _put(self, request: Request, bucket: str, name: str) -> Answer:
        self._want_absent(request.headers, bucket, name)
        digest = base64.b64encode(hashlib.md5(request.body).digest()).decode()
        if request.headers.get("content-md5", digest) != digest:
            raise _refuse(400, "UnmatchedContentMD5")
        return self._store(bucket, name, request.body, _kept(request.headers), digest)

    def _store(self, bucket: str, name: str, body: bytes, headers: dict[str, str], md5: str) -> Answer:
        stored = Stored(body, str(uuid.uuid4()), headers, md5)
        self.buckets[bucket][name] = stored
        written = "opc-multipart-md5" if "-" in md5 else "opc-content-md5"
        return Answer(
            200,
            b"",
            {
                "etag": stored.etag,
                written: md5,
                "last-modified": format_datetime(stored.modified, usegmt=True),
            },
        )

    def _want_absent(self, headers: dict[str, str], bucket: str, name: str) -> None:
        if headers.get("if-none-match") == "*" and name in self.buckets[bucket]:
            raise _refuse(412, "IfNoneMatchFailed")

    def _delete(self, request: Request, bucket: str, name: str) -> Answer:
        self._stored(bucket, name)
        del self.buckets[bucket][name]
        return Answer(204)

    def _list(self, request: Request, bucket: str, name: str) -> Answer:
        query = request.query
        prefix, delimiter, start = query.get("prefix", ""), query.get("delimiter", ""), query.get("start", "")
        objects: list[dict[str, Any]] = []
        prefixes: list[str] = []
        following = ""
        for key in sorted(key for key in self.buckets[bucket] if key.startswith(prefix) and key >= start):
            folder, slash, _ = key[len(prefix) :].partition(delimiter) if delimiter else (key, "", "")
            group = prefix + folder + slash if slash else ""
            if group and group in prefixes:
                continue
            if len(objects) + len(prefixes) == int(query.get("limit", "1000")):
                following = key
                break
            if group:
                prefixes.append(group)
            else:
                objects.append(_summary(key, self.buckets[bucket][key], query.get("fields", "name")))
        found: dict[str, Any] = {"objects": objects} | ({"prefixes": prefixes} if delimiter else {})
        return Answer(200, found | ({"nextStartWith": following} if following else {}))

    def _begin(self, request: Request, bucket: str, name: str) -> Answer:
        details = request.json()
        self._want_absent(request.headers, bucket, details["object"])
        upload = uuid.uuid4().hex
        headers = {"content-type": details.get("contentType", "application/octet-stream")}
        headers |= {"cache-control": details["cacheControl"]} if "cacheControl" in details else {}
        self.uploads[upload] = Upload(details["object"], headers, "if-none-match" in request.headers)
        return Answer(200, {"uploadId": upload, "object": details["object"], "bucket": bucket})

    def _part(self, request: Request, bucket: str, name: str) -> Answer:
        number = int(request.query["uploadPartNum"])
        self._upload(request).parts[number] = request.body
        return Answer(200, b"", {"etag": f"part-{number}"})

    def _commit(self, request: Request, bucket: str, name: str) -> Answer:
        upload = self._upload(request)
        self._want_absent(request.headers, bucket, name)
        chosen = [upload.parts[part["partNum"]] for part in request.json()["partsToCommit"]]
        del self.uploads[request.query["uploadId"]]
        digest = hashlib.md5(b"".join(hashlib.md5(part).digest() for part in chosen)).digest()
        md5 = f"{base64.b64encode(digest).decode()}-{len(chosen)}"
        return self._store(bucket, name, b"".join(chosen), upload.headers, md5)

    def _abort(self, request: Request, bucket: str, name: str) -> Answer:
        self._upload(request)
        del self.uploads[request.query["uploadId"]]
        return Answer(204)

    def _upload(self, request: Request) -> Upload:
        if request.query.get("uploadId") not in self.uploads:
            raise _refuse(404, "UploadNotFound")
        return self.uploads[request.query["uploadId"]]

    def _act(self, request: Request, bucket: str, name: str) -> Answer:
        details = request.json()
        if name == "batchDeleteObjects":
            for each in details["objects"]:
                self.buckets[bucket].pop(each["objectName"], None)
            return Answer(200, {"deleted": [], "failed": []})
        if name != "copyObject" or details["destinationRegion"] != "us-ashburn-1":
            raise _refuse(400, "InvalidParameter")
        source = self._stored(bucket, details["sourceObjectName"])
        if details["destinationBucket"] not in self.buckets:
            raise _refuse(404, "BucketNotFound")
        if details.get("sourceObjectIfMatchETag", source.etag) != source.etag:
            raise _refuse(412, "IfMatchFailed")
        self._store(
            details["destinationBucket"],
            details["destinationObjectName"],
            source.body,
            source.headers,
            source.md5,
        )
        work = uuid.uuid4().hex
        self.work[work] = 0
        return Answer(202, b"", {"opc-work-request-id": work})

    def _work(self, name: str) -> Answer:
        self.work[name] += 1
        status = "COMPLETED" if self.work[name] > 1 else "IN_PROGRESS"
        return Answer(200, {"id": name, "status": status, "operationType": "COPY_OBJECT", "resources": []})

    def _preauthenticate(self, request: Request, bucket: str, name: str) -> Answer:
        details = request.json()
        token = uuid.uuid4().hex
        expires = datetime.fromisoformat(details["timeExpires"].replace("Z", "+00:00"))
        self.preauthenticated[token] = (bucket, details["objectName"], details["accessType"], expires)
        uri = f"/p/{token}/n/{NAMESPACE}/b/{bucket}/o/{quote(details['objectName'], safe='')}"
        made = {"id": token, "accessUri": uri, "accessType": details["accessType"], "name": details["name"]}
        return Answer(200, made | {"timeExpires": details["timeExpires"]})

    def _answer_preauthenticated(self, request: Request) -> Answer:
        _, _, token, rest = request.raw_path.split("/", 3)
        bucket, name, access, expires = self.preauthenticated.get(
            token, ("", "", "", datetime.now(timezone.utc))
        )
        wanted = f"n/{NAMESPACE}/b/{bucket}/o/{quote(name, safe='')}"
        needed = "ObjectWrite" if request.method == "PUT" else "ObjectRead"
        if rest != wanted or access != needed or expires <= datetime.now(timezone.utc):
            raise _refuse(404, "NotAuthorizedOrNotFound")
        answer = self._put if request.method == "PUT" else self._get
        return answer(request, bucket, name)


def _kept(headers: dict[str, str]) -> dict[str, str]:
    return {name: headers[name] for name in ("content-type", "cache-control") if name in headers}


def _summary(key: str, stored: Stored, fields: str) -> dict[str, Any]:
    moment = stored.modified.isoformat()
    known = {
        "name": key,
        "size": len(stored.body),
        "etag": stored.etag,
        "md5": stored.md5,
        "timeCreated": moment,
        "timeModified": moment,
    }
    return {name: known[name] for name in ("name", *fields.split(",")) if name in known}


@contextmanager
def oci_server() -> Iterator[OCIServer]:
    """The service for the time of a `with` block, empty."""
    server = OCIServer()
    with server.running():
        yield server
