"""Object names as people choose them: whatever the store takes arrives whole, the rest is refused by name."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from safelight.errors import ObjectNotFoundError, StorageError, UnsupportedOperationError
from safelight.storage import transfer
from support.odd_names import NO_PATHS, PLAIN_NAMES, UNCARRIED
from support.stores import Rig


def carried(rig: Rig) -> list[str]:
    """The names that the store's client takes."""
    return [name for name in PLAIN_NAMES if name not in UNCARRIED.get(rig.name, ())]


def refuses_by_name(rig: Rig) -> None:
    for name in UNCARRIED.get(rig.name, ()):
        with pytest.raises(UnsupportedOperationError, match=re.escape(name)):
            rig.read(f"odd/{name}")


def test_hostile_names_everywhere(readable: Rig, tmp_path: Path) -> None:
    refuses_by_name(readable)
    for name in carried(readable):
        uri = readable.fill(f"odd/{name}", name.encode())
        assert readable.read(f"odd/{name}") == name.encode()
        assert readable.run(readable.store.head(uri)).size == len(name.encode())
        readable.run(transfer.download(readable.store, uri, tmp_path / "t"))
        assert (tmp_path / "t").read_bytes() == name.encode()


def test_hostile_names_are_listed_copied_and_deleted(writable: Rig) -> None:
    names = carried(writable)
    uris = [writable.fill(f"odd/{name}", name.encode()) for name in names]
    assert sorted(writable.keys()) == sorted(f"odd/{name}" for name in names)
    for number, uri in enumerate(uris):
        writable.run(writable.store.copy(uri, writable.uri(f"copy/{number}")))
        assert writable.read(f"copy/{number}") == names[number].encode()
    writable.run(writable.store.delete(uris))
    left = writable.keys()
    assert not [key for key in left if key.startswith("odd/")]


def test_names_that_are_no_paths(s3_rig: Rig) -> None:
    for name in NO_PATHS[s3_rig.name]:
        s3_rig.fill(name, name.encode())
        assert s3_rig.read(name) == name.encode()
        assert s3_rig.run(s3_rig.store.get_range(s3_rig.uri(name), 0, 4))[0] == name.encode()[:4]
        if s3_rig.name == "moto":
            assert name in s3_rig.keys()  # noqa: SIM118 - not a dictionary
        s3_rig.run(s3_rig.store.copy(s3_rig.uri(name), s3_rig.uri("copied")))
        assert s3_rig.read("copied") == name.encode()
        s3_rig.run(s3_rig.store.delete([s3_rig.uri(name)]))
        with pytest.raises(ObjectNotFoundError):
            s3_rig.run(s3_rig.store.head(s3_rig.uri(name)))


def test_names_that_the_store_refuses(s3_rig: Rig) -> None:
    if s3_rig.name == "moto":
        return  # moto refuses none
    for name in ("n" * 1100, "up/../down.jpg", "here/./there.jpg"):
        with pytest.raises(StorageError, match=r"nnnnn|\.\./|/\./"):
            s3_rig.fill(name, b"x")
