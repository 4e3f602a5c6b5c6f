"""Copying, moving and deleting many files between this machine and buckets."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path

import pytest

from safelight.errors import InvalidURIError, ObjectExistsError, ObjectNotFoundError
from safelight.files import Files
from safelight.runtime import get_runtime
from support.cloud import Cloud
from support.s3_server import S3Server

COUNT = 20


@pytest.fixture(params=["local", "remote"])
def source(request: pytest.FixtureRequest, cloud: Cloud, tmp_path: Path) -> str:
    """A directory of files with different contents."""
    if request.param == "remote":
        for number in range(COUNT):
            cloud.put(f"in/{number:02}.bin", str(number).encode())
        return cloud.url("in")
    (tmp_path / "in").mkdir()
    for number in range(COUNT):
        (tmp_path / "in" / f"{number:02}.bin").write_bytes(str(number).encode())
    return str(tmp_path / "in")


@pytest.fixture(params=["local", "remote"])
def target(request: pytest.FixtureRequest, cloud: Cloud, tmp_path: Path) -> str:
    return cloud.url("out") if request.param == "remote" else str(tmp_path / "out" / "new")


def names_in(directory: str) -> list[str]:
    return [f"{directory}/{number:02}.bin" for number in range(COUNT)]


def test_copies_go_in_every_direction(files: Files, source: str, target: str) -> None:
    done: list[int] = []
    failures = files.copy_files(names_in(source), names_in(target), progress=done.append)
    assert failures == {}
    assert sum(done) == COUNT
    assert [files.read_bytes(name) for name in names_in(target)] == [str(at).encode() for at in range(COUNT)]
    assert all(files.isfile(name) for name in names_in(source))


def test_moves_go_in_every_direction(files: Files, source: str, target: str) -> None:
    files.move_files(names_in(source), names_in(target))
    assert [files.read_bytes(name) for name in names_in(target)] == [str(at).encode() for at in range(COUNT)]
    assert not any(files.isfile(name) for name in names_in(source))


def test_directories_are_copied_and_moved_whole(files: Files, source: str, target: str) -> None:
    files.write(f"{source}/d/.hidden", b"1")
    files.copy_dir(source, target)
    assert files.read_bytes(f"{target}/d/.hidden") == b"1"
    files.move_dir(source, f"{target}/moved")
    assert files.read_bytes(f"{target}/moved/d/.hidden") == b"1"
    assert not any(files.isfile(name) for name in names_in(source))


def test_between_buckets(files: Files, cloud: Cloud, s3: S3Server) -> None:
    other = s3.new_bucket()
    files.copy_files([cloud.put("a.bin", b"1")], [f"s3://{other}/d/b.bin"])
    assert files.read_bytes(f"s3://{other}/d/b.bin") == b"1"


def test_moving_a_file_onto_itself_keeps_it(files: Files, cloud: Cloud) -> None:
    url = cloud.put("a.bin", b"1")
    files.move_files([url], [url])
    assert cloud.get("a.bin") == b"1"


def test_the_first_failure_is_raised(files: Files, cloud: Cloud, tmp_path: Path) -> None:
    with pytest.raises(ObjectNotFoundError, match="none"):
        files.copy_files([cloud.url("none.bin")], [str(tmp_path / "x")])
    assert list(tmp_path.glob("**/*.part")) == []
    assert not (tmp_path / "x").exists()


@pytest.mark.parametrize("skip", [True, "ignore"])
def test_failures_can_be_skipped_with_one_summary(
    files: Files, cloud: Cloud, tmp_path: Path, caplog: pytest.LogCaptureFixture, skip: bool | str
) -> None:
    sources = [cloud.url("none.bin"), cloud.put("a.bin", b"1")]
    with caplog.at_level(logging.WARNING):
        failures = files.copy_files(sources, [str(tmp_path / "x"), str(tmp_path / "y")], skip_failures=skip)
    assert list(failures) == [sources[0]]
    assert isinstance(failures[sources[0]], ObjectNotFoundError)
    assert (tmp_path / "y").read_bytes() == b"1"
    assert ("1 of 2 files failed" in caplog.text) == (skip is True)
    assert skip is True or not caplog.text


def test_a_failed_move_keeps_its_source(files: Files, cloud: Cloud, tmp_path: Path) -> None:
    (tmp_path / "wall").write_bytes(b"")
    urls = [cloud.put("a.bin", b"1"), cloud.put("b.bin", b"2")]
    files.move_files(urls, [str(tmp_path / "wall" / "a"), str(tmp_path / "b")], skip_failures="ignore")
    assert cloud.keys() == {"a.bin"}
    assert (tmp_path / "b").read_bytes() == b"2"


def test_existing_objects_can_be_protected(files: Files, cloud: Cloud, tmp_path: Path) -> None:
    (tmp_path / "new").write_bytes(b"new")
    url = cloud.put("a.bin", b"old")
    remote = cloud.put("b.bin", b"new")
    for source in (str(tmp_path / "new"), remote):
        with pytest.raises(ObjectExistsError):
            files.copy_files([source], [url], overwrite=False)
    assert cloud.get("a.bin") == b"old"


def test_deletes_many_and_reports_each_failure(files: Files, cloud: Cloud, tmp_path: Path) -> None:
    (tmp_path / "local").write_bytes(b"")
    urls = [cloud.put(f"{number}.bin", b"") for number in range(5)]
    done: list[int] = []
    failures = files.delete_files(
        [*urls, str(tmp_path / "local"), str(tmp_path / "none")],
        skip_failures="ignore",
        progress=done.append,
    )
    assert list(failures) == [str(tmp_path / "none")]
    assert cloud.keys() == set()
    assert not (tmp_path / "local").exists()
    assert sum(done) == 7
    with pytest.raises(FileNotFoundError):
        files.delete_files([str(tmp_path / "none")])


def test_a_cached_file_is_copied_without_asking_the_store(files: Files, cloud: Cloud, tmp_path: Path) -> None:
    url = cloud.put("a.jpg", b"1")
    files.read_bytes(url)
    cloud.client.delete_object(Bucket=cloud.bucket, Key=f"{cloud.folder}/a.jpg")
    files.copy_files([url], [str(tmp_path / "copy.jpg")])
    assert (tmp_path / "copy.jpg").read_bytes() == b"1"


def test_browsers_are_told_how_long_they_may_keep_uploads(cloud: Cloud, files: Files, tmp_path: Path) -> None:
    (tmp_path / "a.jpg").write_bytes(b"a")
    files.copy_files([str(tmp_path / "a.jpg")], [cloud.url("a.jpg")])
    files.write(cloud.url("b.jpg"), b"b")
    for name in ("a.jpg", "b.jpg"):
        head = cloud.client.head_object(Bucket=cloud.bucket, Key=f"{cloud.folder}/{name}")
        assert head["CacheControl"] == "private, max-age=3600"


def test_a_move_takes_what_is_in_the_store_not_an_old_copy(
    files: Files, cloud: Cloud, tmp_path: Path
) -> None:
    url = cloud.put("a.jpg", b"old")
    files.read_bytes(url)
    cloud.put("a.jpg", b"new")
    files.move_files([url], [str(tmp_path / "moved.jpg")])
    assert (tmp_path / "moved.jpg").read_bytes() == b"new"
    assert cloud.keys() == set()


@pytest.mark.parametrize("key", ["d/../../outside", "d/../outside", "d/.."])
def test_no_key_leads_out_of_the_target_directory(strict_cloud: Cloud, tmp_path: Path, key: str) -> None:
    strict_cloud.put(key, b"1")
    with pytest.raises(InvalidURIError, match="leads out"):
        get_runtime().files.copy_dir(strict_cloud.url("d"), str(tmp_path / "in" / "target"))
    assert not (tmp_path / "in").exists()
    assert not (tmp_path / "outside").exists()


def test_delete_dir_takes_everything_below_and_nothing_beside(files: Files, cloud: Cloud) -> None:
    for key in ("d/a", "d/e/b", "d/", "dd/c", "d.txt"):
        cloud.put(key, b"")
    files.delete_dir(cloud.url("d"))
    assert cloud.keys() == {"dd/c", "d.txt"}
    files.delete_dir(cloud.url("d"))


def test_an_interrupt_stops_the_rest(files: Files, cloud: Cloud, tmp_path: Path) -> None:
    urls = [cloud.put(f"{number}.bin", b"1") for number in range(40)]

    def interrupt(_count: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        files.copy_files(urls, [str(tmp_path / str(at)) for at in range(40)], progress=interrupt)
    assert list(tmp_path.glob("*.part")) == []


def test_nothing_to_do(files: Files) -> None:
    calls: list[Callable[[], object]] = [
        lambda: files.copy_files([], []),
        lambda: files.move_files([], []),
        lambda: files.delete_files([]),
    ]
    assert [call() for call in calls] == [{}, {}, {}]
