"""Path functions on addresses: properties for every key, and what `os.path` would have destroyed."""
# ruff: noqa: PTH117, PTH118, PTH119, PTH120, PTH122 - `os.path` is what is compared with

from __future__ import annotations

import os
import posixpath
from pathlib import Path

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from safelight.files import paths
from safelight.storage.uri import is_remote

TEXT = st.text(st.characters(codec="utf-8", exclude_characters="/"), max_size=12)
HOSTILE = st.sampled_from(
    ["", ".", "..", " ", "%2F", "a+b", "#", "?", "é", "x" * 300, "k.jpg", ".hidden", "a.b.c"]
)
KEY = st.lists(HOSTILE | TEXT, min_size=1, max_size=6).map("/".join)

# No query, and no segment that a normalisation would drop.
PLAIN_TEXT = st.text(st.characters(codec="utf-8", exclude_characters="/?#."), max_size=12)
PLAIN = st.sampled_from(["", " ", "%2F", "a+b", "é", "x" * 300, "k.jpg", ".hidden", "a.b.c"]) | PLAIN_TEXT
PLAIN_KEY = st.lists(PLAIN, min_size=1, max_size=6).map("/".join)

# Not `dbfs:`, where a key that begins with a slash cannot be told from `dbfs://`.
BUCKET = st.sampled_from(["s3://bucket", "s3://b.c-d", "gs://bucket", "https://host:8080", "oci://b@ns"])
OBJECT = st.builds("{}/{}".format, BUCKET, PLAIN_KEY)


@given(bucket=st.sampled_from(["s3://bucket", "gs://bucket"]), key=KEY)
def test_normalize_path_never_touches_an_address(bucket: str, key: str) -> None:
    url = f"{bucket}/{key}"
    assert paths.normalize_path(url) == url
    assert paths.expanduser(url) == url
    assert paths.isabs(url)


@given(url=OBJECT)
@example("s3://bucket//")
@example("s3://bucket//a//b")
@example("s3://bucket/a//")
def test_join_undoes_split_for_every_key(url: str) -> None:
    directory, name = paths.split(url)
    assert paths.join(directory, name) == url


@given(url=OBJECT)
def test_normpath_leaves_addresses_without_dot_segments_alone(url: str) -> None:
    assert paths.normpath(url) == url
    assert paths.abspath(url) == url
    assert paths.realpath(url) == url


@given(bucket=BUCKET, key=KEY)
def test_normpath_is_idempotent_and_stays_in_its_bucket(bucket: str, key: str) -> None:
    once = paths.normpath(f"{bucket}/{key}")
    assert paths.normpath(once) == once
    assert once.startswith(bucket)


@given(bucket=BUCKET, key=PLAIN_KEY, start=PLAIN_KEY)
@example("s3://bucket", "a//x", "a")
@example("s3://bucket", "a//x", "a//")
@example("s3://bucket", "http://x", "")
def test_relpath_leads_from_start_to_path(bucket: str, key: str, start: str) -> None:
    url = f"{bucket}/{key}".removesuffix("/")
    assume(not url.endswith("/"))
    relative = paths.relpath(url, f"{bucket}/{start}")
    assert not is_remote(relative)
    assert not os.path.isabs(relative)
    assert paths.normpath(paths.join(f"{bucket}/{start}", relative)) == url


@given(root=OBJECT, names=st.lists(PLAIN_KEY, min_size=1, max_size=4))
def test_commonpath_holds_every_path(root: str, names: list[str]) -> None:
    assume(not root.endswith("/"))
    inside = [f"{root}/{name}" for name in names]
    common = paths.commonpath(inside)
    assert common.startswith(root)
    assert all(paths.contains(common, path) for path in inside)


@given(parts=st.lists(st.text(max_size=10), min_size=1, max_size=4))
def test_local_paths_get_the_answers_of_os_path(parts: list[str]) -> None:
    path, *rest = parts
    assume(not any(is_remote(part) for part in parts) and not any("\0" in part for part in parts))
    assert paths.join(path, *rest) == os.path.join(path, *rest)
    assume(not is_remote(os.path.join(path, *rest)))
    assert paths.normpath(path) == os.path.normpath(path)
    assert paths.dirname(path) == os.path.dirname(path)
    assert paths.basename(path) == os.path.basename(path)
    assert paths.splitext(path) == os.path.splitext(path)
    assert paths.isabs(path) == os.path.isabs(path)


@pytest.mark.parametrize(
    ("parts", "joined"),
    [
        (("s3://b", "k"), "s3://b/k"),
        (("s3://b/", "k"), "s3://b/k"),
        (("s3://b/d", ""), "s3://b/d/"),
        (("s3://b/d", "./images/a.jpg"), "s3://b/d/images/a.jpg"),
        (("s3://b/d", "../a.jpg"), "s3://b/d/../a.jpg"),
        (("s3://b/d", "/local/a.jpg"), "/local/a.jpg"),
        (("/local", "s3://b/a.jpg"), "s3://b/a.jpg"),
        (("s3://b/d", "s3://c/a.jpg", "x"), "s3://c/a.jpg/x"),
        (("https://h/d?sig=a/b", "k.jpg"), "https://h/d/k.jpg?sig=a/b"),
    ],
)
def test_join(parts: tuple[str, ...], joined: str) -> None:
    assert paths.join(*parts) == joined


@pytest.mark.parametrize(
    ("url", "normal"),
    [
        ("s3://b/./images/val/0.jpg", "s3://b/images/val/0.jpg"),
        ("s3://b/a/../k.jpg", "s3://b/k.jpg"),
        ("s3://b/../../k.jpg", "s3://b/k.jpg"),
        ("s3://b/a//../k.jpg", "s3://b/a/k.jpg"),
        ("s3://b/a//b.jpg", "s3://b/a//b.jpg"),
        ("s3://b/a\\b.jpg", "s3://b/a\\b.jpg"),
        ("s3://b/..", "s3://b"),
        ("https://h/d/../k.jpg?sig=a/../b", "https://h/k.jpg?sig=a/../b"),
    ],
)
def test_normpath(url: str, normal: str) -> None:
    assert paths.normpath(url) == normal


@pytest.mark.parametrize(
    ("url", "directory", "name", "extension"),
    [
        ("s3://b/d/k.jpg", "s3://b/d", "k.jpg", ".jpg"),
        ("s3://b/k.jpg?versionId=3", "s3://b", "k.jpg", ".jpg"),
        ("s3://b/d/what?.jpg", "s3://b/d", "what?.jpg", ".jpg"),
        ("s3://b", "s3://b", "", ""),
        ("s3://b/", "s3://b", "", ""),
        ("s3://b/d.x/k", "s3://b/d.x", "k", ""),
        ("s3://b/.hidden", "s3://b", ".hidden", ""),
        ("https://h/d/k.tar.gz?X-Amz-Credential=A/2026/us#f", "https://h/d", "k.tar.gz", ".gz"),
        ("https://h/x?file=1.jpg", "https://h", "x", ""),
        ("dbfs:/mnt/k.jpg", "dbfs:/mnt", "k.jpg", ".jpg"),
    ],
)
def test_names_and_extensions_ignore_the_query(url: str, directory: str, name: str, extension: str) -> None:
    assert (paths.dirname(url), paths.basename(url)) == (directory, name)
    assert paths.splitext(url)[1] == extension


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("s3://b/a.jpg?versionId=3", "a.jpg"),
        ("s3://b/a.jpg?x#y", "a.jpg"),
        ("s3://b/what?.jpg", "what?.jpg"),
        ("https://h/a.jpg?sig=1.png", "a.jpg"),
        ("/local/what?.x?y", "what?.x?y"),
    ],
)
def test_plain_name_is_what_a_type_is_guessed_from(path: str, name: str) -> None:
    assert paths.plain_name(path) == name


@pytest.mark.parametrize(
    ("path", "start"), [("s3://a/k", "s3://b"), ("s3://a/k", "/local"), ("/local", "s3://a")]
)
def test_no_relative_path_between_different_roots(path: str, start: str) -> None:
    with pytest.raises(ValueError, match="no common root"):
        paths.relpath(path, start)
    with pytest.raises(ValueError, match="no common root"):
        paths.commonpath([path, start])


def test_relpath_of_the_bucket_itself() -> None:
    assert paths.relpath("s3://b/d", "s3://b/d/") == "."
    assert paths.relpath("s3://b", "s3://b/d/e") == "../.."


def test_local_relpath_is_relative_to_the_working_directory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert paths.relpath(str(tmp_path / "a" / "b")) == posixpath.join("a", "b")
