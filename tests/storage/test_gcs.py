"""What only Google Cloud Storage has: generations, payers, compression, signing by Google."""

from __future__ import annotations

import gzip
import subprocess
import sys
import urllib.request
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.error import HTTPError

import pytest

from safelight.errors import (
    AccessDeniedError,
    BucketNotFoundError,
    CredentialsError,
    MissingExtraError,
    ObjectChangedError,
    ObjectExistsError,
    ObjectNotFoundError,
    StorageError,
)
from safelight.storage import transfer
from safelight.storage.base import CorsRule, PutOptions
from safelight.storage.credentials import Secret
from safelight.storage.gcs.options import GCSAccount
from safelight.storage.options import StorageOptions
from safelight.storage.portal import Portal
from safelight.storage.registry import StoreRegistry
from safelight.storage.uri import ObjectURI
from support.gcs.google import be_a_machine_of_google
from support.gcs.identity import EMAIL, OTHER_EMAIL
from support.gcs.place import GCSPlace
from support.stores import QUICK, Rig

Open = Callable[..., Rig]


@pytest.fixture
def opened(gcs: GCSPlace, gcs_rig: Rig, portal: Portal) -> Any:
    """Opens the rig's bucket with other options; closes what it opened."""
    made: list[StoreRegistry] = []

    def open_with(options: StorageOptions) -> Rig:
        made.append(StoreRegistry(options))
        return replace(gcs_rig, registry=made[-1])

    yield open_with
    for registry in made:
        portal.run(registry.close())


@pytest.fixture(params=["native", "sdk"])
def key(request: pytest.FixtureRequest) -> str:
    """Its form decides which client reads it."""
    return "folder/photo.jpg" if request.param == "native" else "folder//photo.jpg"


@pytest.mark.parametrize("name", ["a//b", "/lead", "trail/", "x/../y", "./z", "tab\there"])
def test_names_that_are_no_paths(gcs_rig: Rig, name: str) -> None:
    uri = gcs_rig.fill(name, b"odd")
    assert gcs_rig.read(name) == b"odd"
    assert gcs_rig.run(gcs_rig.store.get_range(uri, 1, 9))[0] == b"dd"
    assert gcs_rig.keys() == [name]
    gcs_rig.run(gcs_rig.store.copy(uri, gcs_rig.uri("copied")))
    gcs_rig.run(gcs_rig.store.delete([uri, gcs_rig.uri("copied")]))
    assert gcs_rig.keys() == []


def test_both_clients_say_the_same_of_an_object(gcs_rig: Rig) -> None:
    infos = []
    for name in ("same.jpg", "s//ame.jpg"):
        uri = gcs_rig.fill(name, b"same bytes")
        head = gcs_rig.run(gcs_rig.store.head(uri))
        _, ranged = gcs_rig.run(gcs_rig.store.get_range(uri, 0, 1))
        assert (ranged.etag, ranged.size, ranged.md5) == (head.etag, head.size, head.md5)
        infos.append(head)
    assert infos[0].md5 == infos[1].md5 is not None
    assert infos[0].content_type == infos[1].content_type == "image/jpeg"


def test_replaced_between_two_parts(gcs_rig: Rig, key: str) -> None:
    uri = gcs_rig.fill(key, b"old" * 10)
    etag = gcs_rig.run(gcs_rig.store.head(uri)).etag
    gcs_rig.run(gcs_rig.store.delete([uri]))
    with pytest.raises(ObjectChangedError, match=r"photo\.jpg"):
        gcs_rig.run(gcs_rig.store.get_range(uri, 0, 3, etag=etag))
    with pytest.raises(ObjectNotFoundError, match=r"photo\.jpg"):
        gcs_rig.run(gcs_rig.store.get_range(uri, 0, 3))


def test_what_is_stored_compressed_arrives_as_it_is_stored(gcs_rig: Rig, key: str, tmp_path: Path) -> None:
    """Google undoes the compression for who does not ask otherwise: no length and no checksum would fit."""
    stored = gzip.compress(b"points" * 1000)
    blob = gcs_rig.client.bucket(gcs_rig.base.bucket).blob(gcs_rig.uri(key).key)
    blob.content_encoding = "gzip"
    blob.upload_from_string(stored)
    gcs_rig.run(transfer.download(gcs_rig.store, gcs_rig.uri(key), tmp_path / "t"))
    assert (tmp_path / "t").read_bytes() == stored


def test_cache_control_is_stored(gcs_rig: Rig) -> None:
    uri = gcs_rig.uri("a.jpg")
    gcs_rig.run(gcs_rig.store.put(uri, b"x", PutOptions(cache_control="max-age=5")))
    assert gcs_rig.client.bucket(uri.bucket).get_blob(uri.key).cache_control == "max-age=5"


def test_large_uploads_do_not_replace_either(gcs_rig: Rig, tmp_path: Path) -> None:
    (tmp_path / "large").write_bytes(bytes(9 << 20))
    uri = gcs_rig.fill("there.bin", b"first")
    with pytest.raises(ObjectExistsError, match=r"there\.bin"):
        gcs_rig.run(gcs_rig.store.put(uri, tmp_path / "large", PutOptions(overwrite=False)))
    assert gcs_rig.read("there.bin") == b"first"


def test_many_are_deleted_in_one_request(gcs: GCSPlace, gcs_rig: Rig) -> None:
    uris = [gcs_rig.fill(f"{number}.jpg", b"x") for number in range(120)]
    gcs.front.requests.clear()
    gcs_rig.run(gcs_rig.store.delete([*uris, gcs_rig.uri("never/was")]))
    assert [request.method for request in gcs.front.requests] == ["POST", "POST"]
    assert gcs_rig.keys() == []


def test_deleting_says_what_it_may_not(gcs: GCSPlace, gcs_rig: Rig) -> None:
    uris = [gcs_rig.fill(f"{number}.jpg", b"x") for number in range(3)]
    gcs.front.forbidden.add(gcs_rig.base.bucket)
    try:
        with pytest.raises(AccessDeniedError, match=r"0\.jpg"):
            gcs_rig.run(gcs_rig.store.delete(uris))
    finally:
        gcs.front.forbidden.clear()
    elsewhere = [ObjectURI("gcs", "no-such-bucket-anywhere", name) for name in "ab"]
    with pytest.raises(BucketNotFoundError, match="no-such-bucket-anywhere"):
        gcs_rig.run(gcs_rig.registry.store_for(elsewhere[0]).delete(elsewhere))


def test_copy_to_another_bucket(gcs: GCSPlace, gcs_rig: Rig) -> None:
    source = gcs_rig.fill("a.jpg", b"travels")
    target = ObjectURI("gcs", gcs.new_bucket(), "b.jpg")
    store = gcs_rig.registry.store_for(target)
    assert store.reaches(source)
    assert not store.reaches(ObjectURI("s3", source.bucket, "a.jpg"))
    gcs_rig.run(store.copy(source, target))
    assert gcs_rig.run(store.get_range(target, 0, 99))[0] == b"travels"


def test_cors_rules(gcs_rig: Rig) -> None:
    store, bucket = gcs_rig.store, gcs_rig.base.with_key("")
    assert gcs_rig.run(store.cors(bucket)) == []
    rule = CorsRule(("https://app.example.com",), ("GET",), ("Content-Type",), 600)
    gcs_rig.run(store.set_cors(bucket, [rule, CorsRule(("*",))]))
    assert gcs_rig.run(store.cors(bucket)) == [rule, CorsRule(("*",))]
    gcs_rig.run(store.set_cors(bucket, []))
    assert gcs_rig.run(store.cors(bucket)) == []


def test_requester_pays(gcs: GCSPlace, gcs_rig: Rig, opened: Open, key: str) -> None:
    uri = gcs_rig.fill(key, b"costs")
    bucket = uri.bucket
    gcs.front.payers.add(bucket)
    try:
        store: Any = gcs_rig.store
        for coroutine in (store.get_range(uri, 0, 9), store.head(uri), store.put(uri, b"x")):
            with pytest.raises(AccessDeniedError, match="pays"):
                gcs_rig.run(coroutine)
        rig = opened(gcs.options(requester_pays=frozenset({bucket}), billing_project="ours"))
        assert rig.read(key) == b"costs"
        assert rig.keys() == [key]
        url = rig.run(rig.store.sign(uri, expires=timedelta(minutes=1)))
        with urllib.request.urlopen(url) as response:
            assert response.read() == b"costs"
        default = opened(gcs.options(requester_pays=frozenset({bucket})))
        assert default.read(key) == b"costs", "the project of the credentials pays"
    finally:
        gcs.front.payers.clear()


def test_signed_urls_expire(gcs_rig: Rig) -> None:
    uri = gcs_rig.fill("a.jpg", b"a")
    url = gcs_rig.run(gcs_rig.store.sign(uri, expires=timedelta(seconds=-1)))
    with pytest.raises(HTTPError, match="400"):
        urllib.request.urlopen(url)
    with pytest.raises(StorageError, match="a week"):
        gcs_rig.run(gcs_rig.store.sign(uri, expires=timedelta(days=8)))


def impersonated(gcs: GCSPlace, *_: Any) -> GCSAccount:
    content = gcs.identity.impersonated(gcs.identity.service_account())
    return GCSAccount(credentials_file=gcs.credentials_file(content))


def external(gcs: GCSPlace, folder: Path, _: Any) -> GCSAccount:
    address = gcs.identity.iam_url(OTHER_EMAIL, "generateAccessToken")
    content = gcs.identity.external_account(folder / "subject", service_account_impersonation_url=address)
    return GCSAccount(credentials_file=gcs.credentials_file(content))


def attached(gcs: GCSPlace, _: Path, monkeypatch: pytest.MonkeyPatch) -> GCSAccount:
    be_a_machine_of_google(gcs.identity, monkeypatch)
    return GCSAccount()


@pytest.mark.parametrize(
    "kind",
    [(impersonated, OTHER_EMAIL), (external, OTHER_EMAIL), (attached, EMAIL)],
    ids=lambda kind: kind[1],
)
def test_signing_without_a_key_asks_google(
    google: GCSPlace, opened: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: Any
) -> None:
    account, email = kind
    rig = opened(google.options(account(google, tmp_path, monkeypatch)))
    uri = rig.fill("a.jpg", b"signed elsewhere")
    url = rig.run(rig.store.sign(uri, expires=timedelta(minutes=5)))
    assert email.partition("@")[0] in url
    with urllib.request.urlopen(url) as response:
        assert response.read() == b"signed elsewhere"


def test_who_cannot_sign_says_so(google: GCSPlace, gcs_rig: Rig, opened: Open) -> None:
    user = GCSAccount(credentials_file=google.credentials_file(google.identity.authorized_user()))
    for account, what in ((user, "impersonate"), (GCSAccount(anonymous=True), "no credentials")):
        rig = opened(google.options(account))
        with pytest.raises(CredentialsError, match=rf"a\.jpg.*{what}"):
            rig.run(rig.store.sign(gcs_rig.uri("a.jpg"), expires=timedelta(minutes=5)))


def test_a_bucket_of_its_own_account(gcs: GCSPlace, gcs_rig: Rig, opened: Open) -> None:
    gcs_rig.fill("a.jpg", b"mine")
    for name in (gcs_rig.base.bucket, f"gs://{gcs_rig.base.bucket}"):
        options = gcs.options(GCSAccount(anonymous=True), buckets={name: gcs.account()})
        assert opened(options).read("a.jpg") == b"mine"
    nobody = opened(gcs.options(GCSAccount(anonymous=True)))
    with pytest.raises(CredentialsError, match=r"a\.jpg"):
        nobody.read("a.jpg")
    another = ObjectURI("gcs", "another", "x")
    assert nobody.registry.store_for(another).reaches(gcs_rig.uri("a"))
    assert not opened(options).registry.store_for(another).reaches(gcs_rig.uri("a")), "another account's"


def test_the_emulator_of_the_environment(
    gcs: GCSPlace, gcs_rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    from safelight.config import MediaCacheConfig, storage_options

    gcs_rig.fill("a.jpg", b"emulated")
    gcs_rig.fill("a//b.jpg", b"emulated")
    monkeypatch.setenv("STORAGE_EMULATOR_HOST", gcs.emulator)
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", "/not/looked/at.json")
    registry = StoreRegistry(replace(storage_options(MediaCacheConfig()), retry=QUICK))
    rig = replace(gcs_rig, registry=registry)
    assert [rig.read(name) for name in ("a.jpg", "a//b.jpg")] == [b"emulated"] * 2
    assert rig.run(rig.store.head(rig.uri("a.jpg"))).md5
    with pytest.raises(ObjectNotFoundError, match=r"missing\.jpg"):
        rig.read("missing.jpg")
    identity = rig.run(rig.store.identity())
    assert (identity.endpoint, identity.method) == (gcs.emulator, "anonymous")
    assert identity.candidates[0].outcome.startswith("chosen")
    rig.run(registry.close())


def test_a_missing_library_names_the_extra(gcs: GCSPlace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "google.cloud.storage", None)
    registry = StoreRegistry(gcs.options())
    with pytest.raises(MissingExtraError, match=r"fiftyone\[gcs\]"):
        registry.store_for(ObjectURI("gcs", "bucket", "a.jpg"))
    keys = GCSAccount(access_key=Secret("key"), secret=Secret("secret"))
    assert StoreRegistry(gcs.options(keys)).store_for(ObjectURI("gcs", "bucket", "a.jpg"))


def test_nothing_of_google_is_imported_before_it_is_needed() -> None:
    code = (
        "import sys, safelight.runtime, safelight.config, safelight.storage.registry\n"
        "safelight.runtime.get_runtime().stores\n"
        "print([name for name in sys.modules if name.startswith(('google', 'requests'))])"
    )
    printed = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert printed.strip() == "[]"
