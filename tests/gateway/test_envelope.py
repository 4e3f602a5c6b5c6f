"""Sessions and transactions around a command."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from bson import Binary, Int64
from hypothesis import given
from hypothesis import strategies as st

from safelight.errors import WireProtocolError
from safelight_server.gateway.envelope import Envelope, rename_session

SESSION = {"id": Binary.from_uuid(uuid.UUID(int=7))}


@given(st.uuids(), st.text(min_size=1), st.text(min_size=1))
def test_a_session_has_another_name_for_each_principal(session: uuid.UUID, one: str, other: str) -> None:
    lsid = {"id": Binary.from_uuid(session)}
    assert rename_session(lsid, one) == rename_session(lsid, one), "retried writes must find it again"
    assert rename_session(lsid, one) != lsid
    assert (rename_session(lsid, one) == rename_session(lsid, other)) is (one == other)
    assert len(rename_session(lsid, one)["id"]) == 16


def test_what_is_taken_off_is_put_back() -> None:
    body = {
        "insert": "samples.1",
        "lsid": SESSION,
        "txnNumber": Int64(3),
        "startTransaction": True,
        "autocommit": False,
        "$clusterTime": {"clusterTime": 1},
        "$readPreference": {"mode": "secondary"},
    }
    envelope = Envelope.take_off(body, "ada")
    assert body == {"insert": "samples.1"}
    assert envelope.in_transaction
    assert envelope.put_back(body, "fiftyone") == {
        "insert": "samples.1",
        "$db": "fiftyone",
        "lsid": rename_session(SESSION, "ada"),
        "txnNumber": Int64(3),
        "startTransaction": True,
        "autocommit": False,
    }


@pytest.mark.parametrize(
    "fields",
    [
        {"lsid": 1},
        {"lsid": {}},
        {"lsid": {"id": b"0123456789abcdef"}},
        {"lsid": {"id": Binary(b"0123", 4)}},
        {"lsid": {**SESSION, "uid": b"somebody else"}},
        {"txnNumber": 3},
        {"autocommit": True},
        {"startTransaction": False},
    ],
)
def test_what_no_driver_sends_is_refused(fields: dict[str, Any]) -> None:
    with pytest.raises(WireProtocolError):
        Envelope.take_off({"ping": 1, **fields}, "ada")
