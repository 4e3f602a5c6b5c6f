from __future__ import annotations

import logging
import os
import shutil
import stat
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from safelight.errors import (
    BucketNotFoundError,
    CacheError,
    DownloadError,
    ObjectNotFoundError,
)
from support.cache_rig import CacheRig, content_of


def test_a_local_path_is_its_own_local_path(rig: CacheRig) -> None:
    cache = rig.cache()
    assert cache.get_local_path("/data/a.jpg") == "/data/a.jpg"
    assert cache.is_cached("/data/a.jpg")
    assert not (rig.directory / "cache").exists()


def test_an_object_is_downloaded_once_and_found_again(rig: CacheRig) -> None:
    uri = rig.put("images/a.jpg", b"pixels")
    cache = rig.cache()
    assert not cache.is_cached(uri)
    path = cache.get_local_path(uri)
    assert path == str(rig.directory / "cache/media/s3" / rig.bucket / rig.folder / "images/a.jpg")
    assert Path(path).read_bytes() == b"pixels"
    rig.delete("images/a.jpg")
    assert cache.get_local_path(uri) == path
    assert rig.cache().get_local_path(uri) == path
    assert cache.is_cached(uri)


def test_without_download_it_only_says_where_the_file_would_be(rig: CacheRig) -> None:
    cache = rig.cache()
    path = cache.get_local_path(rig.uri("a.jpg"), download=False)
    assert path == cache.local_path_of(rig.uri("a.jpg"))
    assert not Path(path).exists()


@pytest.mark.parametrize(
    "key", ["a b.jpg", "ä+%20#?.jpg", "a~b.jpg", "folder.d/no-extension", "dots/a...jpg", "empty.bin"]
)
def test_every_key_arrives_whole(rig: CacheRig, key: str) -> None:
    content = b"" if key == "empty.bin" else content_of(key, 5000)
    uri = rig.put(key, content)
    path = rig.cache().get_local_path(uri)
    assert Path(path).read_bytes() == content
    assert Path(path).is_relative_to(rig.directory / "cache/media")


def test_a_key_that_is_also_a_prefix_of_others(rig: CacheRig) -> None:
    cache = rig.cache()
    # Straight into the cache: not every store can hold both, but S3 can.
    local = rig.directory / "file"
    for key in ("a", "a/b", "a.jpg", "a.jpg/b"):
        local.write_text(key)
        cache.add(rig.uri(key), local)
    assert [
        Path(cache.get_local_path(rig.uri(key))).read_text() for key in ("a", "a/b", "a.jpg", "a.jpg/b")
    ] == [
        "a",
        "a/b",
        "a.jpg",
        "a.jpg/b",
    ]


def test_local_paths_come_in_order_with_local_ones_between(rig: CacheRig) -> None:
    uris = rig.put_many(3)
    cache = rig.cache()
    paths = cache.get_local_paths([uris[2], "/local.jpg", uris[0], uris[2]])
    assert paths == [cache.local_path_of(uris[2]), "/local.jpg", cache.local_path_of(uris[0]), paths[0]]
    assert all(Path(path).is_file() for path in paths if path != "/local.jpg")


def test_a_report_counts_each_object_once(rig: CacheRig) -> None:
    uris = rig.put_many(4, size=100)
    cache = rig.cache()
    cache.get_local_path(uris[0])
    report = cache.download([*uris, *uris, "/local.jpg"])
    assert (report.total, report.cached, report.downloaded, report.bytes) == (4, 1, 3, 300)
    assert report.failures == {}
    assert cache.last_report is report


def test_failures_end_in_one_warning_that_names_the_first_causes(
    rig: CacheRig, caplog: pytest.LogCaptureFixture
) -> None:
    uris = rig.put_many(2)
    missing = [rig.uri(f"missing-{i}.jpg") for i in range(5)]
    cache = rig.cache()
    with caplog.at_level(logging.WARNING):
        report = cache.download([*missing, *uris])
    assert report.downloaded == 2
    assert set(report.failures) == set(missing)
    assert all(isinstance(error, ObjectNotFoundError) for error in report.failures.values())
    (record,) = caplog.records
    message = record.getMessage()
    assert "5 of 7 files could not be downloaded (5 ObjectNotFoundError)" in message
    assert sum(uri in message for uri in missing) == 3
    assert "last_report.failures" in message
    assert all(
        Path(path).is_file() == (uri in uris)
        for uri, path in zip(
            [*missing, *uris], cache.get_local_paths([*missing, *uris], download=False), strict=True
        )
    )


def test_without_skipping_the_failures_are_raised(rig: CacheRig) -> None:
    missing = rig.uri("missing.jpg")
    with pytest.raises(DownloadError, match="1 of 1 files failed") as caught:
        rig.cache().download([missing], skip_failures=False)
    assert isinstance(caught.value.failures[missing], FileNotFoundError)


def test_one_missing_object_is_a_missing_file(rig: CacheRig) -> None:
    with pytest.raises(FileNotFoundError, match=r"missing\.jpg"):
        rig.cache().get_local_path(rig.uri("missing.jpg"))
    with pytest.raises(BucketNotFoundError):
        rig.cache().get_local_path("s3://no-such-bucket-anywhere/a.jpg")


def test_an_unknown_host_fails_in_time_and_leaves_nothing(rig: CacheRig) -> None:
    cache = rig.cache(endpoint_url="http://127.0.0.1:9", attempts=2)
    started = time.monotonic()
    with pytest.raises(ConnectionError):
        cache.get_local_path(rig.uri("a.jpg"))
    assert time.monotonic() - started < 20
    assert rig.media_files() == {}


def test_update_downloads_only_what_changed(rig: CacheRig) -> None:
    uris = rig.put_many(3)
    cache = rig.cache()
    cache.download(uris)
    kept = Path(cache.local_path_of(uris[0])).stat().st_ino
    rig.put("photo-0001.jpg", b"new pixels")
    assert cache.download(uris).downloaded == 0
    report = cache.download(uris, update=True)
    assert (report.downloaded, report.cached, report.bytes) == (1, 2, 10)
    assert Path(cache.get_local_path(uris[1])).read_bytes() == b"new pixels"
    assert Path(cache.local_path_of(uris[0])).stat().st_ino == kept
    rig.delete("photo-0002.jpg")
    report = cache.download(uris, update=True)
    assert list(report.failures) == [uris[2]]
    assert Path(cache.local_path_of(uris[2])).exists()


@pytest.mark.parametrize("size", [10**9, -1])
def test_update_works_from_the_files_alone(rig: CacheRig, size: int) -> None:
    uris = rig.put_many(3)
    rig.cache(size_bytes=size).download(uris)
    (rig.directory / "cache/index.sqlite3").unlink(missing_ok=True)
    rig.put("photo-0001.jpg", b"new pixels")
    report = rig.cache(size_bytes=size).download(uris, update=True)
    assert (report.downloaded, report.cached) == (1, 2)


def test_the_cache_says_what_it_is(rig: CacheRig) -> None:
    rig.cache().get_local_path(rig.put("a.jpg", b"1"))
    directory = rig.directory / "cache"
    # The signature that backup programs look for, https://bford.info/cachedir/
    assert (directory / "CACHEDIR.TAG").read_text().startswith("Signature: 8a477f597d28d172789f06886806bc55")
    assert "deleted" in (directory / "README.txt").read_text()


def test_added_files_are_the_object_without_a_download(rig: CacheRig) -> None:
    cache = rig.cache()
    source = rig.directory / "a.jpg"
    source.write_bytes(b"copied")
    assert Path(cache.add(rig.uri("a.jpg"), source)).read_bytes() == b"copied"
    assert source.exists()
    cache.add(rig.uri("b.jpg"), source, method="move")
    assert not source.exists()
    assert cache.is_cached(rig.uri("b.jpg"))
    assert cache.stats()["current_count"] == 2
    with pytest.raises(CacheError, match=r"gone\.jpg"):
        cache.add(rig.uri("c.jpg"), rig.directory / "gone.jpg")


def test_many_threads_asking_for_one_object_download_it_once(rig: CacheRig) -> None:
    uri = rig.put("a.bin", content_of("a.bin", 3_000_000))
    cache = rig.cache()
    with ThreadPoolExecutor(16) as pool:
        reports = list(pool.map(lambda _: cache.download([uri]), range(16)))
    assert sum(report.downloaded for report in reports) == 1
    assert all(not report.failures for report in reports)


def test_an_interrupted_download_leaves_nothing(rig: CacheRig, monkeypatch: pytest.MonkeyPatch) -> None:
    uris = rig.put_many(50, size=100_000)
    cache = rig.cache()

    class Interrupted(BaseException):
        pass

    def interrupt(_state: object) -> None:
        raise Interrupted

    with pytest.raises(Interrupted):
        cache.download(uris, progress=interrupt)
    assert not [name for name in rig.media_files() if ".safelight-" in name]
    assert cache.download(uris).failures == {}


def test_progress_is_reported_after_every_file(rig: CacheRig) -> None:
    uris = [*rig.put_many(3), rig.uri("missing.jpg")]
    seen: list[tuple[int, int, float, bool]] = []
    rig.cache().download(
        uris,
        progress=lambda state: seen.append((state.iteration, state.total, state.progress, state.complete)),
    )
    assert seen == [(1, 4, 0.25, False), (2, 4, 0.5, False), (3, 4, 0.75, False), (4, 4, 1.0, True)]


def test_a_progress_bar_goes_to_the_end(rig: CacheRig, capsys: pytest.CaptureFixture[str]) -> None:
    rig.cache().download(rig.put_many(3), progress=True)
    assert "3/3" in capsys.readouterr().err


def test_a_directory_that_the_group_may_write_is_shared_with_the_group(rig: CacheRig) -> None:
    shared = rig.directory / "cache"
    shared.mkdir()
    shared.chmod(0o2775)
    path = Path(rig.cache().get_local_path(rig.put("deep/folder/a.jpg", b"1")))
    assert stat.S_IMODE(path.stat().st_mode) == 0o664
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o2775


def test_somebody_deleted_the_whole_cache_meanwhile(rig: CacheRig) -> None:
    uris = rig.put_many(3)
    cache = rig.cache()
    cache.download(uris)
    shutil.rmtree(rig.directory / "cache")
    assert not cache.is_cached(uris[0])
    assert cache.download(uris).downloaded == 3
    assert cache.stats()["current_count"] == 3


def test_a_forked_child_has_the_use_of_the_cache(rig: CacheRig) -> None:
    first, second = rig.put_many(2)
    cache = rig.cache()
    cache.get_local_path(first)
    child = os.fork()
    if child == 0:
        status = 1
        try:
            ok = Path(cache.get_local_path(first)).exists() and Path(cache.get_local_path(second)).exists()
            status = 0 if ok else 2
        finally:
            os._exit(status)
    _, result = os.waitpid(child, 0)
    assert os.waitstatus_to_exitcode(result) == 0
    assert cache.is_cached(second)
