"""Commands as clients send them, for the policy: from a plain document to a request."""

from __future__ import annotations

from typing import Any

from safelight.wire.documents import Documents, encode
from safelight_server.authz.request import Request

DATABASE = "fiftyone"
_SEQUENCES = {"insert": "documents", "update": "updates", "delete": "deletes"}


def request(command: dict[str, Any], *, database: str = DATABASE, in_transaction: bool = False) -> Request:
    """A request whose bulk documents come as a document sequence, as drivers send them."""
    body = dict(command)
    database = body.pop("$db", database)
    name = next(iter(body))
    sequence = _SEQUENCES.get(name)
    if sequence not in body:
        return Request(database, name, body, in_transaction=in_transaction)
    documents = Documents(b"".join(encode(each) for each in body.pop(sequence)))
    return Request(database, name, body, {sequence: documents}, in_transaction)


def update(collection: str, query: Any, changes: Any, **more: Any) -> dict[str, Any]:
    """An update of one statement."""
    return {"update": collection, "updates": [{"q": query, "u": changes, **more}]}


def insert(collection: str, *documents: dict[str, Any]) -> dict[str, Any]:
    """An insert."""
    return {"insert": collection, "documents": list(documents)}


def delete(collection: str, query: Any) -> dict[str, Any]:
    """A delete of everything that matches."""
    return {"delete": collection, "deletes": [{"q": query, "limit": 0}]}


def aggregate(collection: Any, *pipeline: dict[str, Any]) -> dict[str, Any]:
    """An aggregation."""
    return {"aggregate": collection, "pipeline": list(pipeline), "cursor": {}}
