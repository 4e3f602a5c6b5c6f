"""In front of the emulator: who may ask, and the words in which Google Cloud Storage answers.

checks      bearer tokens, signed URLs, public buckets, requester pays
adds        batches, CORS rules of buckets, error documents of the XML API
corrects    conditions of resumable uploads, ETags (MD5 in hexadecimal), checksums of composed objects
            (no MD5), which of bucket and object is missing
"""

from __future__ import annotations

import base64
import email
import http.client
import json
import re
from dataclasses import replace
from typing import Any
from urllib.parse import quote, unquote, urlsplit

from support.double import Answer, Refusal, Request, Service
from support.gcs.identity import Identity
from support.gcs.signatures import is_signed, problem_of

_HOP_BY_HOP = {"connection", "content-length", "date", "transfer-encoding"}
_OBJECT = re.compile(
    r"/(?:download/|upload/)?(?:storage/v1/)?b/(?P<bucket>[^/]+)(?:/o(?:/(?P<key>[^/]+))?)?(?P<rest>/.*)?"
)
_BATCH = "/batch/storage/v1"


class Front(Service):
    """The server that clients talk to.

    Attributes:
        public: buckets that anybody may read
        payers: buckets whose requests must name a project that pays
        forbidden: buckets that nobody may touch
        refused: how many requests brought no good token
    """

    def __init__(self, emulator: str, identity: Identity) -> None:
        super().__init__()
        self.public: set[str] = set()
        self.payers: set[str] = set()
        self.forbidden: set[str] = set()
        self.refused = 0
        self._emulator = emulator
        self._identity = identity
        self._cors: dict[str, Any] = {}
        self._composed: set[tuple[str, str]] = set()

    def answer(self, request: Request) -> Answer:
        if request.raw_path == _BATCH:
            self._check_token(request)
            return self._batch(request)
        bucket = self._bucket_of(request)
        self._check(request, bucket)
        if request.method == "PATCH" and "cors" in request.body.decode():
            self._cors[bucket] = request.json()["cors"]
        return self._amended(request, self._forward(request))

    def _check(self, request: Request, bucket: str) -> None:
        if is_signed(request):
            if problem := problem_of(request, self._identity.public_key):
                raise self._refusal(request, *problem)
        elif (
            "authorization" in request.headers
            or bucket not in self.public
            or request.method not in {"GET", "HEAD"}
        ):
            self._check_token(request)
        if bucket in self.forbidden:
            raise self._refusal(request, 403, "AccessDenied")
        payer = request.headers.get("x-goog-user-project") or request.query.get("userProject")
        if bucket in self.payers and not payer:
            raise self._refusal(request, 400, "UserProjectMissing")
        if request.query.get("uploadType") == "resumable" and request.query.get("ifGenerationMatch") == "0":
            key = quote(request.json()["name"], safe="")
            if self._there(f"/storage/v1/b/{quote(bucket)}/o/{key}"):
                raise self._refusal(request, 412, "PreconditionFailed")

    def _check_token(self, request: Request) -> None:
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if scheme != "Bearer" or self._identity.holder(token) is None:
            self.refused += 1
            raise self._refusal(request, 401, "AuthenticationRequired")

    def _bucket_of(self, request: Request) -> str:
        match = _OBJECT.fullmatch(request.raw_path)
        return unquote(match["bucket"] if match else request.raw_path.split("/")[1])

    def _batch(self, request: Request) -> Answer:
        """multipart/mixed with one HTTP request per part ("Batching requests")."""
        head = f"Content-Type: {request.headers['content-type']}\r\n\r\n".encode()
        message = email.message_from_bytes(head + request.body)
        parts = []
        for part in message.get_payload():
            first, _, rest = part.get_payload().partition("\n")  # type: ignore[union-attr]  # a multipart's payload
            method, target, _ = first.split()
            inner = {name.lower(): value for name, value in email.message_from_string(rest).items()}
            answered = self._inner(
                Request(
                    method,
                    urlsplit(target)._replace(scheme="", netloc="").geturl(),
                    request.headers | inner,
                    b"",
                )
            )
            lines = [
                "Content-Type: application/http",
                "",
                f"HTTP/1.1 {answered.status} Answer",
                "Content-Type: application/json",
                "",
            ]
            parts.append("\r\n".join([*lines, answered.content().decode()]))
        body = "".join(f"--part\r\n{part}\r\n" for part in parts) + "--part--\r\n"
        return Answer(200, body.encode(), {"Content-Type": "multipart/mixed; boundary=part"})

    def _inner(self, request: Request) -> Answer:
        try:
            headers = {
                k: v for k, v in request.headers.items() if k not in {"content-type", "content-length"}
            }
            return self.answer(replace(request, headers=headers))
        except Refusal as refusal:
            return refusal.answer

    def _forward(self, request: Request) -> Answer:
        host = urlsplit(self._emulator).netloc
        connection = http.client.HTTPConnection(host, timeout=30)
        try:
            headers = {
                k: v for k, v in request.headers.items() if k not in {"connection", "transfer-encoding"}
            }
            connection.request(request.method, request.target, request.body or None, headers | {"host": host})
            response = connection.getresponse()
            body = response.read()
        finally:
            connection.close()
        kept = {k: v for k, v in response.getheaders() if k.lower() not in _HOP_BY_HOP}
        if request.method == "HEAD" and "Content-Length" in response.headers:
            kept["Content-Length"] = response.headers["Content-Length"]
        return Answer(response.status, body, kept)

    def _amended(self, request: Request, answer: Answer) -> Answer:
        if "Location" in answer.headers:
            answer.headers["Location"] = answer.headers["Location"].replace(self._emulator, self.url)
        match = _OBJECT.fullmatch(request.raw_path)
        if answer.status == 404:
            there = self._there(f"/storage/v1/b/{quote(self._bucket_of(request))}")
            raise self._refusal(request, 404, "NoSuchKey" if there else "NoSuchBucket")
        if match and (match["rest"] or "").startswith("/compose"):
            self._composed.add((unquote(match["bucket"]), unquote(match["key"])))
        if (
            match
            and not request.raw_path.startswith("/download/")
            and "json" in answer.headers.get("Content-Type", "")
        ):
            answer.body = self._corrected(unquote(match["bucket"]), answer.body)
        if "X-Goog-Hash" in answer.headers:
            key = unquote(match["key"]) if match else unquote(request.raw_path.split("/", 2)[2])
            self._correct_headers(self._bucket_of(request), key, answer.headers)
        return answer

    def _there(self, target: str) -> bool:
        return self._forward(Request("GET", target, {}, b"")).status == 200

    def _corrected(self, bucket: str, body: bytes) -> bytes:
        content = json.loads(body)
        if not isinstance(content, dict):  # `null` after a deletion
            return body
        for found in content.get("items", [content]):
            if found.get("kind") == "storage#bucket" and bucket in self._cors:
                found["cors"] = self._cors[bucket]
            if found.get("kind") == "storage#object" and (bucket, found["name"]) in self._composed:
                found.pop("md5Hash", None)
        return body if content.get("kind") is None else json.dumps(content).encode()

    def _correct_headers(self, bucket: str, key: str, headers: dict[str, str]) -> None:
        hashes = dict(part.split("=", 1) for part in headers["X-Goog-Hash"].split(","))
        if (bucket, key) in self._composed:
            headers["Etag"] = f'"-{headers["X-Goog-Generation"]}"'
            headers["X-Goog-Hash"] = f"crc32c={hashes['crc32c']}"
        else:
            headers["Etag"] = f'"{base64.b64decode(hashes["md5"]).hex()}"'

    def _refusal(self, request: Request, status: int, code: str) -> Refusal:
        """An error in the words of the API that was asked."""
        message, reason = _ERRORS[code]
        if request.raw_path.startswith("/download/"):
            return Refusal(Answer(status, message.encode(), {"Content-Type": "text/html; charset=UTF-8"}))
        if _OBJECT.fullmatch(request.raw_path) or request.raw_path == _BATCH:
            error = {"code": status, "message": message, "errors": [{"reason": reason, "message": message}]}
            return Refusal(
                Answer(status, {"error": error}, {"Content-Type": "application/json; charset=UTF-8"})
            )
        document = f"<?xml version='1.0'?><Error><Code>{code}</Code><Message>{message}</Message></Error>"
        return Refusal(Answer(status, document.encode(), {"Content-Type": "application/xml; charset=UTF-8"}))


_ERRORS = {
    "AuthenticationRequired": ("Invalid Credentials", "authError"),
    "SignatureDoesNotMatch": ("Access denied.", "forbidden"),
    "ExpiredToken": ("Invalid argument.", "invalid"),
    "AccessDenied": ("The caller does not have permission.", "forbidden"),
    "UserProjectMissing": ("Bucket is a requester pays bucket but no user project provided.", "required"),
    "PreconditionFailed": ("At least one of the pre-conditions did not hold.", "conditionNotMet"),
    "NoSuchKey": ("The specified key does not exist.", "notFound"),
    "NoSuchBucket": ("The specified bucket does not exist.", "notFound"),
}
"""Code of the XML API: message, reason of the JSON API."""
