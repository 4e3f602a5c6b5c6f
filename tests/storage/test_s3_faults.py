"""What S3's error codes mean, what only S3 sends, and endpoints and accounts that are wrong."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from safelight.errors import (
    AccessDeniedError,
    ConfigError,
    CredentialsError,
    EndpointError,
    IntegrityError,
    ObjectChangedError,
    StorageError,
    StoreUnavailableError,
)
from safelight.storage import transfer
from safelight.storage.credentials import Secret
from safelight.storage.options import StorageOptions
from safelight.storage.portal import Portal
from safelight.storage.registry import StoreRegistry
from safelight.storage.uri import ObjectURI
from safelight_server.quickstart.ports import find_free_port
from support.behind import BODY, KINDS, Behind
from support.naughty import Fault, Naughty, Retag, Stall, Status, Strip
from support.s3_server import S3Server
from support.stores import Rig, account, options_for


@pytest.fixture(params=[kind for kind in KINDS if kind.startswith("s3-")])
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (Status(403, "AccessDenied"), AccessDeniedError),
        (Status(403, "SignatureDoesNotMatch"), CredentialsError),
        (Status(403, "InvalidAccessKeyId"), CredentialsError),
        (Status(400, "ExpiredToken"), CredentialsError),
        (Status(401), CredentialsError),
        (Status(404, "NoSuchKey"), FileNotFoundError),
        (Status(405, "MethodNotAllowed"), StorageError),
    ],
    ids=repr,
)
def test_permanent_errors_are_not_retried(
    behind: Behind, tmp_path: Path, status: Status, error: type[Exception]
) -> None:
    behind.proxy.inject(status)
    with pytest.raises(error, match=r"folder//?photo\.jpg"):
        behind.download(tmp_path / "t")
    assert len(behind.proxy.requests) == 1


def test_a_refused_head_says_why(behind: Behind) -> None:
    behind.proxy.inject(Status(400), method="HEAD")
    behind.proxy.inject(Status(400, "ExpiredToken"), method="GET")
    with pytest.raises(CredentialsError, match=r"photo\.jpg.*expired"):
        behind.rig.run(behind.rig.store.head(behind.uri))


def test_replaced_between_two_parts(behind: Behind, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("LARGE", "_PART"):
        monkeypatch.setattr(transfer, name, 1 << 16)
    other = Retag('"0123456789abcdef0123456789abcdef"')
    behind.proxy.inject(other, skip=3, times=1)
    assert behind.download(tmp_path / "t") == BODY, "it is read again from the start"
    behind.proxy.behave()
    behind.proxy.inject(other, path="photo", skip=1)
    with pytest.raises((ObjectChangedError, IntegrityError), match=r"photo\.jpg"):
        behind.download(tmp_path / "t")


def test_a_server_that_is_not_s3(behind: Behind, tmp_path: Path) -> None:
    behind.proxy.inject(Strip(("ETag",)))
    with pytest.raises(EndpointError, match=r"photo\.jpg"):
        behind.download(tmp_path / "t")


def test_parts_of_an_upload_survive_a_storm(naughty_rig: Rig, naughty: Naughty, tmp_path: Path) -> None:
    body = bytes(range(256)) * (20 << 12)
    (tmp_path / "big").write_bytes(body)
    naughty_rig.fill("first", b"opens the store")
    naughty.inject(Status(503, "SlowDown"), times=3, method="PUT", path="partNumber")
    naughty_rig.run(naughty_rig.store.put(naughty_rig.uri("big.bin"), tmp_path / "big"))
    naughty_rig.run(transfer.download(naughty_rig.store, naughty_rig.uri("big.bin"), tmp_path / "t"))
    assert (tmp_path / "t").read_bytes() == body


def test_a_copy_inside_the_store_is_one_request(naughty_rig: Rig, naughty: Naughty) -> None:
    source, target = naughty_rig.fill("a.jpg", b"a"), naughty_rig.uri("b.jpg")
    naughty.behave()
    naughty_rig.run(naughty_rig.store.copy(source, target))
    assert [method for method, _ in naughty.requests] == ["PUT"]
    assert naughty_rig.read("b.jpg") == b"a"


def test_a_small_file_is_uploaded_by_one_request(naughty_rig: Rig, naughty: Naughty, tmp_path: Path) -> None:
    (tmp_path / "a.jpg").write_bytes(b"a")
    naughty_rig.fill("first", b"opens the store")
    for key in ("plain.jpg", "odd//key.jpg"):
        naughty.behave()
        written = naughty_rig.run(naughty_rig.store.put(naughty_rig.uri(key), tmp_path / "a.jpg"))
        assert [method for method, _ in naughty.requests] == ["PUT"]
        assert written.etag == naughty_rig.run(naughty_rig.store.head(naughty_rig.uri(key))).etag


@pytest.mark.parametrize(
    "fault", [Status(400, "InvalidRequest"), Status(400, "EntityTooLarge"), Stall(-1, 2.5)], ids=repr
)
def test_what_one_request_cannot_copy_goes_in_parts(naughty_rig: Rig, naughty: Naughty, fault: Fault) -> None:
    body = bytes(range(256)) * (36 << 10)
    source, target = naughty_rig.fill("large.bin", body), naughty_rig.uri("copied.bin")
    naughty.behave()
    naughty.inject(fault, method="PUT", path=r"copied\.bin(\?x-id=CopyObject)?$")
    naughty_rig.run(naughty_rig.store.copy(source, target))
    assert naughty_rig.read("copied.bin") == body
    assert sum("partNumber" in path for _, path in naughty.requests) == 2


def once(options: StorageOptions) -> StorageOptions:
    """The same without retries, for what no retry can mend."""
    return replace(options, retry=replace(options.retry, attempts=1))


@pytest.fixture
def elsewhere(s3: S3Server, portal: Portal) -> Iterator[dict[str, Rig]]:
    """Stores whose endpoint or account is wrong."""
    accounts = {
        "refused": account(s3, endpoint_url=f"http://127.0.0.1:{find_free_port()}"),
        "no such host": account(s3, endpoint_url="http://no-such-host.invalid"),
        "wrong secret": account(s3, secret_access_key=Secret("wrong")),
        "wrong key": account(s3, access_key_id=Secret("wrong")),
        "nobody": account(s3, access_key_id=None, secret_access_key=None, anonymous=True),
        "malformed": account(s3, endpoint_url="nonsense"),
        "tls": account(s3, endpoint_url=s3.endpoint_url.replace("http:", "https:")),
    }
    rigs = {
        name: Rig(name, portal, StoreRegistry(once(options_for(who))), ObjectURI("s3", "bucket", "base/"))
        for name, who in accounts.items()
    }
    yield rigs
    for rig in rigs.values():
        rig.run(rig.registry.close())


@pytest.mark.parametrize(
    ("name", "error"),
    [
        ("refused", StoreUnavailableError),
        ("no such host", StoreUnavailableError),
        ("wrong secret", CredentialsError),
        ("wrong key", CredentialsError),
        ("nobody", AccessDeniedError),
        ("malformed", ConfigError),
        ("tls", StoreUnavailableError),
    ],
)
@pytest.mark.parametrize("key", ["a.jpg", "a//b.jpg"], ids=["native", "sdk"])
def test_wrong_endpoint_or_account(
    elsewhere: dict[str, Rig], name: str, error: type[Exception], key: str
) -> None:
    rig = elsewhere[name]
    begin = time.monotonic()
    for coroutine in (
        rig.store.get(rig.uri(key)),
        rig.store.head(rig.uri(key)),
        rig.store.put(rig.uri(key), b"x"),
        rig.store.get_range(rig.uri(key), 0, 1),
    ):
        with pytest.raises(error) as caught:
            rig.run(coroutine)
        if isinstance(caught.value, StorageError):
            assert caught.value.uri == rig.uri(key).public_text
    assert time.monotonic() - begin < 20


def test_one_broken_store_does_not_disturb_another(behind: Behind, elsewhere: dict[str, Rig]) -> None:
    rig = behind.rig
    with pytest.raises(StoreUnavailableError):
        rig.run(elsewhere["refused"].store.head(elsewhere["refused"].uri("a")))
    assert rig.run(rig.store.head(behind.uri)).size == len(BODY)


def test_a_bulk_job_fails_once_not_once_per_object(s3: S3Server, portal: Portal) -> None:
    nowhere = account(s3, endpoint_url=f"http://127.0.0.1:{find_free_port()}", region=None)
    registry = StoreRegistry(options_for(nowhere))
    uris = [ObjectURI("s3", "bucket", f"{number}.jpg") for number in range(200)]

    async def all_at_once() -> list[object]:
        heads = (registry.store_for(uri).head(uri) for uri in uris)
        return await asyncio.gather(*heads, return_exceptions=True)

    begin = time.monotonic()
    outcomes = portal.run(all_at_once())
    assert time.monotonic() - begin < 15
    assert {type(outcome) for outcome in outcomes} == {StoreUnavailableError}
    assert [str(outcome).partition(": ")[0] for outcome in outcomes] == [str(uri) for uri in uris]
    portal.run(registry.close())
