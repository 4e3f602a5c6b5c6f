"""Keys that are no good file names, really downloaded, from a store that keeps every key as it is."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from support.cache_rig import CacheRig
from support.moto_server import moto_server
from support.odd_names import NO_PATHS, PLAIN_NAMES
from support.s3_server import S3Server

KEYS = [
    *PLAIN_NAMES,
    *NO_PATHS["moto"],
    "é.jpg",  # one letter; the same to the eye, in two, is among the plain names
    "PLAIN.jpg",
    "../../../../../../outside.jpg",
    "trailing dot.",
    "n" * 300 + ".jpg",
    "n" * 301 + ".jpg",
    "é" * 150 + ".jpg",
    "/".join(["deep"] * 60) + "/file.jpg",
    ".safelight-1.part",
    "a",
    "a/b",  # where "a" is a file already
]


@pytest.fixture(scope="module")
def strict(session_directory: Path) -> Iterator[S3Server]:
    with moto_server(session_directory / "moto-of-cache.log") as url:
        yield S3Server(url)


@pytest.fixture
def rig(strict: S3Server, tmp_path: Path) -> Iterator[CacheRig]:
    rig = CacheRig(strict, strict.new_bucket(), "folder", tmp_path)
    yield rig
    rig.close()


@pytest.mark.parametrize("bulk", [True, False], ids=["in bulk", "one by one"])
def test_every_key_has_its_own_file_inside_the_cache(rig: CacheRig, bulk: bool) -> None:
    uris = [rig.put(key, key.encode()) for key in KEYS]
    cache = rig.cache(size_bytes=1_000_000)
    if bulk:
        assert cache.download(uris).downloaded == len(KEYS)
    paths = [Path(cache.get_local_path(uri)) for uri in uris]
    assert [path.read_bytes().decode() for path in paths] == KEYS
    media = rig.directory / "cache" / "media"
    assert all(path.resolve().is_relative_to(media.resolve()) for path in paths)
    assert [path for path in rig.directory.rglob("*.jpg") if not path.is_relative_to(media)] == []
    assert cache.stats(uris)["current_count"] == len(KEYS)


def test_such_files_are_verified_evicted_and_cleared_as_any_other(rig: CacheRig) -> None:
    uris = [rig.put(key, key.encode() * 50) for key in KEYS]
    cache = rig.cache(size_bytes=20_000, grace_seconds=0.0)
    cache.download(uris)
    assert cache.verify() == []
    assert 0 < sum(rig.media_files().values()) <= 20_000
    cache.clear()
    assert rig.media_files() == {}


def test_a_missing_object_is_named_whatever_its_key(rig: CacheRig) -> None:
    uris = [rig.uri(key) for key in KEYS]
    report = rig.cache().download(uris)
    assert set(report.failures) == set(uris)
    for uri, error in report.failures.items():
        assert isinstance(error, FileNotFoundError)
        assert uri in str(error)
    assert rig.media_files() == {}
