"""Addresses: parsed, formatted, shown."""

from __future__ import annotations

import timeit
from contextlib import suppress

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from safelight.errors import InvalidURIError
from safelight.storage.addresses import Addresses, Place, addresses_of
from safelight.storage.uri import ObjectURI, is_remote, public_text

BUCKETS = st.from_regex(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]", fullmatch=True)
KEYS = st.text(st.characters(exclude_categories=["Cs"]), max_size=300)


@given(BUCKETS, KEYS)
@example("bucket", "a//b/../c%20d+e#f?g=1")
@example("bucket", "?versionId=1")
@example("bucket", "a?versionId=")
def test_s3_round_trip(bucket: str, key: str) -> None:
    text = f"s3://{bucket}/{key}"
    uri = Addresses().parse(text)
    assert str(uri) == uri.text == text
    assert (uri.bucket, uri.key + uri.query) == (bucket, key)
    assert ObjectURI("s3", uri.bucket, uri.key, uri.query) == uri
    assert str(ObjectURI("s3", uri.bucket, uri.key, uri.query)) == text


@given(st.sampled_from(["http", "https"]), st.from_regex(r"[a-z0-9.-]+(:[0-9]{1,5})?", fullmatch=True), KEYS)
def test_http_round_trip(scheme: str, host: str, rest: str) -> None:
    text = f"{scheme}://{host}/{rest}"
    uri = Addresses().parse(text)
    assert str(uri) == text
    assert uri.bucket == f"{scheme}://{host}"
    assert not {"?", "#"} & set(uri.key)


@given(st.text(min_size=1).filter(lambda text: not is_remote(text)))
def test_everything_else_is_a_local_path(text: str) -> None:
    uri = Addresses().parse(text)
    assert (uri.provider, uri.bucket, uri.key, str(uri)) == ("local", "", text, text)


@given(st.text())
def test_parsing_never_fails_otherwise(text: str) -> None:
    for candidate in (text, f"s3://{text}", f"https://{text}", f"gs://{text}"):
        with suppress(InvalidURIError):
            assert str(Addresses().parse(candidate)) == candidate


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
    uri = Addresses().parse(text)
    assert (uri.bucket, uri.key, uri.query, uri.text) == (bucket, key, query, text)


ACCOUNT = "https://voxel51.blob.core.windows.net"
CONFIGURED = addresses_of(
    [
        (Place("azure", ACCOUNT), ("az", "pictures"), ()),
        (Place("minio", "https://minio.example:9000"), ("minio", "store"), ()),
    ]
)


@pytest.mark.parametrize(
    ("text", "provider", "endpoint", "bucket", "key"),
    [
        ("gs://b/k", "gcs", "", "b", "k"),
        ("gcs://b/k", "gcs", "", "b", "k"),
        (f"{ACCOUNT}/test-container/image.jpg", "azure", ACCOUNT, "test-container", "image.jpg"),
        ("HTTPS://VOXEL51.blob.core.windows.net/c/a%20b%2520.jpg", "azure", ACCOUNT, "c", "a b%20.jpg"),
        ("https://voxel51.dfs.core.windows.net/c/d/k", "azure", ACCOUNT, "c", "d/k"),
        ("abfss://c@voxel51.dfs.core.windows.net/d/k", "azure", ACCOUNT, "c", "d/k"),
        ("wasbs://c@voxel51.blob.core.windows.net/d/k", "azure", ACCOUNT, "c", "d/k"),
        ("az://test-container/image.jpg", "azure", ACCOUNT, "test-container", "image.jpg"),
        ("azure://c/a%20b", "azure", ACCOUNT, "c", "a%20b"),
        ("azure-dl://c/k", "azure", ACCOUNT, "c", "k"),
        ("abfs://c/k", "azure", ACCOUNT, "c", "k"),
        ("pictures://c/k", "azure", ACCOUNT, "c", "k"),
        ("minio://b/k", "minio", "https://minio.example:9000", "b", "k"),
        ("store://b/k", "minio", "https://minio.example:9000", "b", "k"),
        ("https://minio.example:9000/b/a%23b", "minio", "https://minio.example:9000", "b", "a#b"),
        ("https://minio.example:9000/b", "minio", "https://minio.example:9000", "b", ""),
        ("oci://b@ns/k", "oci", "", "b@ns", "k"),
        ("oci://b/k", "oci", "", "b", "k"),
        ("dbfs:/Volumes/c/s/v/k", "databricks", "", "", "Volumes/c/s/v/k"),
        ("dbfs:///mnt/k", "databricks", "", "", "mnt/k"),
        ("alipan:///d/k", "alipan", "", "", "d/k"),
        ("hf://datasets/a/b", "fsspec", "hf", "datasets", "a/b"),
    ],
)
def test_every_form_of_the_seed_documents(
    text: str, provider: str, endpoint: str, bucket: str, key: str
) -> None:
    uri = CONFIGURED.parse(text)
    assert (uri.provider, uri.endpoint, uri.bucket, uri.key) == (provider, endpoint, bucket, key)
    assert str(uri) == text
    assert CONFIGURED.parse(uri.with_key(key).text) == uri, "navigation keeps the form"
    assert CONFIGURED.parse(str(ObjectURI(provider, bucket, key, "", endpoint))) == uri, "canonical form"


@pytest.mark.parametrize(
    "text",
    [
        f"{ACCOUNT}/c/k?sv=2022&sig=x",
        "https://minio.example:9000/b/k?X-Amz-Signature=x",
        "https://minio.example:90001/b/k",
        "https://minio.example:9000",
        "https://blob.core.windows.net/c/k",
    ],
)
def test_urls_that_stay_urls(text: str) -> None:
    assert CONFIGURED.parse(text).provider == "http"


@given(
    st.sampled_from(
        ["az://c", "minio://b", f"{ACCOUNT}/c", "https://minio.example:9000/b", "gs://b", "oci://b@n"]
    ),
    KEYS.filter(lambda key: "?versionId=" not in key),
)
@example(f"{ACCOUNT}/c", "a%20b#c?d")
def test_any_key_survives_every_form(root: str, key: str) -> None:
    base = CONFIGURED.parse(root)
    written = base.with_key(key).text
    assert CONFIGURED.parse(written).key == key
    assert CONFIGURED.parse(written) == base.with_key(key)


@pytest.mark.parametrize("alias", ["s3", "https", "a b", "", "x"])
def test_what_cannot_be_an_alias(alias: str) -> None:
    with pytest.raises(InvalidURIError, match="alias"):
        addresses_of([(Place("azure", ACCOUNT), (alias,), ())])


def test_an_unconfigured_alias_says_what_to_set() -> None:
    with pytest.raises(InvalidURIError, match="AZURE_STORAGE_ACCOUNT"):
        Addresses().parse("az://c/k")
    with pytest.raises(InvalidURIError, match="MINIO_ENDPOINT_URL"):
        Addresses().parse("minio://b/k")


def test_version() -> None:
    assert Addresses().parse("s3://b/k?versionId=v1").version == "v1"
    assert Addresses().parse("s3://b/k").version is None
    assert Addresses().parse("https://h/k?versionId=v1").version is None


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
        "gs:///k",
        "oci://b@/k",
        "dbfs://host/k",
        "alipan://host/k",
        "abfss://container@elsewhere.example/k",
        "az://container/k",
        "minio://bucket/k",
    ],
)
def test_what_no_store_can_mean(text: str) -> None:
    with pytest.raises(InvalidURIError) as caught:
        Addresses().parse(text)
    assert isinstance(caught.value, ValueError)


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
        "s3",
        None,
        3,
        b"s3://b",
    ],
)
def test_not_remote(path: object) -> None:
    assert not is_remote(path)


@pytest.mark.parametrize(
    "path",
    ["s3://b/k", "S3://b", "http://h", "HTTPS://h", "gs://b/k", "dbfs:/mnt/a", "abfss://c@a/k", "sftp://h/a"],
)
def test_remote(path: str) -> None:
    assert is_remote(path)


def test_is_remote_is_cheap() -> None:
    seconds = min(timeit.repeat(lambda: is_remote("/home/user/images/000001.jpg"), number=1000, repeat=20))
    assert seconds / 1000 < 5e-6, "it runs on every path that upstream touches"


def test_navigation() -> None:
    uri = Addresses().parse("s3://b/d/e//k.jpg?versionId=1")
    assert uri.name == "k.jpg"
    assert str(uri.parent) == "s3://b/d/e/"
    assert str(uri.parent.parent) == "s3://b/d/e"
    assert str(uri.parent.child("x")) == "s3://b/d/e/x"
    assert str(Addresses().parse("s3://b").child("x/y")) == "s3://b/x/y"
    assert str(Addresses().parse("s3://b/d").child("x")) == "s3://b/d/x"
    assert str(uri.with_key("z")) == "s3://b/z"
    assert str(Addresses().parse("/a/b").child("c")) == "/a/b/c"


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=30))
def test_what_is_shown_has_no_query_and_no_password(rest: str) -> None:
    text = f"https://user:hunter2@host/path?X-Amz-Signature=hunter2&{rest}"
    uri = Addresses().parse(text)
    for shown in (uri.public_text, repr(uri), public_text(text)):
        assert "hunter2" not in shown
        assert "https://host/path" in shown


def test_what_is_shown_of_s3_is_the_whole_key() -> None:
    assert Addresses().parse("s3://b/what?.jpg").public_text == "s3://b/what?.jpg"
    assert Addresses().parse("s3://b/k?versionId=1").public_text == "s3://b/k"
