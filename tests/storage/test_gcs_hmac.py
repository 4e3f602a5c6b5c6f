"""HMAC keys of Google Cloud Storage: its XML API takes the signatures of Amazon S3.

So an S3 server that checks them stands in. What Google's has not, deletion of many objects in one request and
the condition of writing only what does not exist, is not asked of it.
"""

from __future__ import annotations

import urllib.request
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from safelight.config import MediaCacheConfig, storage_options
from safelight.errors import ConfigError, CredentialsError, ObjectExistsError
from safelight.storage.base import PutOptions
from safelight.storage.credentials import Secret
from safelight.storage.gcs.options import GCSAccount, GCSOptions
from safelight.storage.options import StorageOptions
from safelight.storage.portal import Portal
from safelight.storage.registry import StoreRegistry
from safelight.storage.uri import ObjectURI
from support.gcs.place import GCSPlace
from support.naughty import Naughty
from support.s3_server import S3Server
from support.stores import QUICK, Rig


@pytest.fixture
def rig(s3: S3Server, naughty: Naughty, portal: Portal, bucket: str) -> Iterator[Rig]:
    """A bucket, reached with an HMAC key; `naughty` sees the requests."""
    account = GCSAccount(access_key=Secret(s3.access_key), secret=Secret(s3.secret_key))
    endpoint = {"client_options": {"api_endpoint": naughty.url}}
    options = StorageOptions(retry=QUICK, gcs=GCSOptions(account=account, client_kwargs=endpoint))
    rig = Rig("gcs", portal, StoreRegistry(options), ObjectURI("gcs", bucket, "base/"), s3.client())
    yield rig
    rig.run(rig.registry.close())


@pytest.mark.parametrize("key", ["folder/photo.jpg", "folder//photo.jpg"], ids=["native", "sdk"])
def test_objects_are_written_read_listed_copied_and_deleted(rig: Rig, naughty: Naughty, key: str) -> None:
    uri = rig.fill(key, b"by key")
    assert rig.read(key) == b"by key"
    rig.run(rig.store.copy(uri, rig.uri("copied.jpg")))
    assert len(rig.keys()) == 2
    rig.run(rig.store.delete([uri, rig.uri("copied.jpg"), rig.uri("never/was.jpg")]))
    assert rig.keys() == []
    assert [method for method, _ in naughty.requests].count("DELETE") == 3
    assert not [target for method, target in naughty.requests if method == "POST"]


def test_what_exists_is_not_replaced_unasked(rig: Rig, naughty: Naughty) -> None:
    uri = rig.fill("a.jpg", b"first")
    written = [method for method, _ in naughty.requests].count("PUT")
    with pytest.raises(ObjectExistsError, match=r"a\.jpg"):
        rig.run(rig.store.put(uri, b"second", PutOptions(overwrite=False)))
    assert [method for method, _ in naughty.requests].count("PUT") == written
    rig.run(rig.store.put(rig.uri("b.jpg"), b"new", PutOptions(overwrite=False)))
    assert rig.read("b.jpg") == b"new"


def test_hmac_keys(s3: S3Server, portal: Portal, monkeypatch: pytest.MonkeyPatch) -> None:
    """Google's XML API takes the signatures of Amazon S3, so an S3 server that checks them stands in."""
    bucket = s3.new_bucket()
    s3.client().put_object(Bucket=bucket, Key="a.jpg", Body=b"by key")
    monkeypatch.setenv("GCS_KEY", s3.access_key)
    monkeypatch.setenv("GCS_SECRET", s3.secret_key)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "not-this-one")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "not-this-one")
    registry = StoreRegistry(_interoperable(s3))
    uri = registry.parse(f"gs://{bucket}/a.jpg")
    store: Any = registry.store_for(uri)
    assert portal.run(store.get_range(uri, 0, 9))[0] == b"by key"
    identity = portal.run(store.identity())
    (source,) = [each.source for each in identity.candidates if each.outcome == "chosen"]
    assert (identity.method, identity.principal) == ("access key", f"access key {s3.access_key}")
    assert source == "GCS_KEY and GCS_SECRET"
    monkeypatch.setenv("GCS_SECRET", "wrong")
    wrong = StoreRegistry(_interoperable(s3))
    with pytest.raises(CredentialsError, match=r"a\.jpg"):
        portal.run(wrong.store_for(uri).get_range(uri, 0, 9))
    for each in (registry, wrong):
        portal.run(each.close())


def _interoperable(s3: S3Server) -> StorageOptions:
    endpoint = {"gcs": {"client_options": {"api_endpoint": s3.endpoint_url}}}
    config = replace(MediaCacheConfig(), extra_client_kwargs=endpoint)
    return replace(storage_options(config), retry=QUICK)


def paying(rig: Rig, project: str | None) -> Rig:
    """The same bucket, and somebody else than its owner pays."""
    options = rig.registry.options
    gcs = replace(options.gcs, requester_pays=frozenset({rig.base.bucket}), billing_project=project)
    return replace(rig, registry=StoreRegistry(replace(options, gcs=gcs)))


def test_every_request_names_who_pays(rig: Rig, naughty: Naughty, tmp_path: Path) -> None:
    ours = paying(rig, "the payer's project")
    large = tmp_path / "large.bin"
    large.write_bytes(bytes(20 << 20))
    uri = ours.fill("photo.jpg", b"paid for")
    assert ours.read("photo.jpg") == b"paid for"
    ours.run(ours.store.put(ours.uri("large.bin"), large))
    ours.run(ours.store.copy(uri, ours.uri("copied.jpg")))
    assert len(ours.keys()) == 3
    ours.run(ours.store.delete([uri]))
    signed = ours.run(ours.store.sign(ours.uri("copied.jpg"), expires=timedelta(minutes=5)))
    with urllib.request.urlopen(signed) as answer:
        assert answer.read() == b"paid for"
    assert {method for method, _ in naughty.requests} == {"GET", "HEAD", "PUT", "POST", "DELETE"}
    for method, target in naughty.requests:
        assert target.count("userProject=the%20payer%27s%20project") == 1, (method, target)
    rig.run(ours.registry.close())


def test_a_key_alone_does_not_say_who_pays(rig: Rig) -> None:
    ours = paying(rig, None)
    with pytest.raises(ConfigError, match=rf"gs://{rig.base.bucket}.*SAFELIGHT_GCS_BILLING_PROJECT"):
        ours.fill("photo.jpg", b"x")
    rig.run(ours.registry.close())


def test_where_hmac_keys_go(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GCS_KEY", "GOOGEXAMPLE")
    with pytest.raises(ConfigError, match="GCS_SECRET is not set"):
        storage_options(MediaCacheConfig())
    monkeypatch.setenv("GCS_SECRET", "secret")
    options = storage_options(replace(MediaCacheConfig(), google_application_credentials="/after.json"))
    assert options.gcs.account.source == "GCS_KEY and GCS_SECRET"
    store: Any = StoreRegistry(options).store_for(ObjectURI("gcs", "b", "k"))
    assert store._session.client().meta.endpoint_url == "https://storage.googleapis.com"
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", "/before.json")
    assert storage_options(MediaCacheConfig()).gcs.account.credentials_file == "/before.json"


def test_buckets_of_both_kinds_of_accounts(google: GCSPlace, s3: S3Server) -> None:
    keys = GCSAccount(access_key=Secret("k"), secret=Secret("s"), source="theirs")
    options = google.options(buckets={"theirs": keys, "others": keys})
    registry = StoreRegistry(options)
    ours, theirs, others = (
        registry.store_for(ObjectURI("gcs", name, "k")) for name in ("o", "theirs", "others")
    )
    assert theirs.reaches(ObjectURI("gcs", "others", "k"))
    assert others.reaches(ObjectURI("gcs", "theirs", "k"))
    assert not theirs.reaches(ObjectURI("gcs", "ours", "k"))
    assert not ours.reaches(ObjectURI("gcs", "theirs", "k"))
