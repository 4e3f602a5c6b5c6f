"""Reading and writing: what arrives in the store, when, and what is left behind."""

from __future__ import annotations

import gc
import io
import logging
import os
from pathlib import Path

import pytest

from safelight.errors import ObjectExistsError, ObjectNotFoundError
from safelight.files import Files
from safelight.runtime import get_runtime
from support.cloud import Cloud
from support.recording_proxy import RecordingProxy


@pytest.fixture(autouse=True)
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where staged files are: empty again after each test."""
    directory = tmp_path / "tmp"
    directory.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(directory))
    return directory


@pytest.mark.parametrize("mode", ["w", "wt"])
def test_text_arrives_when_the_file_is_closed(files: Files, cloud: Cloud, temporary: Path, mode: str) -> None:
    with files.open(cloud.url("a.txt"), mode, encoding="utf-8", newline="\n") as file:
        file.write("é\n")
        assert cloud.keys() == set()
    assert cloud.get("a.txt") == "é\n".encode()
    assert list(temporary.iterdir()) == []


def test_bytes_arrive_when_the_file_is_closed(files: Files, cloud: Cloud) -> None:
    file = files.open(cloud.url("a.bin"), "wb")
    file.write(b"\x00\x01")
    assert file.tell() == 2
    file.close()
    file.close()
    assert cloud.get("a.bin") == b"\x00\x01"


def test_a_block_that_fails_leaves_the_old_object(files: Files, cloud: Cloud, temporary: Path) -> None:
    cloud.put("a.txt", b"old")

    def fail() -> None:
        with files.open(cloud.url("a.txt"), "w") as file:
            file.write("half")
            raise KeyError

    with pytest.raises(KeyError):
        fail()
    assert cloud.get("a.txt") == b"old"
    assert list(temporary.iterdir()) == []


def test_a_file_that_nobody_closes_is_not_uploaded(
    files: Files, cloud: Cloud, temporary: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        file = files.open(cloud.url("a.txt"), "w")
        file.write("half")
        del file
        gc.collect()
    assert cloud.keys() == set()
    assert "never closed" in caplog.text
    assert list(temporary.iterdir()) == []


@pytest.mark.parametrize(
    ("mode", "result"), [("a", b"oldnew"), ("r+", b"new"), ("w+", b"new"), ("a+", b"oldnew"), ("w", b"new")]
)
def test_updating_modes_keep_what_they_should(files: Files, cloud: Cloud, mode: str, result: bytes) -> None:
    cloud.put("a.txt", b"old")
    with files.open(cloud.url("a.txt"), mode) as file:
        file.write("new")
    assert cloud.get("a.txt") == result


def test_appending_makes_a_new_file_but_updating_does_not(
    files: Files, cloud: Cloud, temporary: Path
) -> None:
    with files.open(cloud.url("new.txt"), "ab") as file:
        file.write(b"x")
    assert cloud.get("new.txt") == b"x"
    with pytest.raises(ObjectNotFoundError):
        files.open(cloud.url("none.txt"), "r+")
    assert list(temporary.iterdir()) == []


def test_exclusive_creation_never_replaces(files: Files, cloud: Cloud) -> None:
    with files.open(cloud.url("a.txt"), "x") as file:
        file.write("1")
    again = files.open(cloud.url("a.txt"), "x")
    again.write("2")
    with pytest.raises(FileExistsError):
        again.close()
    assert cloud.get("a.txt") == b"1"


@pytest.mark.parametrize("mode", ["", "rw", "z", "wz"])
def test_modes_are_those_of_open(files: Files, cloud: Cloud, temporary: Path, mode: str) -> None:
    with pytest.raises(ValueError, match="mode"):
        files.open(cloud.url("a.txt"), mode)
    assert list(temporary.iterdir()) == []


def test_documents_are_read_afresh_and_media_from_the_cache(files: Files, cloud: Cloud) -> None:
    labels, image = cloud.put("labels.json", b"1"), cloud.put("image.jpg", b"1")
    assert files.read_text(labels) == "1"
    assert files.read_bytes(labels) == b"1"
    assert files.read_bytes(image) == b"1"
    cloud.put("labels.json", b"2")
    cloud.put("image.jpg", b"2")
    assert files.read_text(labels) == "2"
    assert files.read_bytes(labels) == b"2"
    assert files.read_bytes(image) == b"1"
    assert cloud.cached_files() == ["image.jpg"]


def test_what_is_written_here_is_never_read_stale(files: Files, cloud: Cloud) -> None:
    image = cloud.put("image.jpg", b"1")
    assert files.read_bytes(image) == b"1"
    files.write(image, b"2")
    assert files.read_bytes(image) == b"2"
    with files.open(image, "wb") as file:
        file.write(b"3")
    assert files.read_bytes(image) == b"3"
    files.delete_files([image])
    with pytest.raises(FileNotFoundError):
        files.read_bytes(image)


def test_reading_what_is_not_there(files: Files, cloud: Cloud, temporary: Path) -> None:
    for name in ("none.txt", "none.jpg"):
        with pytest.raises(FileNotFoundError, match=name):
            files.open(cloud.url(name), "rb")
    assert list(temporary.iterdir()) == []


def test_local_files_are_opened_where_they_are(files: Files, tmp_path: Path) -> None:
    files.write(str(tmp_path / "new" / "a.txt"), b"1\n")
    with files.open(str(tmp_path / "new" / "a.txt"), encoding="utf-8") as file:
        assert isinstance(file, io.TextIOWrapper)
        assert file.name == str(tmp_path / "new" / "a.txt")
        assert file.read() == "1\n"


def test_a_ranged_reader_fetches_what_is_read(cloud: Cloud, requests_seen: RecordingProxy) -> None:
    content = os.urandom(5_000_000)
    url = cloud.put("big.parquet", content)
    with get_runtime().files.open_ranged(url) as file:
        assert file.seekable()
        file.seek(-8, io.SEEK_END)
        assert file.read() == content[-8:]
        file.seek(2_000_000)
        assert file.read(10) == content[2_000_000:2_000_010]
        assert file.tell() == 2_000_010
        file.seek(0)
        assert file.read() == content
        file.seek(0)
        assert sum(request.sent for request in requests_seen.of("GET")) < 8_000_000
        file.release()
    assert file.closed


def test_a_ranged_reader_refuses_positions_before_the_start(files: Files, cloud: Cloud) -> None:
    with files.open_ranged(cloud.put("a.bin", b"123")) as file:
        with pytest.raises((ValueError, OSError)):
            file.seek(-4, io.SEEK_END)
        file.seek(10)
        assert file.read() == b""


def test_staged_files_have_the_name_of_their_target(files: Files, cloud: Cloud, temporary: Path) -> None:
    with files.staged(cloud.url("deep/x.tar.gz")) as local:
        assert Path(local).name == "x.tar.gz"
        Path(local).write_bytes(b"1")
    assert cloud.get("deep/x.tar.gz") == b"1"
    assert list(temporary.iterdir()) == []


def test_directories_are_staged_and_fetched_whole(files: Files, cloud: Cloud, temporary: Path) -> None:
    with files.staged_directory(cloud.url("out")) as local:
        (Path(local) / "d").mkdir()
        (Path(local) / "d" / ".a").write_bytes(b"1")
        (Path(local) / "b").write_bytes(b"2")
    assert cloud.keys() == {"out/d/.a", "out/b"}
    with files.local_directory(cloud.url("out")) as local:
        assert Path(local).name == "out"
        assert (Path(local) / "d" / ".a").read_bytes() == b"1"
        assert (Path(local) / "b").read_bytes() == b"2"
    assert list(temporary.iterdir()) == []


def test_uploads_can_refuse_to_replace(files: Files, cloud: Cloud, tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.write_bytes(b"new")
    url = cloud.put("a.bin", b"old")
    with pytest.raises(ObjectExistsError):
        files.upload(source, url, overwrite=False)
    assert cloud.get("a.bin") == b"old"
    files.upload(source, url)
    assert cloud.get("a.bin") == b"new"
