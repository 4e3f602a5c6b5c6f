"""What ends up in the cache when the network or the store misbehaves: the whole object or nothing."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from safelight.errors import (
    AccessDeniedError,
    IntegrityError,
    StorageError,
    StoreUnavailableError,
)
from support.cache_rig import CacheRig, content_of
from support.naughty import Corrupt, Fault, HangUp, Lie, Naughty, Status, Truncate, naughty_proxy

SIZE = 50_000


@pytest.fixture
def naughty(rig: CacheRig) -> Iterator[Naughty]:
    with naughty_proxy(rig.s3.endpoint_url) as naughty:
        yield naughty


FAULTS: list[tuple[Fault, type[StorageError]]] = [
    (Truncate(1000), StorageError),
    (Truncate(0), StorageError),
    (Lie(-10), IntegrityError),
    (Lie(10), StorageError),
    (Corrupt(7), IntegrityError),
    (HangUp(), StoreUnavailableError),
    (Status(503, "SlowDown"), StoreUnavailableError),
    (Status(500, "InternalError"), StoreUnavailableError),
    (Status(403, "AccessDenied"), AccessDeniedError),
]


@pytest.mark.parametrize(("fault", "error"), FAULTS, ids=lambda value: repr(value)[:24])
def test_a_fault_that_stays_is_an_error_that_names_the_object(
    rig: CacheRig, naughty: Naughty, fault: Fault, error: type[StorageError]
) -> None:
    uri = rig.put("photo.jpg", content_of("photo.jpg", SIZE))
    cache = rig.cache(endpoint_url=naughty.url)
    naughty.inject(fault, method="GET", path="photo")
    with pytest.raises(error, match=rf"{rig.bucket}/{rig.folder}/photo\.jpg"):
        cache.get_local_path(uri)
    assert rig.media_files() == {}
    naughty.behave()
    assert Path(cache.get_local_path(uri)).read_bytes() == content_of("photo.jpg", SIZE)


@pytest.mark.parametrize("fault", [Truncate(1000), HangUp(), Status(503, "SlowDown"), Corrupt(7)], ids=repr)
def test_a_fault_that_passes_is_not_noticed(rig: CacheRig, naughty: Naughty, fault: Fault) -> None:
    uri = rig.put("photo.jpg", content_of("photo.jpg", SIZE))
    naughty.inject(fault, method="GET", path="photo", times=1)
    path = rig.cache(endpoint_url=naughty.url).get_local_path(uri)
    assert Path(path).read_bytes() == content_of("photo.jpg", SIZE)


def test_in_a_storm_of_503_the_rest_arrives(rig: CacheRig, naughty: Naughty) -> None:
    uris = rig.put_many(20, size=SIZE)
    naughty.inject(Status(503, "SlowDown"), path=r"photo-000[0-4]")
    naughty.inject(Status(503, "SlowDown"), path=r"photo-001", times=10)
    cache = rig.cache(endpoint_url=naughty.url, attempts=4)
    report = cache.download(uris)
    assert set(report.failures) == set(uris[:5])
    assert report.downloaded == 15
    naughty.behave()
    assert cache.download(uris).downloaded == 5
    for uri in uris:
        assert Path(cache.get_local_path(uri)).read_bytes() == content_of(uri.rpartition("/")[2], SIZE)


def test_an_update_that_fails_keeps_the_copy_that_is_there(rig: CacheRig, naughty: Naughty) -> None:
    uri = rig.put("photo.jpg", b"old")
    cache = rig.cache(endpoint_url=naughty.url)
    path = Path(cache.get_local_path(uri))
    rig.put("photo.jpg", b"new pixels")
    naughty.inject(Truncate(3), method="GET", path="photo")
    assert list(cache.download([uri], update=True).failures) == [uri]
    assert path.read_bytes() == b"old"
    naughty.behave()
    assert cache.download([uri], update=True).downloaded == 1
    assert path.read_bytes() == b"new pixels"
