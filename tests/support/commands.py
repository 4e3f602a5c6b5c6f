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
