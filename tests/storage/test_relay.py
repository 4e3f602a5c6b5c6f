"""Copies from one store to another through this machine."""

from __future__ import annotations

import hashlib
import tracemalloc
from dataclasses import replace
from pathlib import Path

import pytest

from safelight.errors import IntegrityError, ObjectChangedError, ObjectNotFoundError
from safelight.storage.relay import PART, Located, relay
from safelight.storage.uri import ObjectURI
from support.naughty import Lie, Naughty, Retag, Status, Truncate
from support.stores import QUICK, Rig

LARGE = hashlib.sha512(b"relay").digest() * (3 * PART // 64 + 1000)


def located(rig: Rig, key: str) -> Located:
    return Located(rig.store, rig.uri(key))


@pytest.fixture
def source(s3_rig: Rig) -> Rig:
    return s3_rig


@pytest.fixture
def target(local_rig: Rig) -> Rig:
    return local_rig


@pytest.mark.parametrize("size", [0, 1, PART, PART + 1, len(LARGE)])
def test_every_size_arrives(source: Rig, target: Rig, size: int) -> None:
    body = LARGE[:size]
    source.fill("a.bin", body)
    written = source.run(relay(located(source, "a.bin"), located(target, "b.bin")))
    assert written.size == size
    assert target.read("b.bin") == body
    back = source.run(relay(located(target, "b.bin"), located(source, "c.bin")))
    assert back.size == size
    assert source.read("c.bin") == body


def test_the_content_type_goes_with_it(naughty_rig: Rig, places: object) -> None:
    naughty_rig.fill("a.png", b"x")
    naughty_rig.run(relay(located(naughty_rig, "a.png"), located(naughty_rig, "b")))
    assert naughty_rig.run(naughty_rig.store.head(naughty_rig.uri("b"))).content_type == "image/png"


@pytest.mark.parametrize("fault", [Truncate(1000), Status(503, "SlowDown"), Lie(10)], ids=repr)
def test_a_broken_part_is_read_again(naughty: Naughty, naughty_rig: Rig, target: Rig, fault: object) -> None:
    naughty_rig.fill("a.bin", LARGE)
    naughty.inject(fault, times=2, skip=1)  # type: ignore[arg-type]  # every fault
    naughty_rig.run(relay(located(naughty_rig, "a.bin"), located(target, "b.bin"), retry=QUICK))
    assert target.read("b.bin") == LARGE


def test_an_object_that_is_replaced_meanwhile_is_not_mixed(
    naughty: Naughty, naughty_rig: Rig, target: Rig
) -> None:
    naughty_rig.fill("a.bin", LARGE)
    naughty.inject(Retag('"0123"'), times=10, skip=2)
    with pytest.raises((ObjectChangedError, IntegrityError)):
        naughty_rig.run(relay(located(naughty_rig, "a.bin"), located(target, "b.bin"), retry=QUICK))
    assert target.keys() == []


def test_from_the_web(http_rig: Rig, target: Rig) -> None:
    uri = http_rig.fill("a.bin", LARGE)
    http_rig.run(relay(Located(http_rig.store, uri), located(target, "b.bin")))
    assert target.read("b.bin") == LARGE


def test_what_is_not_there(source: Rig, target: Rig) -> None:
    with pytest.raises(ObjectNotFoundError, match="missing"):
        source.run(relay(located(source, "missing"), located(target, "b.bin")))
    assert target.keys() == []


def test_memory_is_a_few_parts(local_rig: Rig, tmp_path: Path) -> None:
    big = local_rig.uri("big.bin")
    Path(big.key).parent.mkdir(parents=True, exist_ok=True)
    with Path(big.key).open("wb") as file:
        file.truncate(40 * PART)
    tracemalloc.start()
    try:
        local_rig.run(relay(Located(local_rig.store, big), located(local_rig, "copy.bin")))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 6 * PART, "the object is 40 parts"


def test_bytes_that_do_not_fit_the_md5_are_not_written(target: Rig, tmp_path: Path) -> None:
    class Lying:
        """A store that vouches for another MD5."""

        def __init__(self, rig: Rig) -> None:
            self._store = rig.store

        ranged = True

        async def get(self, uri: ObjectURI) -> object:
            reader = await self._store.get(uri)
            reader.info = replace(reader.info, md5=b"0" * 16)  # type: ignore[misc]  # the point of the test
            return reader

        async def vouches_for(self, info: object) -> bool:
            return True

    target.fill("a.bin", b"bytes")
    lying = Located(Lying(target), target.uri("a.bin"))  # type: ignore[arg-type]  # as much of a store as is used
    with pytest.raises(IntegrityError, match="MD5"):
        target.run(relay(lying, located(target, "b.bin"), retry=QUICK))
    assert target.keys() == ["a.bin"]
