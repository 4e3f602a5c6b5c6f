"""Addresses: parsed, formatted, shown."""

from __future__ import annotations

import timeit
from contextlib import suppress

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from safelight.errors import InvalidURIError
from safelight.storage.uri import ObjectURI, is_remote, public_text

BUCKETS = st.from_regex(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]", fullmatch=True)
KEYS = st.text(st.characters(exclude_categories=["Cs"]), max_size=300)


@given(BUCKETS, KEYS)
@example("bucket", "a//b/../c%20d+e#f?g=1")
@example("bucket", "?versionId=1")
@example("bucket", "a?versionId=")
def test_s3_round_trip(bucket: str, key: str) -> None:
    text = f"s3://{bucket}/{key}"
    uri = ObjectURI.parse(text)
    assert str(uri) == uri.text == text
    assert (uri.bucket, uri.key + uri.query) == (bucket, key)
    assert ObjectURI("s3", uri.bucket, uri.key, uri.query) == uri
    assert str(ObjectURI("s3", uri.bucket, uri.key, uri.query)) == text


@given(st.sampled_from(["http", "https"]), st.from_regex(r"[a-z0-9.-]+(:[0-9]{1,5})?", fullmatch=True), KEYS)
def test_http_round_trip(scheme: str, host: str, rest: str) -> None:
    text = f"{scheme}://{host}/{rest}"
    uri = ObjectURI.parse(text)
    assert str(uri) == text
    assert uri.bucket == f"{scheme}://{host}"
    assert not {"?", "#"} & set(uri.key)


@given(st.text(min_size=1).filter(lambda text: not is_remote(text)))
def test_everything_else_is_a_local_path(text: str) -> None:
    uri = ObjectURI.parse(text)
    assert (uri.provider, uri.bucket, uri.key, str(uri)) == ("local", "", text, text)


@given(st.text())
def test_parsing_never_fails_otherwise(text: str) -> None:
    for candidate in (text, f"s3://{text}", f"https://{text}", f"gs://{text}"):
        with suppress(InvalidURIError):
            assert str(ObjectURI.parse(candidate)) == candidate


@pytest.mark.parametrize(
    ("text", "bucket", "key", "query"),
    [
        ("s3://b/k", "b", "k", ""),
        ("S3://b/k", "b", "k", ""),
        ("s3://b", "b", "", ""),
        ("s3://b/", "b", "", ""),
        ("s3://b//k", "b", "/k", ""),
        (
            "s3://b/k?versionId=3sL4kqtJl+Xr.oD_T",
            "b",
            "k",
            "?versionId=3sL4kqtJl+Xr.oD_T",
        ),
        ("s3://b/k?x=1", "b", "k?x=1", ""),
        ("s3://b/k?versionId=1&x=2", "b", "k?versionId=1&x=2", ""),
        ("https://h/a/b?c=d/e#f", "https://h", "a/b", "?c=d/e"),
        ("https://h?c=d", "https://h", "", "?c=d"),
        ("HTTPS://h:8443/a#f", "https://h:8443", "a", ""),
        ("http://[::1]:80/a", "http://[::1]:80", "a", ""),
    ],
)
def test_parts(text: str, bucket: str, key: str, query: str) -> None:
    uri = ObjectURI.parse(text)
    assert (uri.bucket, uri.key, uri.query, uri.text) == (bucket, key, query, text)


def test_version() -> None:
    assert ObjectURI.parse("s3://b/k?versionId=v1").version == "v1"
    assert ObjectURI.parse("s3://b/k").version is None
    assert ObjectURI.parse("https://h/k?versionId=v1").version is None


@pytest.mark.parametrize(
    "text",
    [
        "",
        "s3://",
        "s3:///k",
        "s3://b c/k",
        "s3://u:p@b/k",
        "s3://b/\ud800",
        "http://",
        "https:///k",
        "https://?q",
        "https://:80/a",
        "https://user@/a",
        "https://a b/c",
    ],
)
def test_what_no_store_can_mean(text: str) -> None:
    with pytest.raises(InvalidURIError) as caught:
        ObjectURI.parse(text)
    assert isinstance(caught.value, ValueError)


@pytest.mark.parametrize("scheme", ["gs", "az", "abfs", "abfss", "oci", "minio", "dbfs", "alipan"])
def test_providers_to_come_are_remote_and_say_so(scheme: str) -> None:
    assert is_remote(f"{scheme}://bucket/key")
    with pytest.raises(InvalidURIError, match=f"{scheme}://"):
        ObjectURI.parse(f"{scheme}://bucket/key")


@pytest.mark.parametrize(
    "path",
    [
        "",
        "/a/b",
        "a/b",
        "C:\\a",
        "C:/a",
        "c://a",
        "~/a",
        "file:///a",
        "s3:/b",
        "ftp://h/a",
        "s3",
        "as3://b",
        None,
        3,
        b"s3://b",
    ],
)
def test_not_remote(path: object) -> None:
    assert not is_remote(path)


@pytest.mark.parametrize(
    "path", ["s3://b/k", "S3://b", "http://h", "HTTPS://h", "gs://b/k", "dbfs:/mnt/a", "abfss://c@a/k"]
)
def test_remote(path: str) -> None:
    assert is_remote(path)


def test_is_remote_is_cheap() -> None:
    seconds = min(timeit.repeat(lambda: is_remote("/home/user/images/000001.jpg"), number=1000, repeat=20))
    assert seconds / 1000 < 5e-6, "it runs on every path that upstream touches"


def test_navigation() -> None:
    uri = ObjectURI.parse("s3://b/d/e//k.jpg?versionId=1")
    assert uri.name == "k.jpg"
    assert str(uri.parent) == "s3://b/d/e/"
    assert str(uri.parent.parent) == "s3://b/d/e"
    assert str(uri.parent.child("x")) == "s3://b/d/e/x"
    assert str(ObjectURI.parse("s3://b").child("x/y")) == "s3://b/x/y"
    assert str(ObjectURI.parse("s3://b/d").child("x")) == "s3://b/d/x"
    assert str(uri.with_key("z")) == "s3://b/z"
    assert str(ObjectURI.parse("/a/b").child("c")) == "/a/b/c"


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=30))
def test_what_is_shown_has_no_query_and_no_password(rest: str) -> None:
    text = f"https://user:hunter2@host/path?X-Amz-Signature=hunter2&{rest}"
    uri = ObjectURI.parse(text)
    for shown in (uri.public_text, repr(uri), public_text(text)):
        assert "hunter2" not in shown
        assert "https://host/path" in shown


def test_what_is_shown_of_s3_is_the_whole_key() -> None:
    assert ObjectURI.parse("s3://b/what?.jpg").public_text == "s3://b/what?.jpg"
    assert ObjectURI.parse("s3://b/k?versionId=1").public_text == "s3://b/k"
