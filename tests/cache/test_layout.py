from __future__ import annotations

import os
import posixpath
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from safelight.cache.layout import TEMPORARY_PREFIX, Layout
from safelight.storage.addresses import Addresses
from safelight.storage.uri import ObjectURI

LAYOUT = Layout("/cache/media")
FOLDING = Layout("/cache/media", folds_case=True)

segments = st.one_of(
    st.sampled_from(
        [
            "",
            ".",
            "..",
            "a",
            "A",
            "a.jpg",
            "A.JPG",
            "a.b",
            "...",
            "a.",
            "a ",
            "con",
            "con.txt",
            "é.png",
            "é.png",
        ]
    ),
    st.sampled_from(
        ["x" * 255, "x" * 300 + ".jpg", "é" * 200 + ".jpg", ".safelight-1.part", "a\\b.jpg", "\x00"]
    ),
    st.text(max_size=12),
    st.from_regex(r"[a-c]{0,2}~[0-9a-f]{24}(\.jpg)?", fullmatch=True),
)
keys = st.lists(segments, min_size=1, max_size=5).map("/".join)
s3_uris = st.builds(ObjectURI, st.just("s3"), st.sampled_from(["bucket", "my.bucket.com", "b~x"]), keys)
http_uris = st.builds(
    ObjectURI,
    st.just("http"),
    st.sampled_from(["http://h", "https://h", "http://h:80", "http://user@h", "http://[::1]:80"]),
    keys,
    st.sampled_from(["", "?v=1", "?v=2", "?b", "?1v=1"]),
)
uris = st.one_of(s3_uris, http_uris)


def is_prefix(shorter: str, longer: str) -> bool:
    return longer.startswith(f"{shorter}/")


@given(uris, uris, st.sampled_from([LAYOUT, FOLDING]))
def test_two_objects_never_share_a_file_and_no_file_stands_where_a_directory_must(
    first: ObjectURI, second: ObjectURI, layout: Layout
) -> None:
    one, other = layout.path_of(first), layout.path_of(second)
    if first == second:
        assert one == other
        return
    assert one != other
    assert not is_prefix(one, other)
    assert not is_prefix(other, one)


@given(s3_uris, s3_uris)
def test_on_a_case_folding_file_system_names_differ_by_more_than_case(
    first: ObjectURI, second: ObjectURI
) -> None:
    if first != second:
        one, other = FOLDING.relative(first), FOLDING.relative(second)
        # Buckets cannot differ by case alone (S3 allows lower case only), so comparing whole paths is fair.
        assert one.casefold() != other.casefold()


@given(uris, st.sampled_from([LAYOUT, FOLDING]))
def test_every_path_is_inside_the_cache_and_possible_on_disk(uri: ObjectURI, layout: Layout) -> None:
    path = layout.path_of(uri)
    assert path == posixpath.normpath(path)
    assert path.startswith("/cache/media/")
    names = path.split("/")[1:]
    assert all(0 < len(os.fsencode(name)) <= 255 for name in names)
    assert not any(name.startswith(TEMPORARY_PREFIX) for name in names)
    assert not any(character in path for character in "\0\n\r\\")
    assert len(os.fsencode(path)) < 2600


plain_names = st.from_regex(r"[A-Za-z0-9_-][A-Za-z0-9 _()+=@,%#?&-]{0,20}", fullmatch=True).filter(
    lambda name: name[-1] not in " ."
)


@given(
    st.lists(plain_names, max_size=4), plain_names, st.sampled_from(["jpg", "png", "mp4", "fo3d", "tar.gz"])
)
def test_ordinary_keys_have_exactly_the_documented_path(
    folders: list[str], stem: str, extension: str
) -> None:
    key = "/".join([*folders, f"{stem}.{extension}"])
    assert LAYOUT.path_of(ObjectURI("s3", "voxel51-test", key)) == f"/cache/media/s3/voxel51-test/{key}"


@pytest.mark.parametrize(
    ("address", "path"),
    [
        ("s3://voxel51-test/images/000001.jpg", "s3/voxel51-test/images/000001.jpg"),
        ("s3://bucket/v1.0/2024.05.01/Größe 7%20.png", "s3/bucket/v1.0/2024.05.01/Größe 7%20.png"),
        ("s3://my.data.com/a.jpg", "s3/my.data.com/a.jpg"),
        ("https://Example.com:8443/a/b.jpg", "https/example.com+8443/a/b.jpg"),
        ("http://example.com/a/b.jpg", "http/example.com/a/b.jpg"),
    ],
)
def test_examples(address: str, path: str) -> None:
    assert LAYOUT.relative(Addresses().parse(address)) == path


@pytest.mark.parametrize(
    "key", ["../x.jpg", "a//b.jpg", "/a.jpg", "a/./b.jpg", "x" * 300 + ".jpg", "a\nb.jpg"]
)
def test_odd_keys_keep_their_extension(key: str) -> None:
    assert LAYOUT.relative(ObjectURI("s3", "bucket", key)).endswith(".jpg")


def test_the_file_of_an_odd_key_really_can_be_written(tmp_path: Path) -> None:
    layout = Layout(str(tmp_path))
    keys = [
        "a",
        "a/b",
        "a/b/c.jpg",
        "..",
        "../..",
        "",
        "/",
        "//",
        "a.",
        "a.jpg/b.jpg",
        "a.jpg",
        "é" * 300,
        "./" * 400,
    ]
    for key in keys:
        path = Path(layout.path_of(ObjectURI("s3", "bucket", key)))
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(key)
    for key in keys:
        assert Path(layout.path_of(ObjectURI("s3", "bucket", key))).read_text() == key


def test_versions_of_an_object_are_different_files() -> None:
    addresses = ["s3://b/a.jpg", "s3://b/a.jpg?versionId=1", "s3://b/a.jpg?versionId=2"]
    assert len({LAYOUT.path_of(Addresses().parse(address)) for address in addresses}) == 3


SIGNED = [
    "https://h/a.jpg",
    "https://h/a.jpg?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Signature=aa&X-Amz-Date=1&X-Amz-Security-Token=t",
    "https://h/a.jpg?X-Goog-Signature=bb&X-Goog-Expires=60&X-Goog-Credential=c",
    "https://h/a.jpg?sv=2024&se=2030&sr=b&sp=r&sig=cc%3D",
    "https://h/a.jpg?AWSAccessKeyId=k&Expires=1&Signature=dd",
    "https://h/a.jpg?Expires=1&Signature=dd&Key-Pair-Id=k",
    "https://h/a.jpg?GoogleAccessId=k&Expires=9&Signature=ee",
]


def test_signing_an_address_again_does_not_change_its_file() -> None:
    assert {LAYOUT.relative(Addresses().parse(address)) for address in SIGNED} == {"https/h/a.jpg"}


def test_a_query_that_selects_content_does() -> None:
    queries = [
        "",
        "?page=1",
        "?page=2",
        "?se=1",
        "?Expires=1",
        "?page=1&X-Amz-Signature=a",
        "?a=1&b=2",
        "?b=2&a=1",
    ]
    paths = [LAYOUT.relative(Addresses().parse(f"https://h/a.jpg{query}")) for query in queries]
    assert paths[1] == paths[5]
    assert len(set(paths)) == len(queries) - 1
    assert all(path.endswith(".jpg") for path in paths)


def test_a_password_in_an_address_is_not_in_the_path() -> None:
    assert "secret" not in LAYOUT.relative(Addresses().parse("https://user:secret@h/a.jpg"))


def test_the_password_of_a_file_server_is_in_no_path() -> None:
    layout = Layout("/media")
    paths = {
        layout.path_of(ObjectURI("fsspec", f"{who}host:22", "a.jpg", "", "sftp"))
        for who in ("", "me:secret@", "you:secret@", "me:other@")
    }
    assert len(paths) == 4, "users may see different files"
    assert not [path for path in paths if "secret" in path or "me:" in path]
