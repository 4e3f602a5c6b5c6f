"""How much the cache holds, what goes when it is full, and what never does."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from safelight.cache.locks import RecordLocks
from safelight.errors import ObjectTooLargeError
from support.cache_rig import CacheRig
from support.naughty import Answer, Client, naughty_proxy


def test_an_object_larger_than_the_cache_is_refused_before_it_is_written(rig: CacheRig) -> None:
    uri = rig.put("big.bin", bytes(200_000))
    small = rig.put("small.jpg", b"1")
    cache = rig.cache(size_bytes=100_000)
    with pytest.raises(ObjectTooLargeError, match="FIFTYONE_MEDIA_CACHE_SIZE_BYTES"):
        cache.get_local_path(uri)
    report = cache.download([uri, small])
    assert isinstance(report.failures[uri], ObjectTooLargeError)
    assert list(rig.media_files().values()) == [1]


def test_a_full_cache_evicts_the_least_recently_used(rig: CacheRig) -> None:
    uris = rig.put_many(10, size=10_000)
    cache = rig.cache(size_bytes=60_000, low_water=0.5, grace_seconds=0.0)
    for uri in uris[:6]:
        cache.get_local_path(uri)
    cache.get_local_path(uris[0])
    cache.get_local_path(uris[6])
    held = [uri for uri in uris if cache.is_cached(uri)]
    assert uris[0] in held
    assert uris[6] in held
    assert uris[1] not in held
    assert sum(rig.media_files().values()) <= 60_000


def test_a_bulk_download_larger_than_the_cache_keeps_to_the_limit(rig: CacheRig) -> None:
    uris = rig.put_many(40, size=10_000)
    cache = rig.cache(size_bytes=100_000)
    report = cache.download(uris)
    assert report.downloaded == 40
    assert sum(rig.media_files().values()) <= 100_000
    assert cache.stats()["current_size"] == sum(rig.media_files().values())


def test_files_in_use_stay_whatever_is_needed(rig: CacheRig) -> None:
    uris = rig.put_many(12, size=10_000)
    cache = rig.cache(size_bytes=30_000, grace_seconds=60.0)
    paths = cache.get_local_paths(uris)
    assert all(Path(path).exists() for path in paths)


def test_an_update_of_a_file_in_use_does_not_make_it_idle(rig: CacheRig) -> None:
    used, *others = rig.put_many(12, size=10_000)
    cache = rig.cache(size_bytes=60_000, grace_seconds=60.0)
    path = Path(cache.get_local_path(used))
    rig.put("photo-0000.jpg", b"new")
    assert cache.download([used], update=True).downloaded == 1
    cache.download(others)
    assert path.read_bytes() == b"new"


@dataclass(frozen=True)
class Meanwhile:
    """Lets something happen before the answer goes on."""

    action: Callable[[], object]

    def apply(self, answer: Answer, client: Client) -> None:
        self.action()
        client.send_answer(answer)


def test_a_download_that_comes_second_does_not_make_the_first_one_s_file_idle(
    rig: CacheRig, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(RecordLocks, "acquire", lambda *_: True)  # as where locks lie
    used, *others = rig.put_many(12, size=10_000)
    first = rig.cache(size_bytes=60_000, grace_seconds=60.0)
    with naughty_proxy(rig.s3.endpoint_url) as network:
        second = rig.cache(size_bytes=60_000, grace_seconds=60.0, endpoint_url=network.url)
        network.inject(Meanwhile(lambda: first.get_local_path(used)), method="GET", path="0000", times=1)
        second.download([used])
    first.download(others)
    assert Path(first.local_path_of(used)).exists()
    assert len(rig.media_files()) <= 6


def test_pinned_files_stay_in_every_process(rig: CacheRig) -> None:
    uris = rig.put_many(12, size=10_000)
    cache = rig.cache(size_bytes=50_000, grace_seconds=0.0)
    other = rig.cache(size_bytes=50_000, grace_seconds=0.0)
    cache.download(uris[:2])
    with cache.pin(uris[:2]):
        other.download(uris[2:])
        assert all(cache.is_cached(uri) for uri in uris[:2])
    other.download(uris[2:])
    assert not any(cache.is_cached(uri) for uri in uris[:2])


def test_statistics_have_the_documented_keys(rig: CacheRig) -> None:
    uris = rig.put_many(3, size=1000)
    cache = rig.cache(size_bytes=34_359_738_368)
    cache.download(uris[:2])
    stats = cache.stats()
    assert list(stats) == [
        "cache_dir",
        "cache_size",
        "cache_size_str",
        "current_size",
        "current_size_str",
        "current_count",
        "load_factor",
    ]
    assert stats["cache_dir"] == str(rig.directory / "cache")
    assert (stats["cache_size_str"], stats["current_size_str"]) == ("32.0GB", "2.0KB")
    assert (stats["current_size"], stats["current_count"]) == (2000, 2)
    assert stats["load_factor"] == 2000 / 34_359_738_368
    assert cache.stats(uris[1:])["current_count"] == 1


def test_clear_deletes_what_was_asked_for(rig: CacheRig) -> None:
    uris = rig.put_many(3)
    cache = rig.cache()
    cache.download(uris)
    cache.clear(uris[:1])
    assert [cache.is_cached(uri) for uri in uris] == [False, True, True]
    cache.clear()
    assert rig.media_files() == {}
    assert cache.stats()["current_count"] == 0
    cache.download(uris)
    assert len(rig.media_files()) == 3


def test_files_of_others_are_neither_counted_nor_evicted(rig: CacheRig) -> None:
    uris = rig.put_many(10, size=10_000)
    cache = rig.cache(size_bytes=50_000, grace_seconds=0.0)
    cache.download(uris[:1])
    strange = Path(cache.local_path_of(rig.uri("mine.jpg")))
    strange.write_bytes(bytes(20_000))
    outside = rig.directory / "photos"
    outside.mkdir()
    (outside / "keep.jpg").write_bytes(bytes(20_000))
    (strange.parent / "linked").symlink_to(outside)
    (rig.directory / "cache/index.sqlite3").unlink()
    cache.download(uris)
    cache.clear()
    assert strange.exists()
    assert (outside / "keep.jpg").exists()


def test_an_unlimited_cache_keeps_no_books(rig: CacheRig) -> None:
    uris = rig.put_many(3)
    threads = threading.active_count()
    cache = rig.cache(size_bytes=-1)
    cache.download(uris)
    assert cache.stats()["current_count"] == 3
    assert cache.stats()["cache_size"] == -1
    names = {path.name for path in (rig.directory / "cache").iterdir()}
    assert "index.sqlite3" not in names
    assert list((rig.directory / "cache/leases").iterdir()) == []
    assert (
        threading.active_count() - threads <= 9
    )  # the portal and the pool that writes: none of the cache's own
