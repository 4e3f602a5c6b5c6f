"""The handshake: the gateway answers it, as a load balancer does, and MongoDB never sees it.

In load-balanced mode a driver monitors nothing and keeps each cursor and each transaction on the connection
where it began. So several servers can stand behind one address, and each knows all about its own connections.
"""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any, Final

from bson import ObjectId

from safelight.wire.header import MAX_DOCUMENT_BYTES, MAX_MESSAGE_BYTES

NEWEST_AUDITED_WIRE_VERSION: Final = 17
"""MongoDB 6.0: what drivers can say to newer servers only is not said here until the policy knows it."""

HANDSHAKES: Final = frozenset({"hello", "ismaster", "isMaster"})

_SERVICE: Final = ObjectId()
"""Tells drivers apart which of several servers a connection leads to."""


def hello_reply(name: str, max_wire_version: int, connection_id: int) -> dict[str, Any]:
    """The reply to `hello` or its older spelling.

    Without a topology version drivers do not stream it; without compressors they do not compress.
    """
    primary = "isWritablePrimary" if name == "hello" else "ismaster"
    return {
        "helloOk": True,
        primary: True,
        "msg": "isdbgrid",
        "serviceId": _SERVICE,
        "maxBsonObjectSize": MAX_DOCUMENT_BYTES,
        "maxMessageSizeBytes": MAX_MESSAGE_BYTES,
        "maxWriteBatchSize": 100_000,
        "localTime": datetime.now(timezone.utc),
        "logicalSessionTimeoutMinutes": 30,
        "connectionId": connection_id,
        "minWireVersion": 0,
        "maxWireVersion": min(max_wire_version, NEWEST_AUDITED_WIRE_VERSION),
        "readOnly": False,
        "ok": 1.0,
    }
