"""What the cache does when its disk does not do what it should."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from safelight.errors import CacheError
from support.cache_rig import CacheRig, content_of

LIMITED = textwrap.dedent("""
    import resource, sys
    from pathlib import Path
    from safelight.cache.media_cache import MediaCache
    from safelight.cache.options import CacheOptions
    from safelight.errors import CacheError
    from safelight.storage.options import StorageOptions
    from safelight.storage.s3.options import S3Account, S3Options
    from safelight.storage.portal import Portal
    from safelight.storage.registry import StoreRegistry

    directory, endpoint, *uris = sys.argv[1:]
    options = StorageOptions(s3=S3Options(account=S3Account(endpoint_url=endpoint)))
    cache = MediaCache(CacheOptions(cache_dir=Path(directory)), StoreRegistry(options), Portal())
    cache.get_local_path(uris[0])
    # Every write beyond so many bytes of a file fails, as on a full disk (EFBIG instead of ENOSPC).
    resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, 300_000))
    try:
        cache.get_local_path(uris[1])
    except CacheError as error:
        print(error)
    report = cache.download(uris[1:])
    print(len(report.failures), report.total)
""")


def test_a_full_disk_is_said_clearly_and_leaves_nothing_half_written(rig: CacheRig) -> None:
    small = rig.put("small.jpg", b"1")
    big = [rig.put(f"big-{i}.bin", content_of(f"big-{i}.bin", 2_000_000)) for i in range(4)]
    done = subprocess.run(
        [
            sys.executable,
            "-c",
            LIMITED,
            rig.directory / "cache",
            rig.s3.endpoint_url,
            small,
            *big,
        ],
        env={**os.environ, **rig.s3.environment},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    reason, counts = done.stdout.splitlines()
    assert "cannot write" in reason
    assert "big-0.bin" in reason
    assert "FIFTYONE_MEDIA_CACHE_DIR" in reason
    assert counts == "4 4"
    assert list(rig.media_files().values()) == [1]
    assert rig.cache().download(big).downloaded == 4


@pytest.fixture
def small_disk(rig: CacheRig) -> Iterator[Path]:
    """A file system of one megabyte that holds the cache."""
    disk = rig.directory / "cache"
    disk.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", disk], check=True)
    yield disk
    subprocess.run(["umount", "-l", disk], check=True)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may mount a file system")
def test_no_space_left_on_the_device(rig: CacheRig, small_disk: Path) -> None:
    uris = rig.put_many(30, size=100_000)
    cache = rig.cache()
    report = cache.download(uris)
    assert 0 < report.downloaded < 30
    assert all(isinstance(error, CacheError) for error in report.failures.values())
    assert "No space left on device" in str(next(iter(report.failures.values())))
    held = [Path(cache.local_path_of(uri)) for uri in uris if cache.is_cached(uri)]
    assert all(path.stat().st_size == 100_000 for path in held)
    assert not [name for name in rig.media_files() if ".safelight-" in name]
    cache.clear()
    assert cache.download(uris[:3]).downloaded == 3


@pytest.fixture
def read_only(small_disk: Path) -> Callable[[], object]:
    """Makes the cache's file system read-only from the moment it is called."""
    return lambda: subprocess.run(["mount", "-o", "remount,ro", small_disk], check=True)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may mount a file system")
def test_a_cache_that_cannot_be_written_still_serves_what_it_has(
    rig: CacheRig, read_only: Callable[[], object]
) -> None:
    there, other = rig.put("there.jpg", b"1"), rig.put("other.jpg", b"2")
    cache = rig.cache(grace_seconds=0.0)
    cache.get_local_path(there)
    cache.close()
    read_only()
    reader = rig.cache(grace_seconds=0.0)
    assert Path(reader.get_local_path(there)).read_bytes() == b"1"
    assert reader.download([there]).cached == 1
    assert reader.stats()["current_count"] == 1
    with pytest.raises(CacheError, match="FIFTYONE_MEDIA_CACHE_DIR"):
        reader.get_local_path(other)
    with pytest.raises(CacheError):
        reader.download([other])
    with reader.pin([there]):
        assert reader.is_cached(there)


def test_a_file_where_the_cache_directory_should_be(rig: CacheRig) -> None:
    (rig.directory / "cache").write_text("not a directory")
    cache = rig.cache()
    uri = rig.put("a.jpg", b"1")
    assert not cache.is_cached(uri)
    with pytest.raises(CacheError, match="cache"):
        cache.get_local_path(uri)


def test_a_file_where_the_directory_of_an_object_should_be(rig: CacheRig) -> None:
    uri, other = rig.put("folder/a.jpg", b"1"), rig.put("b.jpg", b"2")
    cache = rig.cache()
    in_the_way = Path(cache.local_path_of(uri)).parent
    in_the_way.parent.mkdir(parents=True)
    in_the_way.write_text("not a directory")
    with pytest.raises(CacheError, match="folder"):
        cache.get_local_path(uri)
    report = cache.download([uri, other])
    assert report.downloaded == 1
    assert list(report.failures) == [uri]
