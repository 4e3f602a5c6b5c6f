"""The public functions of `fiftyone.core.storage`, on a bucket."""

from __future__ import annotations

import io
import json
import tarfile
import urllib.request
from datetime import datetime
from io import BytesIO
from pathlib import Path

import eta.core.serial as etas
import eta.core.utils as etau
import fiftyone.core.storage as fos
import fiftyone.core.utils as fou
import pytest

from support.cloud import Cloud


def test_every_address_has_a_file_system(cloud: Cloud) -> None:
    assert fos.get_file_system(cloud.url("a")) is fos.FileSystem.S3
    assert fos.get_file_system("https://host/a.jpg") is fos.FileSystem.HTTP
    assert fos.get_file_system("gs://b/a") is fos.FileSystem.GCS
    assert fos.get_file_system("/local") is fos.FileSystem.LOCAL
    assert fos.FileSystem.LOCAL.value == "local"
    assert fos.is_local("/local")
    assert not fos.is_local(cloud.url("a"))
    with pytest.raises(ValueError, match="local path"):
        fos.ensure_local(cloud.url("a"))
    assert fos.split_prefix("s3://b/k") == ("s3://", "b/k")
    assert fos.split_prefix("/local") == ("", "/local")
    assert fos.get_bucket_name("s3://b/k") == "b"
    assert fos.get_bucket_name("sftp://me:password@host:22/k") == "host:22"
    assert fos.get_bucket_name("/local") == ""


def test_buckets_are_those_of_the_store(cloud: Cloud) -> None:
    assert "tmp" in fos.list_buckets(fos.FileSystem.LOCAL)
    bucket = fos.get_bucket_name(cloud.url("a"))
    assert bucket in fos.list_buckets(fos.FileSystem.S3)
    assert f"s3://{bucket}" in fos.list_buckets(fos.FileSystem.S3, abs_paths=True)
    with pytest.raises(io.UnsupportedOperation, match="name one"):
        fos.list_buckets(fos.FileSystem.HTTP)
    assert fos.list_available_file_systems() == [fos.FileSystem.LOCAL]


def test_existence(cloud: Cloud) -> None:
    url = cloud.put("d/a.txt", b"123")
    assert fos.isfile(url)
    assert fos.exists(url)
    assert fos.isdir(cloud.url("d"))
    assert not fos.exists(cloud.url("none"))
    assert fos.get_file_size(url) == 3
    assert fos.get_file_size(BytesIO(b"12")) == 2


def test_text_and_bytes(cloud: Cloud) -> None:
    with fos.open_file(cloud.url("a.txt"), "w") as file:
        file.write("text")
    assert fos.read_file(cloud.url("a.txt")) == "text"
    assert fos.read_file(cloud.url("a.txt"), binary=True) == b"text"
    fos.write_file("é", cloud.url("b.txt"))
    fos.write_file(b"\x00", cloud.url("c.bin"))
    assert cloud.get("b.txt") == "é".encode()
    assert cloud.get("c.bin") == b"\x00"
    urls = [cloud.url("a.txt"), cloud.url("b.txt"), cloud.url("none.txt")]
    assert fos.read_files(urls, skip_failures="ignore", progress=False) == ["text", "é", None]
    with fos.open_files(urls[:2], progress=False) as opened:
        assert [file.read() for file in opened] == ["text", "é"]
    with pytest.raises(FileNotFoundError, match="none"):
        fos.read_files(urls, progress=False)
    if hasattr(fos, "open_ranged"):  # since 1.22
        with fos.open_ranged(cloud.url("a.txt")) as file:
            file.seek(2)
            assert file.read() == b"xt"
            file.release()


def test_json_and_yaml(cloud: Cloud) -> None:
    value = {"a": [1, 2.5, "é"]}
    fos.write_json(value, cloud.url("a.json"), pretty_print=True)
    assert json.loads(cloud.get("a.json")) == value
    assert fos.read_json(cloud.url("a.json")) == value
    assert fos.load_json(cloud.url("a.json")) == value
    assert fos.load_json('{"b": 1}') == {"b": 1}
    fos.write_yaml(value, cloud.url("a.yaml"))
    assert fos.read_yaml(cloud.url("a.yaml")) == value
    rows = [{"a": 1}, {"b": 2}]
    fos.write_ndjson(rows, cloud.url("a.ndjson"))
    assert fos.read_ndjson(cloud.url("a.ndjson")) == rows
    assert fos.load_ndjson(cloud.url("a.ndjson")) == rows


def test_etas_json(cloud: Cloud) -> None:
    etas.write_json({"a": 1}, cloud.url("a.json"))
    assert etas.read_json(cloud.url("a.json")) == {"a": 1}
    assert etas.load_json(cloud.url("a.json")) == {"a": 1}
    etas.write_ndjson([{"a": 1}], cloud.url("a.ndjson"))
    etas.write_ndjson([{"b": 2}], cloud.url("a.ndjson"), append=True)
    assert etas.read_ndjson(cloud.url("a.ndjson")) == [{"a": 1}, {"b": 2}]
    assert etas.load_ndjson(cloud.url("a.ndjson")) == [{"a": 1}, {"b": 2}]


def test_listings(cloud: Cloud) -> None:
    for key in ("top/b.jpg", "top/a.jpg", "top/.hidden", "top/d/c.jpg", "top/.h/x.jpg"):
        cloud.put(key, b"123")
    top = cloud.url("top")
    assert fos.list_files(top) == ["a.jpg", "b.jpg"]
    assert fos.list_files(top, abs_paths=True) == [f"{top}/a.jpg", f"{top}/b.jpg"]
    assert fos.list_files(top, include_hidden_files=True) == [".hidden", "a.jpg", "b.jpg"]
    assert fos.list_files(top, recursive=True) == [".h/x.jpg", "a.jpg", "b.jpg", "d/c.jpg"]
    assert fos.list_files(cloud.url("none")) == []
    [first, _] = fos.list_files(top, return_metadata=True)
    assert (first["name"], first["filepath"], first["size"]) == ("a.jpg", "a.jpg", 3)
    age = datetime.now() - first["last_modified"]  # noqa: DTZ005 - naive local time, as upstream's
    assert abs(age.total_seconds()) < 60
    assert fos.list_subdirs(top) == ["d"]
    assert fos.list_subdirs(top, abs_paths=True, recursive=True) == [f"{top}/d"]
    assert fos.get_glob_matches(f"{top}/*.jpg") == [f"{top}/a.jpg", f"{top}/b.jpg"]
    assert etau.list_files(top, abs_paths=True) == [f"{top}/a.jpg", f"{top}/b.jpg"]
    with pytest.raises(FileNotFoundError):
        etau.list_files(cloud.url("none"))


def test_copies_in_any_combination(cloud: Cloud, tmp_path: Path) -> None:
    here = str(tmp_path / "here.bin")
    Path(here).write_bytes(b"1")
    fos.copy_file(here, cloud.url("a.bin"))
    fos.copy_file(cloud.url("a.bin"), cloud.url("b.bin"))
    fos.copy_file(cloud.url("b.bin"), str(tmp_path / "new" / "there.bin"))
    assert (tmp_path / "new" / "there.bin").read_bytes() == b"1"
    sources = [here, cloud.url("a.bin"), cloud.url("b.bin")]
    fos.copy_files(sources, [cloud.url("c.bin"), str(tmp_path / "d.bin"), cloud.url("e.bin")], progress=False)
    assert (tmp_path / "d.bin").read_bytes() == cloud.get("c.bin") == cloud.get("e.bin") == b"1"
    fos.move_files([cloud.url("c.bin"), here], [str(tmp_path / "f.bin"), cloud.url("g.bin")], progress=False)
    assert cloud.keys() == {"a.bin", "b.bin", "e.bin", "g.bin"}
    assert not Path(here).exists()
    fos.copy_files(
        [cloud.url("none"), cloud.url("a.bin")], [cloud.url("x"), cloud.url("y")], skip_failures="ignore"
    )
    assert cloud.get("y") == b"1"


def test_progress_bars_count_files(cloud: Cloud) -> None:
    urls = [cloud.put(f"{number}.bin", b"1") for number in range(5)]
    seen: list[int] = []
    fos.copy_files(urls, [url + ".copy" for url in urls], progress=lambda bar: seen.append(bar.iteration))
    assert seen[-1] == 5
    fos.delete_files(urls, progress=lambda bar: seen.append(bar.iteration))
    assert seen[-1] == 5
    assert len(cloud.keys()) == 5


def test_directories(cloud: Cloud, tmp_path: Path) -> None:
    (tmp_path / "d" / "e").mkdir(parents=True)
    (tmp_path / "d" / "e" / "a.bin").write_bytes(b"1")
    (tmp_path / "d" / ".hidden").write_bytes(b"2")
    fos.copy_dir(str(tmp_path / "d"), cloud.url("d"), progress=False)
    assert cloud.keys() == {"d/e/a.bin", "d/.hidden"}
    fos.move_dir(cloud.url("d"), cloud.url("moved"), progress=False)
    assert cloud.keys() == {"moved/e/a.bin", "moved/.hidden"}
    fos.copy_dir(cloud.url("moved"), str(tmp_path / "back"), progress=False)
    assert (tmp_path / "back" / "e" / "a.bin").read_bytes() == b"1"
    fos.copy_dir(str(tmp_path / "d" / "e"), cloud.url("moved"), overwrite=False, progress=False)
    assert cloud.keys() == {"moved/e/a.bin", "moved/.hidden", "moved/a.bin"}
    with pytest.raises(ValueError, match="not empty"):
        fos.ensure_empty_dir(cloud.url("moved"))
    fos.ensure_empty_dir(cloud.url("empty"))
    fos.ensure_dir(cloud.url("empty"))
    fos.ensure_basedir(cloud.url("empty/x"))
    assert not fos.isdir(cloud.url("empty"))


def test_temporary_directories(cloud: Cloud) -> None:
    with fos.TempDir(basedir=cloud.url("tmp")) as directory:
        assert directory.startswith(cloud.url("tmp/"))
        fos.write_file("1", fos.join(directory, "a.txt"))
        assert len(cloud.keys()) == 1
    assert cloud.keys() == set()


def test_archives(cloud: Cloud, tmp_path: Path) -> None:
    cloud.put("d/a.txt", b"1")
    cloud.put("d/e/b.txt", b"2")
    fos.make_archive(cloud.url("d"), cloud.url("x.tar.gz"))
    with tarfile.open(fileobj=BytesIO(cloud.get("x.tar.gz"))) as archive:
        assert {"d/a.txt", "d/e/b.txt"} <= set(archive.getnames())
    fos.extract_archive(cloud.url("x.tar.gz"), outdir=str(tmp_path / "out"))
    assert (tmp_path / "out" / "d" / "e" / "b.txt").read_bytes() == b"2"
    fos.delete_dir(cloud.url("d"))
    fos.extract_archive(cloud.url("x.tar.gz"), cleanup=True)
    assert cloud.keys() == {"d/a.txt", "d/e/b.txt"}


def test_signed_urls_need_no_credentials(cloud: Cloud) -> None:
    url = fos.get_url(cloud.put("a.txt", b"123"), hours=1)
    with urllib.request.urlopen(url) as answer:
        assert answer.read() == b"123"
    assert fos.get_url("/local/a.txt") == "/local/a.txt"
    assert fos.get_url("https://host/a.txt") == "https://host/a.txt"


def test_local_paths_of_files(cloud: Cloud) -> None:
    local = fos.get_local_path(cloud.put("a.jpg", b"123"))
    assert Path(local).read_bytes() == b"123"
    assert fos.get_local_path("/local/a.jpg") == "/local/a.jpg"


def test_etas_small_operations(cloud: Cloud, tmp_path: Path) -> None:
    etau.write_file("text", cloud.url("a.txt"))
    assert etau.read_file(cloud.url("a.txt")) == "text"
    assert etau.read_file(cloud.url("a.txt"), binary=True) == b"text"
    etau.copy_file(cloud.url("a.txt"), str(tmp_path))
    assert (tmp_path / "a.txt").read_text() == "text"
    etau.copy_file(str(tmp_path / "a.txt"), cloud.url("d/"))
    etau.move_file(str(tmp_path / "a.txt"), cloud.url("e"))
    assert cloud.keys() == {"a.txt", "d/a.txt", "e/a.txt"}
    assert etau.make_unique_path(cloud.url("b.txt"), suffix="-x") == cloud.url("b-x.txt")
    unique = etau.make_unique_path(cloud.url("a.txt"))
    assert unique.startswith(cloud.url("a_"))
    assert unique.endswith(".txt")
    with pytest.raises(OSError, match="extension"):
        etau.copy_file(cloud.url("a.txt"), cloud.url("a.jpg"), check_ext=True)
    assert etau.list_subdirs(cloud.url("").removesuffix("/")) == ["d", "e"]


def test_hashes_of_remote_files(cloud: Cloud, tmp_path: Path) -> None:
    (tmp_path / "a.jpg").write_bytes(b"123")
    assert fou.compute_filehash(cloud.put("a.jpg", b"123"), "sha1") == fou.compute_filehash(
        str(tmp_path / "a.jpg"), "sha1"
    )


@pytest.mark.parametrize("name", ["a b+c%2F.txt", "#.txt", "what?.txt", "é/ü.txt", "x" * 240 + ".txt"])
def test_hostile_names(cloud: Cloud, name: str) -> None:
    url = cloud.url(f"in/{name}")
    fos.write_file("1", url)
    assert cloud.keys() == {f"in/{name}"}
    assert fos.read_file(url) == "1"
    fos.copy_file(url, url + ".copy")
    assert fos.list_files(cloud.url("in"), recursive=True) == sorted([name, name + ".copy"])
    fos.delete_files([url, url + ".copy"], progress=False)
    assert cloud.keys() == set()
