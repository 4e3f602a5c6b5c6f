"""Hand-made messages through a real server: what no driver would send gets nothing, and breaks nothing."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from typing import Any

import bson
import pytest
from bson import ObjectId

from support.two_users import MARKER, Stage, decoded, message


@pytest.fixture(autouse=True)
def _unharmed(stage: Stage) -> Iterator[None]:
    before = stage.fingerprint()
    yield
    assert stage.fingerprint() == before
    assert stage.eve.database.client["admin"].command("ping")["ok"] == 1
    assert stage.around.command("ping")["ok"] == 1


def body(document: dict[str, Any] | bytes) -> bytes:
    return b"\0" + (document if isinstance(document, bytes) else bson.encode(document))


def sequence(name: str, *documents: dict[str, Any] | bytes) -> bytes:
    content = name.encode() + b"\0"
    content += b"".join(each if isinstance(each, bytes) else bson.encode(each) for each in documents)
    return b"\1" + struct.pack("<i", 4 + len(content)) + content


def doubled(document: dict[str, Any], *more: dict[str, Any]) -> bytes:
    """A document that holds the fields of all of these, whatever their names."""
    elements = b"".join(bson.encode(each)[4:-1] for each in (document, *more))
    return struct.pack("<i", len(elements) + 5) + elements + b"\0"


def embedded(name: str, raw: bytes, *, kind: bytes = b"\x03") -> bytes:
    """The bytes of a document with one field, that holds a raw document (or array)."""
    element = kind + name.encode() + b"\0" + raw
    return struct.pack("<i", len(element) + 5) + element + b"\0"


HELLO = message(body({"hello": 1, "loadBalanced": True, "$db": "admin"}))


def answers(stage: Stage, *sections: bytes, **options: Any) -> list[dict[str, Any]]:
    """What Eve is told after the handshake; nothing of it is the secret."""
    hello, *rest = stage.eve.raw(HELLO, message(*sections, **options))
    assert decoded(hello)["ok"] == 1
    assert not any(MARKER.encode() in each for each in rest)
    return [decoded(each) for each in rest]


def refused(found: list[dict[str, Any]]) -> bool:
    return not found or found[0]["ok"] == 0


def test_a_well_formed_message_is_answered(stage: Stage) -> None:
    own = f"samples.{stage.own['VIEW']}"
    (found,) = answers(stage, body({"count": own, "$db": stage.around.name}))
    assert found["n"] == 2


def test_a_doubled_target_of_a_join_neither_aborts_the_database_nor_reads_the_first(stage: Stage) -> None:
    own, secret = f"samples.{stage.own['MANAGE']}", f"samples.{stage.secret}"
    for first, second in ((secret, own), (own, secret), (own, own)):
        lookup = doubled({"from": first}, {"from": second, "pipeline": [], "as": "x"})
        for name in ("$lookup", "$graphLookup"):
            pipeline = embedded("0", embedded(name, lookup))
            command = bson.encode({"aggregate": own, "cursor": {}, "$db": stage.around.name})
            raw = command[4:-1] + b"\x04pipeline\0" + pipeline
            whole = struct.pack("<i", len(raw) + 5) + raw + b"\0"
            found = answers(stage, body(whole))
            assert refused(found) == (second == secret or name == "$graphLookup")


def test_a_doubled_command_is_the_last_one_and_judged(stage: Stage) -> None:
    own, secret = f"samples.{stage.own['MANAGE']}", f"samples.{stage.secret}"
    rest = {"$db": stage.around.name}
    assert refused(answers(stage, body(doubled({"find": own}, {"find": secret}, rest))))
    answers(stage, body(doubled({"find": secret}, {"find": own}, rest)))
    answers(stage, body(doubled({"find": own}, {"$db": "admin"}, rest)))
    assert refused(answers(stage, body(doubled({"find": own}, rest, {"$db": "admin"}))))


def test_a_doubled_operator_does_not_hide_an_edit_from_who_may_only_tag(stage: Stage) -> None:
    samples = f"samples.{stage.own['TAG']}"
    one = stage.around[samples].find_one()
    assert one
    tagging, editing = {"$set": {"tags": ["x"]}}, {"$set": {"label": "stolen"}}
    for first, second in ((editing, tagging), (tagging, editing)):
        statement = embedded("u", doubled(first, second))[4:-1]
        raw = bson.encode({"q": {"_id": one["_id"]}, "multi": False})[4:-1] + statement
        update = struct.pack("<i", len(raw) + 5) + raw + b"\0"
        command = {"update": samples, "$db": stage.around.name}
        answers(stage, body(command), sequence("updates", update))
        listed = {**command, "updates": [bson.decode(update)]}
        answers(stage, body(listed))
    kept = stage.around[samples].find_one({"_id": one["_id"]})
    assert kept
    assert kept["label"] == one["label"]


def test_a_doubled_dataset_id_in_a_row_is_the_one_that_was_judged(stage: Stage) -> None:
    for first, second in ((stage.secret, stage.own["EDIT"]), (stage.own["EDIT"], stage.secret)):
        row = doubled({"_id": ObjectId(), "_dataset_id": first}, {"_dataset_id": second, "tag": "x"})
        answers(stage, body({"insert": "tags", "$db": stage.around.name}), sequence("documents", row))
    assert stage.around["tags"].count_documents({"_dataset_id": stage.secret}) == 1


def test_sections_that_do_not_belong_together_are_refused(stage: Stage) -> None:
    own = f"samples.{stage.own['MANAGE']}"
    find = {"find": own, "$db": stage.around.name}
    insert = {"insert": own, "$db": stage.around.name}
    for sections in (
        (body(find), body(find)),
        (sequence("documents", {"a": 1}),),
        (body(find), sequence("filter", {})),
        (body(insert), sequence("documents", {"a": 1}), sequence("documents", {"a": 1})),
        (body({**insert, "documents": []}), sequence("documents", {"a": 1})),
        (body(insert), sequence("updates", {"a": 1})),
        (b"\2" + bson.encode(find),),
        (body(find) + b"\0",),
        (),
    ):
        assert refused(answers(stage, *sections))


@pytest.mark.parametrize("opcode", [1, 1000, 2001, 2002, 2004, 2005, 2006, 2007, 2010, 2012, 0, -1, 9999])
def test_other_opcodes_are_refused(stage: Stage, opcode: int) -> None:
    name = f"{stage.around.name}.samples.{stage.secret}".encode() + b"\0"
    query = struct.pack("<i", 0) + name + struct.pack("<ii", 0, -1) + bson.encode({})
    assert answers(stage, query, opcode=opcode) == []


def test_compressed_messages_are_refused(stage: Stage) -> None:
    plain = struct.pack("<I", 0) + body({"find": f"samples.{stage.own['VIEW']}", "$db": stage.around.name})
    for compressor, content in ((0, plain), (2, zlib.compress(plain)), (9, b"x")):
        compressed = struct.pack("<iiB", 2013, len(plain), compressor) + content
        header = struct.pack("<iiii", 16 + len(compressed), 7, 0, 2012)
        assert len(stage.eve.raw(HELLO, header + compressed)) == 1


@pytest.mark.parametrize("flags", [4, 8, 1 << 15, 1 << 17, 1 << 31, 0xFFFFFFFF])
def test_unknown_flags_are_refused_or_mean_nothing(stage: Stage, flags: int) -> None:
    found = answers(stage, body({"find": f"samples.{stage.secret}", "$db": stage.around.name}), flags=flags)
    assert refused(found)


def test_lengths_that_lie_end_the_connection(stage: Stage) -> None:
    whole = message(body({"ping": 1, "$db": "admin"}))
    for length in (0, 1, 15, 20, len(whole) - 1, len(whole) + 1, 1 << 30, -1, -(1 << 31)):
        lying = struct.pack("<i", length) + whole[4:]
        assert len(stage.eve.raw(HELLO, lying)) == 1


def test_deep_documents_are_refused(stage: Stage) -> None:
    own = f"samples.{stage.own['MANAGE']}"
    for depth in (150, 250, 2_000, 20_000):
        raw = b"\5\0\0\0\0"
        for _ in range(depth):
            raw = embedded("a", raw)
        command = bson.encode({"find": own, "$db": stage.around.name})[4:-1] + b"\x03filter\0" + raw
        found = answers(stage, body(struct.pack("<i", len(command) + 5) + command + b"\0"))
        assert refused(found) or depth < 200


def test_a_huge_message_is_refused_before_it_is_read(stage: Stage) -> None:
    header = struct.pack("<iiii", 48_000_000, 7, 0, 2013)
    assert len(stage.eve.raw(HELLO, header + b"\0" * 100_000)) == 1


def test_authentication_of_ones_own_is_refused(stage: Stage) -> None:
    for command in (
        {"saslStart": 1, "mechanism": "SCRAM-SHA-256", "payload": b"n,,n=admin,r=x", "$db": "admin"},
        {"authenticate": 1, "mechanism": "MONGODB-X509", "$db": "$external"},
        {"logout": 1, "$db": "admin"},
        {"hello": 1, "speculativeAuthenticate": {"saslStart": 1}, "$db": "admin"},
    ):
        found = answers(stage, body(command))
        assert refused(found) or "speculativeAuthenticate" not in found[0]
