"""What was judged is what is executed."""

from __future__ import annotations

import datetime as dt
import struct
from contextlib import suppress
from typing import Any

import bson
import pytest
from bson.dbref import DBRef
from bson.son import SON
from hypothesis import given
from hypothesis import strategies as st

from safelight.errors import WireProtocolError
from safelight.wire.documents import decode, decode_all, encode
from safelight.wire.scan import find_int
from support.bson_values import DOCUMENTS, VALUES


def doubled(first: dict[str, Any], second: dict[str, Any]) -> bytes:
    """One document with the elements of both."""
    elements = bson.encode(first)[4:-1] + bson.encode(second)[4:-1]
    return struct.pack("<i", len(elements) + 5) + elements + b"\0"


@given(DOCUMENTS)
def test_encoding_again_changes_nothing(document: dict[str, Any]) -> None:
    data = bson.encode(document)
    assert encode(decode(data)) == data


def test_a_doubled_key_does_not_survive() -> None:
    data = doubled({"$set": {"tags": []}}, {"$set": {"filepath": "/etc/passwd"}})
    assert encode(decode(data)) == bson.encode({"$set": {"filepath": "/etc/passwd"}})


def test_a_reference_hides_nothing() -> None:
    hidden = SON([("$ref", "c"), ("$id", {"$function": {"body": "x"}}), ("more", {"$where": "1"})])
    document = decode(bson.encode({"q": [hidden]}))
    assert document == {"q": [{"$ref": "c", "$id": {"$function": {"body": "x"}}, "more": {"$where": "1"}}]}
    assert encode(document) == bson.encode(
        {"q": [DBRef("c", {"$function": {"body": "x"}}, more={"$where": "1"})]}
    )
    assert decode_all(bson.encode({"q": hidden}))[0] == {"q": document["q"][0]}


def test_a_symbol_becomes_a_string() -> None:
    data = bson.encode({"find": "samples"}).replace(b"\x02find", b"\x0efind")
    assert encode(decode(data)) == bson.encode({"find": "samples"})


def test_dates_beyond_python_survive() -> None:
    data = b"\x12\0\0\0\x09when\0" + struct.pack("<q", 2**60) + b"\0"
    data = struct.pack("<i", len(data)) + data[4:]
    assert encode(decode(data)) == data
    moment = dt.datetime(2026, 1, 1)  # noqa: DTZ001 - BSON's are naive
    assert decode(bson.encode({"when": moment}))["when"] == moment


def nested(depth: int) -> bytes:
    document = b"\x05\0\0\0\0"
    for _ in range(depth):
        document = struct.pack("<i", len(document) + 8) + b"\x03a\0" + document + b"\0"
    return document


@pytest.mark.parametrize("depth", [300, 3_000, 100_000])
def test_deep_documents_are_decoded_or_refused_but_crash_nothing(depth: int) -> None:
    try:
        encode(decode(nested(depth)))
    except WireProtocolError:
        assert depth > 300
    reference = nested(depth).replace(b"\x05\0\0\0\0", bson.encode(SON([("$ref", "c"), ("$id", 1)])))
    with pytest.raises(WireProtocolError):
        decode(reference)  # its lengths are wrong by now


@given(st.binary(max_size=200))
def test_anything_is_a_document_or_an_error(data: bytes) -> None:
    for read in (decode, decode_all, lambda raw: find_int(raw, "cursor", "id")):
        with suppress(WireProtocolError):
            read(data)


@given(DOCUMENTS, st.integers(-(2**63), 2**63 - 1), st.lists(VALUES, max_size=3))
def test_a_number_is_found_behind_anything(before: dict[str, Any], number: int, batch: list[Any]) -> None:
    before.pop("cursor", None)
    document = {**before, "cursor": {"firstBatch": batch, "id": bson.Int64(number)}, "ok": 1.0}
    data = bson.encode(document)
    assert find_int(data, "cursor", "id") == number
    assert find_int(data, "ok") == 1
    assert find_int(data, "cursor", "nothing") is None
    assert find_int(data, "ok", "deeper") is None
    assert find_int(data, "cursor") is None


def test_a_name_ends_inside_of_its_document() -> None:
    cut_off = b"\x08\0\0\0" + b"\x10id" + b"\0"  # the document's last byte is no end of a name
    with pytest.raises(WireProtocolError, match="not a BSON document"):
        find_int(cut_off + b"\x07\0\0\0\0", "id")
