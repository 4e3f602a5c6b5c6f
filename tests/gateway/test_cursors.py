"""Which cursors a connection has open."""

from __future__ import annotations

from typing import Any

import pytest
from bson import Int64, ObjectId

from safelight.wire import messages
from safelight_server.authz.decision import Account, Forward, OpenCursor, Reach
from safelight_server.gateway.cursors import Cursors

REACH = Reach(frozenset({ObjectId()}))


def reply(cursor_id: int, batch: str = "firstBatch") -> bytes:
    cursor = {batch: [{"id": 5}], "id": Int64(cursor_id), "ns": "fiftyone.samples.1"}
    return messages.build({"cursor": cursor, "ok": 1.0})


def note(cursors: Cursors, command: dict[str, Any], said: bytes) -> None:
    cursors.note(command, Forward(command, Account.READ, reach=REACH), said)


@pytest.fixture
def cursors() -> Cursors:
    opened = Cursors("ada")
    note(opened, {"find": "samples.1"}, reply(41))
    note(opened, {"aggregate": "samples.1"}, reply(2**62))
    return opened


def test_what_is_opened_is_known_with_what_it_reads(cursors: Cursors) -> None:
    assert cursors.get(41) == OpenCursor("ada", "samples.1", Account.READ, REACH)
    assert cursors.get(2**62)
    assert cursors.get(42) is None
    assert len(cursors) == 2


def test_what_is_read_to_its_end_is_forgotten(cursors: Cursors) -> None:
    note(cursors, {"getMore": 41}, reply(41, "nextBatch"))
    assert cursors.get(41)
    note(cursors, {"getMore": 41}, reply(0, "nextBatch"))
    assert cursors.get(41) is None


def test_what_failed_may_be_asked_again(cursors: Cursors) -> None:
    note(cursors, {"getMore": 41}, messages.build({"ok": 0.0, "code": 50}))
    assert cursors.get(41)


def test_what_is_killed_is_forgotten(cursors: Cursors) -> None:
    note(cursors, {"killCursors": "samples.1", "cursors": [41]}, messages.build({"ok": 1.0}))
    assert [cursors.get(41), bool(cursors.get(2**62))] == [None, True]


def test_replies_without_a_cursor_open_none(cursors: Cursors) -> None:
    note(cursors, {"find": "samples.1"}, reply(0))
    note(cursors, {"count": "samples.1"}, messages.build({"n": 4, "ok": 1.0}))
    note(cursors, {"find": "samples.1"}, messages.build({"ok": 0.0, "code": 2}))
    assert len(cursors) == 2


def test_what_is_left_is_closed_at_the_end(cursors: Cursors) -> None:
    assert list(cursors.closing_commands("fiftyone")) == [
        (Account.READ, {"killCursors": "samples.1", "cursors": [41, 2**62], "$db": "fiftyone"})
    ]
