"""The cursors that one connection has open.

A driver in load-balanced mode asks for the rest of a cursor on the connection that opened it, so each
connection keeps its own table, and whoever is not in it is somebody else's. What is left when the connection
ends is closed at MongoDB, too.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Any, Final

from bson import Int64

from safelight.errors import WireProtocolError
from safelight.wire.scan import find_int, find_text
from safelight_server.authz.decision import Account, Forward, OpenCursor
from safelight_server.gateway.backend.backend import BODY_OFFSET

_MOST_OPEN: Final = 1_000
_OPENING: Final = frozenset({"find", "aggregate", "listCollections", "listIndexes"})


class Cursors:
    """The table of one connection.

    Args:
        owner: id of the principal
    """

    def __init__(self, owner: str) -> None:
        self._owner = owner
        self._open: dict[int, OpenCursor] = {}

    def __len__(self) -> int:
        return len(self._open)

    def get(self, cursor_id: int) -> OpenCursor | None:
        """The cursor of this id, if this connection opened it and it is not exhausted."""
        return self._open.get(cursor_id)

    @property
    def is_full(self) -> bool:
        """Whether no more may be opened."""
        return len(self._open) >= _MOST_OPEN

    def note(self, command: dict[str, Any], forward: Forward, reply: bytes | bytearray) -> None:
        """Take in what a reply of MongoDB says about cursors.

        Args:
            command: as it was sent
            forward: the decision behind it
            reply: the whole message
        """
        name = next(iter(command))
        if name == "killCursors":
            for cursor_id in command["cursors"]:
                self._open.pop(cursor_id, None)
        elif name == "getMore" and find_int(reply, "cursor", "id", start=BODY_OFFSET) == 0:
            self._open.pop(command["getMore"], None)
        elif name in _OPENING and (cursor_id := find_int(reply, "cursor", "id", start=BODY_OFFSET)):
            self._open[cursor_id] = OpenCursor(
                owner=self._owner,
                collection=_collection(reply),
                account=forward.account,
                reach=forward.reach,
            )

    def closing_commands(self, database: str) -> Iterator[tuple[Account, dict[str, Any]]]:
        """What to send to MongoDB so that nothing stays open."""
        grouped: dict[tuple[Account, str], list[Int64]] = defaultdict(list)
        for cursor_id, cursor in self._open.items():
            grouped[cursor.account, cursor.collection].append(Int64(cursor_id))
        for (account, collection), ids in grouped.items():
            yield account, {"killCursors": collection, "cursors": ids, "$db": database}


def _collection(reply: bytes | bytearray) -> str:
    namespace = find_text(reply, "cursor", "ns", start=BODY_OFFSET)
    if namespace is None:
        raise WireProtocolError("MongoDB opened a cursor without a name")
    return namespace.partition(".")[2]
