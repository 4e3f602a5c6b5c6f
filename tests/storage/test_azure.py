"""What only Azure has: stored MD5s, blocks, batches, Data Lake's directories, rules of the account."""

from __future__ import annotations

import asyncio
import hashlib
import urllib.request
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import Request

import pytest
from azure.core.exceptions import HttpResponseError
from azure.storage.blob import ContentSettings

from safelight.errors import (
    AccessDeniedError,
    BucketNotFoundError,
    CredentialsError,
    EndpointError,
    IntegrityError,
    InvalidURIError,
    ObjectExistsError,
    StorageError,
    StoreUnavailableError,
)
from safelight.storage import transfer
from safelight.storage.azure.errors import error_for_answer, translate
from safelight.storage.azure.options import AzureAccount
from safelight.storage.base import CorsRule, PutOptions, Source
from safelight.storage.credentials import Secret
from safelight.storage.options import StorageOptions
from safelight.storage.portal import Portal
from safelight.storage.registry import StoreRegistry
from safelight.storage.uri import ObjectURI
from support.azurite import ACCOUNT, KEY, AzureServer
from support.naughty import Naughty, Status, Strip, naughty_proxy
from support.stores import QUICK, Rig, azure_account, azure_options_for, azure_rig_at

BLOCKS = bytes(range(256)) * (20 << 12)


async def arriving(*chunks: bytes) -> AsyncIterator[bytes]:
    for chunk in chunks:
        yield chunk


# -- checksums


@pytest.mark.parametrize("way", ["bytes", "file", "chunks"])
@pytest.mark.parametrize("body", [b"", b"small", BLOCKS], ids=["empty", "small", "blocks"])
def test_every_upload_stores_its_md5(azure_rig: Rig, tmp_path: Path, way: str, body: bytes) -> None:
    (tmp_path / "source").write_bytes(body)
    sources: dict[str, Source] = {
        "bytes": body,
        "file": tmp_path / "source",
        "chunks": arriving(body[:9], body[9:]),
    }
    uri = azure_rig.uri("checked.bin")
    written = azure_rig.run(azure_rig.store.put(uri, sources[way]))
    head = azure_rig.run(azure_rig.store.head(uri))
    assert head.md5 == written.md5 == hashlib.md5(body).digest()
    assert (head.etag, head.size) == (written.etag, len(body))


def test_an_object_that_does_not_fit_its_md5(azure_rig: Rig, tmp_path: Path) -> None:
    uri = azure_rig.fill("wrong.bin", b"right")
    blob = azure_rig.client.get_blob_client(uri.bucket, uri.key)
    blob.set_http_headers(ContentSettings(content_md5=bytearray(b"0" * 16)))
    with pytest.raises(IntegrityError, match=r"wrong\.bin"):
        azure_rig.run(transfer.download(azure_rig.store, uri, tmp_path / "t", QUICK))


def test_an_object_with_an_encoding(azure_rig: Rig, tmp_path: Path) -> None:
    uri = azure_rig.uri("encoded.bin")
    blob = azure_rig.client.get_blob_client(uri.bucket, uri.key)
    blob.upload_blob(b"\x1f\x8b not really gzip", content_settings=ContentSettings(content_encoding="gzip"))
    azure_rig.run(transfer.download(azure_rig.store, uri, tmp_path / "t"))
    assert (tmp_path / "t").read_bytes() == b"\x1f\x8b not really gzip", "as it is stored"
    assert azure_rig.run(azure_rig.store.get_range(uri, 2, 4))[0] == b" not"


def test_large_objects_are_read_in_parts_of_one_version(
    azure_rig: Rig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transfer, "LARGE", 1 << 20)
    uri = azure_rig.fill("large.bin", BLOCKS)
    azure_rig.run(transfer.download(azure_rig.store, uri, tmp_path / "t"))
    assert (tmp_path / "t").read_bytes() == BLOCKS


# -- writing


def test_headers_for_browsers(azure_rig: Rig) -> None:
    uri = azure_rig.uri("a.JPG")
    azure_rig.run(azure_rig.store.put(uri, b"x", PutOptions(cache_control="max-age=5")))
    url = azure_rig.run(azure_rig.store.sign(uri, expires=timedelta(minutes=5)))
    with urllib.request.urlopen(url) as response:
        assert (response.headers["Cache-Control"], response.headers["Content-Type"]) == (
            "max-age=5",
            "image/jpeg",
        )


def test_blocks_do_not_replace_an_object_unasked(azure_rig: Rig) -> None:
    uri = azure_rig.fill("kept.bin", b"kept")
    with pytest.raises(ObjectExistsError, match=r"kept\.bin"):
        azure_rig.run(azure_rig.store.put(uri, BLOCKS, PutOptions(overwrite=False)))
    assert azure_rig.read("kept.bin") == b"kept"


def test_two_writers_of_one_object(azure_rig: Rig) -> None:
    uri = azure_rig.uri("raced.bin")
    bodies = [bytes([number]) * (17 << 20) for number in (1, 2)]

    async def both() -> None:
        await asyncio.gather(*(azure_rig.store.put(uri, body) for body in bodies), return_exceptions=True)

    azure_rig.run(both())
    assert azure_rig.read("raced.bin") in bodies


def test_more_objects_than_a_batch_has_room_for(azure_rig: Rig) -> None:
    uris = [azure_rig.uri(f"many/{number} +%.bin") for number in range(300)]

    async def fill() -> None:
        await asyncio.gather(*(azure_rig.store.put(uri, b"x") for uri in uris[::2]))

    azure_rig.run(fill())
    azure_rig.run(azure_rig.store.delete(uris))
    assert azure_rig.keys() == []


def test_snapshots_are_not_deleted_unasked(azure_rig: Rig) -> None:
    uris = [azure_rig.fill(name, b"x") for name in ("one", "two", "three")]
    for uri in uris:
        azure_rig.client.get_blob_client(uri.bucket, uri.key).create_snapshot()
    for some in (uris[:1], uris[1:]):
        with pytest.raises(StorageError, match="snapshots"):
            azure_rig.run(azure_rig.store.delete(some))
    assert len(azure_rig.keys()) == 3


def test_copies_between_containers_stay_in_the_account(azure_rig: Rig, azurite: AzureServer) -> None:
    source = azure_rig.fill("odd name +%.jpg", b"copied")
    other = f"other-{azure_rig.base.bucket}"
    azurite.client.create_container(other)
    target = azure_rig.registry.parse(f"az://{other}/copy.jpg")
    store = azure_rig.registry.store_for(target)
    assert store.reaches(source)
    assert not store.reaches(ObjectURI("azure", "c", "k", endpoint="https://x.blob.core.windows.net"))
    assert not store.reaches(ObjectURI("s3", "c", "k"))
    azure_rig.run(store.copy(source, target))
    assert azure_rig.run(store.get_range(target, 0, 10))[0] == b"copied"


def test_names_that_no_url_can_say(azure_rig: Rig) -> None:
    for key in ("up/../down.jpg", "./here.jpg", "there/..", "."):
        uri = azure_rig.base.with_key(key)
        for coroutine in (azure_rig.store.head(uri), azure_rig.store.put(uri, b"x")):
            with pytest.raises(InvalidURIError, match="segments"):
                azure_rig.run(coroutine)


def test_directories_of_data_lake_storage_are_no_objects(azure_rig: Rig) -> None:
    azure_rig.fill("folder/a.jpg", b"a")
    for key in ("folder", "empty"):
        blob = azure_rig.client.get_blob_client(azure_rig.base.bucket, azure_rig.uri(key).key)
        blob.upload_blob(b"", metadata={"hdi_isfolder": "true"})
    assert azure_rig.keys() == ["folder/a.jpg"]
    assert azure_rig.keys(recursive=False) == []
    assert azure_rig.prefixes() == ["folder/"]


# -- the account


def test_cors_rules_are_the_account_s_and_browsers_get_them(azure_rig: Rig) -> None:
    rule = CorsRule(("https://fiftyone.example.com",), ("GET", "HEAD"), ("ETag", "x-ms-*"), 60)
    uri = azure_rig.fill("cloud.pcd", b"points")
    assert azure_rig.run(azure_rig.store.cors(azure_rig.base)) == []
    azure_rig.run(azure_rig.store.set_cors(azure_rig.base, [rule]))
    assert azure_rig.run(azure_rig.store.cors(azure_rig.base)) == [rule]
    url = azure_rig.run(azure_rig.store.sign(uri, expires=timedelta(minutes=5)))
    asked = Request(url, headers={"Origin": rule.origins[0]})
    with urllib.request.urlopen(asked) as response:
        assert response.headers["Access-Control-Allow-Origin"] == rule.origins[0]
    azure_rig.run(azure_rig.store.set_cors(azure_rig.base, []))
    assert azure_rig.run(azure_rig.store.cors(azure_rig.base)) == []


@pytest.mark.parametrize("who", ["signature", "nobody"])
def test_who_cannot_sign(azurite: AzureServer, portal: Portal, who: str) -> None:
    signature = Secret("sv=1&sig=PLANTED") if who == "signature" else None
    account = azure_account(azurite, account_key=None, sas_token=signature, anonymous=who == "nobody")
    registry = StoreRegistry(azure_options_for(account))
    uri = registry.parse("az://c/a.jpg")
    with pytest.raises(CredentialsError, match=r"az://c/a\.jpg") as caught:
        portal.run(registry.store_for(uri).sign(uri, expires=timedelta(hours=1)))
    assert "PLANTED" not in str(caught.value)
    portal.run(registry.close())


def test_a_signed_url_is_for_one_method(azure_rig: Rig) -> None:
    url = azure_rig.run(azure_rig.store.sign(azure_rig.fill("a.jpg", b"a"), expires=timedelta(hours=1)))
    with pytest.raises(HTTPError, match="403"):
        urllib.request.urlopen(Request(url, method="DELETE"))


def test_accounts_share_one_session(azurite: AzureServer) -> None:
    registry = StoreRegistry(azure_options_for(azure_account(azurite)))
    one, two = (registry.store_for(registry.parse(f"az://{name}/k")) for name in ("one", "two"))
    assert one is not two
    assert one._session is two._session  # type: ignore[attr-defined]  # what makes one client per account


# -- errors


@pytest.fixture
def proxy(azurite: AzureServer) -> Iterator[Naughty]:
    with naughty_proxy(azurite.url) as proxy:
        yield proxy


@pytest.fixture
def behind(proxy: Naughty, azurite: AzureServer, portal: Portal) -> Iterator[Rig]:
    rig = azure_rig_at(azurite, portal, proxy.url)
    rig.fill("photo.jpg", b"photo")
    proxy.behave()
    yield rig
    portal.run(rig.registry.close())


def test_a_server_that_is_not_azure(behind: Rig, proxy: Naughty) -> None:
    proxy.inject(Strip(("ETag",)))
    with pytest.raises(EndpointError, match="not Azure"):
        behind.read("photo.jpg")
    proxy.behave()
    proxy.inject(Status(302))
    with pytest.raises(EndpointError, match=r"photo\.jpg"):
        behind.read("photo.jpg")


def test_an_object_without_md5(behind: Rig, proxy: Naughty, tmp_path: Path) -> None:
    proxy.inject(Strip(("Content-MD5", "x-ms-blob-content-md5")))
    info = behind.run(transfer.download(behind.store, behind.uri("photo.jpg"), tmp_path / "t"))
    assert info.md5 is None
    assert (tmp_path / "t").read_bytes() == b"photo"


def test_an_upload_survives_a_storm(behind: Rig, proxy: Naughty, tmp_path: Path) -> None:
    (tmp_path / "big").write_bytes(BLOCKS)
    proxy.inject(Status(503), times=4, method="PUT", path="comp=block")
    behind.run(behind.store.put(behind.uri("big.bin"), tmp_path / "big"))
    behind.run(transfer.download(behind.store, behind.uri("big.bin"), tmp_path / "t"))
    assert (tmp_path / "t").read_bytes() == BLOCKS


def test_a_failed_upload_leaves_the_old_object(behind: Rig, proxy: Naughty, tmp_path: Path) -> None:
    (tmp_path / "big").write_bytes(BLOCKS)
    proxy.inject(Status(503), method="PUT", path="comp=block")
    with pytest.raises(StoreUnavailableError, match=r"photo\.jpg"):
        behind.run(behind.store.put(behind.uri("photo.jpg"), tmp_path / "big"))
    assert len(proxy.requests) < 4 * QUICK.attempts + 1, "the first lost block ends it"
    assert behind.read("photo.jpg") == b"photo"


def test_a_listing_survives_a_storm(behind: Rig, proxy: Naughty) -> None:
    proxy.inject(Status(503), times=2, path="comp=list")
    assert behind.keys() == ["photo.jpg"]


URI = ObjectURI("azure", "c", "k.jpg", endpoint="https://a.blob.core.windows.net")


@pytest.mark.parametrize(
    ("code", "status", "error"),
    [
        ("BlobNotFound", 404, FileNotFoundError),
        ("ContainerNotFound", 404, BucketNotFoundError),
        ("AuthenticationFailed", 403, CredentialsError),
        ("AuthorizationPermissionMismatch", 403, AccessDeniedError),
        ("BlobArchived", 409, AccessDeniedError),
        ("ServerBusy", 503, StoreUnavailableError),
        ("SomethingNew", 503, StoreUnavailableError),
        ("SomethingNew", 403, AccessDeniedError),
        ("SomethingNew", 409, StorageError),
        ("", 401, CredentialsError),
        ("", 404, EndpointError),
        ("", 301, EndpointError),
    ],
)
def test_answers_in_our_words(code: str, status: int, error: type[Exception]) -> None:
    told = error_for_answer(code, status, URI)
    assert isinstance(told, error)
    assert told.uri == URI.public_text
    assert code in str(told)


def test_what_was_to_be_signed_is_not_told() -> None:
    error = HttpResponseError("AuthenticationErrorDetail: The MAC signature PLANTED is not the same")
    assert "PLANTED" not in str(translate(error, URI))


def test_options_do_not_show_secrets() -> None:
    who = AzureAccount(
        endpoint="https://a.blob.core.windows.net",
        account_key=Secret("PLANTED"),
        sas_token=Secret("PLANTED"),
        client_secret=Secret("PLANTED"),
    )
    assert "PLANTED" not in repr(azure_options_for(who, containers={"c": who}))
    assert StorageOptions().azure.account is None
    assert KEY not in repr(azure_account(AzureServer("http://127.0.0.1:1")))
    assert ACCOUNT in repr(azure_account(AzureServer("http://127.0.0.1:1")))
