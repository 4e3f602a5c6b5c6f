"""Bulk downloads: threads take what is simple, the event loop what is not, and the outcome is the same."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest

from safelight.cache import bulk
from safelight.cache import download as downloading
from safelight.errors import IntegrityError, StoreUnavailableError
from support.cache_rig import CacheRig, content_of
from support.naughty import Corrupt, Fault, HangUp, Naughty, Stall, Status, Truncate, naughty_proxy

SIZE = 50_000


@pytest.fixture
def naughty(rig: CacheRig) -> Iterator[Naughty]:
    with naughty_proxy(rig.s3.endpoint_url) as naughty:
        yield naughty


def portals() -> int:
    """How many event loops of ours run."""
    return sum(thread.name == "safelight-portal" for thread in threading.enumerate())


def test_what_is_over_before_anybody_looks_counts(rig: CacheRig, monkeypatch: pytest.MonkeyPatch) -> None:
    class Prompt(threading.Thread):
        def start(self) -> None:
            super().start()
            self.join()

    uris = rig.put_many(3)
    monkeypatch.setattr(bulk, "threading", SimpleNamespace(Thread=Prompt))
    assert rig.cache().download(uris).downloaded == 3


def test_what_is_simple_needs_no_event_loop(rig: CacheRig) -> None:
    uris = rig.put_many(40, size=SIZE)
    running = portals()
    assert rig.cache().download(uris).downloaded == 40
    assert portals() == running


@pytest.mark.parametrize("size", [0, 1, 1 << 20, (1 << 20) + 1, 5_000_001])
def test_every_size_arrives_whole(rig: CacheRig, size: int) -> None:
    uri = rig.put("a.bin", content_of("a.bin", size))
    cache = rig.cache()
    assert cache.download([uri]).bytes == size
    assert Path(cache.local_path_of(uri)).read_bytes() == content_of("a.bin", size)
    assert cache.verify() == []


def test_large_objects_are_left_to_the_event_loop(rig: CacheRig, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(downloading, "LARGE", 2_000_000)
    rig.put("large.bin", content_of("large.bin", 3_000_000))
    rig.put("small.bin", content_of("small.bin", SIZE))
    cache = rig.cache()
    running = portals()
    report = cache.download([rig.uri("large.bin"), rig.uri("small.bin")])
    assert (report.downloaded, report.bytes) == (2, 3_000_000 + SIZE)
    assert portals() == running + 1
    assert Path(cache.local_path_of(rig.uri("large.bin"))).read_bytes() == content_of("large.bin", 3_000_000)


def test_keys_for_the_sdk_come_with_the_others(rig: CacheRig) -> None:
    uris = [rig.put("plain.bin", b"plain"), rig.put("tab\there.bin", b"odd")]
    cache = rig.cache()
    assert cache.download(uris).downloaded == 2
    assert [Path(path).read_bytes() for path in cache.get_local_paths(uris)] == [b"plain", b"odd"]


@pytest.mark.parametrize("fault", [Truncate(1000), Truncate(0), HangUp(), Corrupt(7)], ids=repr)
def test_faults_that_pass_are_not_noticed(rig: CacheRig, naughty: Naughty, fault: Fault) -> None:
    uris = rig.put_many(10, size=SIZE)
    naughty.inject(fault, method="GET", path="photo", times=5)
    cache = rig.cache(endpoint_url=naughty.url)
    report = cache.download(uris)
    assert (report.downloaded, report.failures) == (10, {})
    for uri in uris:
        assert Path(cache.local_path_of(uri)).read_bytes() == content_of(uri.rpartition("/")[2], SIZE)


@pytest.mark.parametrize(
    ("fault", "error"), [(Corrupt(7), IntegrityError), (Status(503, "SlowDown"), StoreUnavailableError)]
)
def test_faults_that_stay_are_failures_of_their_objects_only(
    rig: CacheRig, naughty: Naughty, fault: Fault, error: type[Exception]
) -> None:
    uris = rig.put_many(6, size=SIZE)
    naughty.inject(fault, method="GET", path="photo-0003")
    report = rig.cache(endpoint_url=naughty.url).download(uris)
    assert list(report.failures) == [uris[3]]
    assert isinstance(report.failures[uris[3]], error)
    assert report.downloaded == 5
    assert len(rig.media_files()) == 5


def test_an_interrupt_does_not_wait_for_a_store_that_is_silent(rig: CacheRig, naughty: Naughty) -> None:
    uris = rig.put_many(20, size=SIZE)
    naughty.inject(Stall(-1, 4.0), method="GET", path="photo")
    cache = rig.cache(endpoint_url=naughty.url, attempts=1)
    threading.Timer(0.5, os.kill, (os.getpid(), signal.SIGINT)).start()
    with pytest.raises(KeyboardInterrupt):
        cache.download(uris)
    workers = [thread for thread in threading.enumerate() if thread.name == "safelight-download"]
    assert workers  # they still wait for the store
    naughty.behave()
    for worker in workers:
        worker.join()
    # A request that was sent late may have been answered after all.
    assert not [name for name in rig.media_files() if ".safelight-" in name]
    report = cache.download(uris)
    assert (report.done, report.failures) == (20, {})


def test_an_exception_of_the_progress_callback_ends_the_job(rig: CacheRig) -> None:
    uris = rig.put_many(30)

    def refuse(_state: object) -> None:
        raise ZeroDivisionError

    cache = rig.cache()
    with pytest.raises(ZeroDivisionError):
        cache.download(uris, progress=refuse)
    assert not [name for name in rig.media_files() if ".safelight-" in name]


def test_bulk_jobs_at_the_same_time_download_each_object_once(rig: CacheRig) -> None:
    uris = rig.put_many(60, size=SIZE)
    cache = rig.cache()
    reports = []
    threads = [threading.Thread(target=lambda: reports.append(cache.download(uris))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(report.downloaded for report in reports) == 60
    assert [report.done for report in reports] == [60] * 4
