"""Paths that stand for addresses in the App."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from safelight.dropin.app.signed_paths import address_of, is_signed_path, signed_path

KEYS = st.text(st.characters(exclude_categories=["Cs"]), max_size=100)
ROOTS = st.sampled_from(
    [
        "s3://b/",
        "gs://b/",
        "az://c/",
        "https://acct.blob.core.windows.net/c/",
        "oci://b@ns/",
        "dbfs:/",
        "dbfs:/Volumes/c/s/v/",
        "dbfs:///",
        "alipan:///",
        "minio://b/",
    ]
)


@given(ROOTS, KEYS)
@example("s3://b/", "/../a//b?c#d%20")
@example("dbfs:/", "/a")
def test_round_trip(root: str, key: str) -> None:
    path = signed_path(root + key)
    assert is_signed_path(path)
    if not (root == "dbfs:/" and key.startswith("/")):
        assert address_of(path) == root + key
    assert path.rpartition("/")[2] == (root + key).rpartition("/")[2], "the name, and so the type, stays"


@given(ROOTS, KEYS)
def test_pages_send_it_to_the_media_route(root: str, key: str) -> None:
    """Upstream's pages take what begins with a scheme and two slashes for an address of the web."""
    assert signed_path(root + key).startswith("/.safelight/")


@given(st.text(max_size=80))
def test_nobody_else_can_make_one(forged: str) -> None:
    assert address_of("/.safelight/" + forged) is None
    assert address_of("/.safelight/" + "0" * 32 + "/s3:/bucket/key" + forged) is None


@pytest.mark.parametrize(
    "change",
    [
        lambda path: path.replace("a.jpg", "b.jpg"),
        lambda path: path.replace("bucket", "other"),
        lambda path: path.replace("s3:", "file:"),
        lambda path: path + "/../../x",
        lambda path: path.replace("/s3:/", "/s3://"),
        lambda path: path.upper(),
    ],
)
def test_a_changed_one_is_worth_nothing(change: object) -> None:
    path = signed_path("s3://bucket/a.jpg")
    assert callable(change)
    assert address_of(change(path)) is None


def test_local_paths_are_none() -> None:
    assert not is_signed_path("/home/me/a.jpg")
    assert not is_signed_path("s3://b/k")
