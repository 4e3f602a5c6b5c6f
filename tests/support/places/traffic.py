"""What a workflow asked of a store: requests by kind, bytes, and files that were fetched again."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum

from support.recording_proxy import Request


class Kind(Enum):
    """Kinds of requests, by what they cost: time for a question, money for a listing, bytes for a read."""

    ASK = "head"
    LIST = "list"
    READ = "read"
    WRITE = "write"
    DELETE = "delete"


Classify = Callable[[Request], Kind]

_CHANGES = {"PUT": Kind.WRITE, "POST": Kind.WRITE, "PATCH": Kind.WRITE, "DELETE": Kind.DELETE}


def classify_s3(request: Request) -> Kind:
    """Of the REST API of S3: `POST ?delete` deletes, a GET of the bucket lists."""
    if request.method == "POST" and request.query.startswith("delete"):
        return Kind.DELETE
    if request.method == "GET" and "list-type=2" in request.query:
        return Kind.LIST
    return _classify(request)


def classify_gcs(request: Request) -> Kind:
    """Of Google's JSON API: metadata are asked for by GET, deletions come in batches."""
    if request.path.startswith("/batch/"):
        return Kind.DELETE
    if request.method == "GET" and re.fullmatch(r"/storage/v1/b/[^/]+/o", request.path):
        return Kind.LIST
    if request.method == "GET" and request.path.startswith("/storage/") and "alt=media" not in request.query:
        return Kind.ASK
    return _classify(request)


def classify_azure(request: Request) -> Kind:
    """Of the Blob service's REST API."""
    if request.method == "GET" and "comp=list" in request.query:
        return Kind.LIST
    return _classify(request)


def _classify(request: Request) -> Kind:
    return Kind.ASK if request.method == "HEAD" else _CHANGES.get(request.method, Kind.READ)


@dataclass(frozen=True)
class Traffic:
    """The requests of one workflow.

    Attributes:
        requests: in the order of the answers
        kinds: of each
    """

    requests: Sequence[Request]
    kinds: Sequence[Kind]

    @classmethod
    def of(cls, requests: Sequence[Request], classify: Classify) -> Traffic:
        """Classify requests."""
        return cls(tuple(requests), tuple(map(classify, requests)))

    def select(self, *kinds: Kind) -> list[Request]:
        """The requests of some kinds."""
        return [request for request, kind in zip(self.requests, self.kinds, strict=True) if kind in kinds]

    def counts(self) -> dict[str, int]:
        """How many of each kind there were."""
        counted = Counter(self.kinds)
        return {kind.value: counted[kind] for kind in Kind if counted[kind]}

    @property
    def received(self) -> int:
        """Bytes of files and listings that came."""
        return sum(request.sent for request in self.requests)

    @property
    def uploaded(self) -> int:
        """Bytes that went to the store."""
        return sum(request.received for request in self.requests)

    def read_again(self) -> dict[str, int]:
        """Objects that were read in full more than once, with how often."""
        whole = Counter(request.path for request in self.select(Kind.READ) if request.status == 200)
        return {path: count for path, count in whole.items() if count > 1}
