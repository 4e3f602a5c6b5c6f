"""What is there: questions about a bucket are answered as `os` answers them about a disk."""
# ruff: noqa: PTH208 - `os` is what is compared with

from __future__ import annotations

import os
from pathlib import Path

import pytest

from safelight.errors import BucketNotFoundError, ObjectNotFoundError
from safelight.files import Files, paths
from safelight.files.listing import one_snapshot
from safelight.runtime import get_runtime
from support.cloud import Cloud
from support.recording_proxy import RecordingProxy
from support.s3_server import S3Server

KEYS = ["top/a.jpg", "top/b.jpg", "top/.hidden", "top/d/c.jpg", "top/d/e/f.jpg", "top/.h/g.jpg", "other.jpg"]


@pytest.fixture
def top(cloud: Cloud) -> str:
    for key in KEYS:
        cloud.put(key, key.encode())
    return cloud.url("top")


@pytest.fixture
def disk(tmp_path: Path) -> Path:
    for key in KEYS:
        path = tmp_path / "disk" / key
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(key)
    return tmp_path / "disk" / "top"


def test_files_and_directories_exist(files: Files, top: str, cloud: Cloud) -> None:
    assert files.isfile(f"{top}/a.jpg")
    assert files.exists(f"{top}/a.jpg")
    assert not files.isdir(f"{top}/a.jpg")
    assert files.isdir(top)
    assert files.isdir(f"{top}/")
    assert files.exists(f"{top}/d")
    assert not files.isfile(f"{top}/d")
    assert not files.isfile(f"{top}/d/")
    assert not files.isdir(f"{top}/no")
    assert not files.exists(f"{top}/no.jpg")
    assert files.isdir(f"s3://{cloud.bucket}")
    assert not files.isdir("s3://no-such-bucket-anywhere/d")
    assert files.size(f"{top}/a.jpg") == len("top/a.jpg")


def test_an_empty_bucket_is_a_directory(files: Files, s3: S3Server) -> None:
    empty = s3.new_bucket("empty")
    assert files.isdir(f"s3://{empty}")
    assert files.listdir(f"s3://{empty}/") == []


def test_local_paths_get_the_systems_answers(files: Files, disk: Path) -> None:
    assert files.isfile(str(disk / "a.jpg"))
    assert files.isdir(str(disk))
    assert files.exists(str(disk))
    assert files.size(str(disk / "a.jpg")) == len("top/a.jpg")
    assert sorted(files.listdir(str(disk))) == sorted(os.listdir(disk))
    assert list(files.walk(str(disk))) == list(os.walk(disk))


def test_listings_equal_those_of_a_disk(files: Files, top: str, disk: Path) -> None:
    assert sorted(files.listdir(top)) == sorted(os.listdir(disk))
    walked = [(path.replace(top, ""), sorted(dirs), sorted(names)) for path, dirs, names in files.walk(top)]
    expected = [
        (path.replace(str(disk), ""), sorted(dirs), sorted(names)) for path, dirs, names in os.walk(disk)
    ]
    assert sorted(walked) == sorted(expected)
    assert files.list_files(top) == ["a.jpg", "b.jpg"]
    assert files.list_files(top, hidden=True) == [".hidden", "a.jpg", "b.jpg"]
    assert files.list_files(top, recursive=True) == [".h/g.jpg", "a.jpg", "b.jpg", "d/c.jpg", "d/e/f.jpg"]
    assert files.list_subdirs(top) == ["d"]
    assert files.list_subdirs(top, recursive=True) == ["d", "d/e"]


def test_globs_find_files_and_directories(files: Files, top: str) -> None:
    assert files.glob(f"{top}/*.jpg") == [f"{top}/a.jpg", f"{top}/b.jpg"]
    assert files.glob(f"{top}/*") == [f"{top}/a.jpg", f"{top}/b.jpg", f"{top}/d"]
    assert files.glob(f"{top}/*", directories=False) == [f"{top}/a.jpg", f"{top}/b.jpg"]
    assert files.glob(f"{top}/**/*.jpg", recursive=True) == [
        f"{top}/a.jpg",
        f"{top}/b.jpg",
        f"{top}/d/c.jpg",
        f"{top}/d/e/f.jpg",
    ]
    assert files.glob(f"{top}/a.jpg") == [f"{top}/a.jpg"]


def test_what_is_missing_says_so(files: Files, cloud: Cloud) -> None:
    with pytest.raises(FileNotFoundError):
        files.listdir(cloud.url("nothing/here"))
    with pytest.raises(ObjectNotFoundError):
        files.size(cloud.url("nothing.jpg"))
    with pytest.raises(BucketNotFoundError, match="no-such-bucket-anywhere"):
        files.list_files("s3://no-such-bucket-anywhere/d")
    assert files.list_files(cloud.url("nothing/here")) == []
    assert list(files.walk(cloud.url("nothing/here"))) == []


HOSTILE = ["a b.jpg", "a+b.jpg", "a%2Fb.jpg", "a#b.jpg", "what?.jpg", "é/ü.jpg", "x..y.jpg", "n" * 255]


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_names_are_found_and_listed_as_they_are(files: Files, cloud: Cloud, name: str) -> None:
    url = cloud.put(f"top/{name}", b"12345")
    assert files.isfile(url)
    assert files.size(url) == 5
    assert files.list_files(cloud.url("top"), recursive=True) == [name]
    assert files.read_bytes(url) == b"12345"


def test_directory_markers_are_no_files(files: Files, cloud: Cloud) -> None:
    cloud.put("marked/", b"")
    assert files.isdir(cloud.url("marked"))
    assert files.list_files(cloud.url("marked"), recursive=True) == []
    assert files.listdir(cloud.url("marked")) == []


@pytest.mark.parametrize("key", ["top//k.jpg", "top/a//k.jpg", "top/../k.jpg", "top/./k.jpg", "/k.jpg"])
def test_keys_that_a_disk_would_normalise_stay_as_they_are(strict_cloud: Cloud, key: str) -> None:
    url = strict_cloud.put(key, b"12345")
    files = get_runtime().files
    assert files.isfile(url)
    assert files.read_bytes(url) == b"12345"
    directory = paths.dirname(url)
    [name] = files.list_files(directory)
    assert paths.join(directory, name) == url
    root = f"s3://{strict_cloud.bucket}"
    [relative] = files.list_files(root, recursive=True)
    assert paths.join(root, relative) == url
    files.delete_files([url])
    assert strict_cloud.keys() == set()


def test_in_a_snapshot_one_listing_answers_for_a_directory(
    cloud: Cloud, requests_seen: RecordingProxy
) -> None:
    for number in range(40):
        cloud.put(f"labels/{number:02}.txt", b"x")
    files = get_runtime().files
    with one_snapshot():
        found = [files.isfile(cloud.url(f"labels/{number:02}.txt")) for number in range(80)]
    assert found == [True] * 40 + [False] * 40
    assert len(requests_seen.requests) <= 5


def test_outside_of_a_snapshot_the_store_is_asked_every_time(files: Files, cloud: Cloud) -> None:
    urls = [cloud.url(f"labels/{number}.txt") for number in range(5)]
    assert not any(files.isfile(url) for url in urls)
    cloud.put("labels/4.txt", b"x")
    assert files.isfile(urls[4])


def test_a_snapshot_knows_what_this_process_writes_and_deletes(files: Files, cloud: Cloud) -> None:
    cloud.put("d/0.txt", b"x")
    names = [cloud.url(f"d/{number}.txt") for number in range(6)]
    with one_snapshot():
        assert [files.isfile(name) for name in names] == [True] + [False] * 5
        files.write(names[3], b"new")
        assert files.isfile(names[3])
        assert files.size(names[3]) == 3
        files.write(cloud.url("d/sub/deep/x.txt"), b"new")
        assert files.isdir(cloud.url("d/sub"))
        assert files.isfile(cloud.url("d/sub/deep/x.txt"))
        files.delete_files([names[0]])
        assert not files.isfile(names[0])
        files.delete_dir(cloud.url("d/sub"))
        assert not files.isdir(cloud.url("d/sub"))
        assert not files.isfile(cloud.url("d/sub/deep/x.txt"))


def test_a_listed_parent_answers_for_directories_that_are_not_there(
    cloud: Cloud, requests_seen: RecordingProxy
) -> None:
    cloud.put("d/0.txt", b"x")
    files = get_runtime().files
    with one_snapshot():
        for number in range(4):
            files.isfile(cloud.url(f"d/{number}.txt"))
        before = len(requests_seen.requests)
        assert not files.isfile(cloud.url("d/none/x.txt"))
        assert not files.isdir(cloud.url("d/none"))
        assert len(requests_seen.requests) == before
