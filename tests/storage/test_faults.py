"""What becomes of a bad network: the object, or a typed error that names it, in bounded time."""

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
    StorageTimeoutError,
    StoreUnavailableError,
)
from safelight.storage import transfer
from safelight.storage.credentials import Secret
from safelight.storage.options import StorageOptions
from safelight.storage.portal import Portal
from safelight.storage.registry import StoreRegistry
from safelight.storage.uri import ObjectURI
from safelight_server.quickstart.ports import find_free_port
from support.naughty import Corrupt, Drip, Fault, HangUp, Lie, Naughty, Retag, Stall, Status, Strip, Truncate
from support.s3_server import S3Server
from support.stores import QUICK, Rig, account, options_for

BODY = bytes(range(256)) * 2000


@pytest.fixture(params=["native", "sdk"])
def spoiled(request: pytest.FixtureRequest, naughty_rig: Rig, naughty: Naughty) -> Rig:
    """An object behind the proxy; its key decides which client fetches it."""
    key = "folder/photo.jpg" if request.param == "native" else "folder//photo.jpg"
    naughty_rig.client.put_object(Bucket=naughty_rig.base.bucket, Key=naughty_rig.uri(key).key, Body=BODY)
    rig = replace(naughty_rig, base=naughty_rig.uri(key))
    rig.run(rig.store.head(rig.base))
    naughty.behave()
    return rig


def download(rig: Rig, target: Path) -> bytes:
    rig.run(transfer.download(rig.store, rig.base, target, QUICK))
    return target.read_bytes()


@pytest.mark.parametrize(
    "fault",
    [
        Status(503, "SlowDown"),
        Status(500, "InternalError"),
        Status(429, "SlowDown"),
        HangUp(),
        Truncate(1000),
    ],
    ids=repr,
)
def test_passing_faults_are_overcome(spoiled: Rig, naughty: Naughty, tmp_path: Path, fault: Fault) -> None:
    naughty.inject(fault, times=1)
    assert download(spoiled, tmp_path / "t") == BODY
    assert len(naughty.requests) >= 2


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (Status(503, "SlowDown"), StoreUnavailableError),
        (Status(500), StoreUnavailableError),
        (Status(429), StoreUnavailableError),
        (HangUp(), StoreUnavailableError),
        (Truncate(1000), (IntegrityError, StoreUnavailableError)),
        (Truncate(0), (IntegrityError, StoreUnavailableError)),
        (Lie(+7), (IntegrityError, StoreUnavailableError)),
        (Lie(-7), IntegrityError),
        (Corrupt(12345), IntegrityError),
        (Stall(-1, 2.5), StorageTimeoutError),
        (Stall(1000, 2.5), StoreUnavailableError),
    ],
    ids=repr,
)
def test_lasting_faults_end_in_a_typed_error(
    spoiled: Rig,
    naughty: Naughty,
    tmp_path: Path,
    fault: Fault,
    error: type[StorageError] | tuple[type[StorageError], ...],
) -> None:
    naughty.inject(fault, method="GET")
    begin = time.monotonic()
    with pytest.raises(error, match=r"folder//?photo\.jpg"):
        download(spoiled, tmp_path / "t")
    assert time.monotonic() - begin < 25
    assert len(naughty.requests) <= QUICK.attempts**2 + 1


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
    spoiled: Rig, naughty: Naughty, tmp_path: Path, status: Status, error: type[Exception]
) -> None:
    naughty.inject(status)
    with pytest.raises(error, match=r"folder//?photo\.jpg"):
        download(spoiled, tmp_path / "t")
    assert len(naughty.requests) == 1


def test_a_refused_head_says_why(spoiled: Rig, naughty: Naughty) -> None:
    naughty.inject(Status(400), method="HEAD")
    naughty.inject(Status(400, "ExpiredToken"), method="GET")
    with pytest.raises(CredentialsError, match=r"photo\.jpg.*expired"):
        spoiled.run(spoiled.store.head(spoiled.base))


def test_replaced_between_two_parts(
    spoiled: Rig, naughty: Naughty, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transfer, "LARGE", 1 << 16)
    monkeypatch.setattr(transfer, "_PART", 1 << 16)
    assert download(spoiled, tmp_path / "t") == BODY
    naughty.behave()
    naughty.inject(Retag('"0123456789abcdef0123456789abcdef"'), skip=3, times=1)
    assert download(spoiled, tmp_path / "t") == BODY, "it is read again from the start"
    naughty.behave()
    naughty.inject(Retag('"0123456789abcdef0123456789abcdef"'), path="photo", skip=1)
    with pytest.raises((ObjectChangedError, IntegrityError), match=r"photo\.jpg"):
        download(spoiled, tmp_path / "t")


def test_replaced_between_two_parts_for_good(
    spoiled: Rig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transfer, "LARGE", 1 << 16)
    monkeypatch.setattr(transfer, "_PART", 1 << 16)
    key = spoiled.base.key
    original = spoiled.store.get_range
    writes = iter(range(1000))

    async def replacing(*args: object, **kwargs: object) -> object:
        body = f"{next(writes)}".encode() + BODY
        await asyncio.to_thread(spoiled.client.put_object, Bucket=spoiled.base.bucket, Key=key, Body=body)
        return await original(*args, **kwargs)  # type: ignore[arg-type]  # passed through

    monkeypatch.setattr(spoiled.store, "get_range", replacing)
    with pytest.raises(ObjectChangedError, match=r"photo\.jpg"):
        download(spoiled, tmp_path / "t")


def test_a_drip_does_not_last_for_ever(spoiled: Rig, naughty: Naughty, tmp_path: Path) -> None:
    naughty.inject(Drip(0.2))
    begin = time.monotonic()
    with pytest.raises((StoreUnavailableError, IntegrityError)):
        spoiled.run(
            transfer.download(spoiled.store, spoiled.base, tmp_path / "t", replace(QUICK, attempts=1))
        )
    assert time.monotonic() - begin < 40


def test_a_server_that_is_not_s3(spoiled: Rig, naughty: Naughty, tmp_path: Path) -> None:
    naughty.inject(Strip(("ETag",)))
    with pytest.raises(EndpointError, match=r"photo\.jpg"):
        download(spoiled, tmp_path / "t")


def test_an_upload_survives_a_storm(naughty_rig: Rig, naughty: Naughty, tmp_path: Path) -> None:
    body = bytes(range(256)) * (20 << 12)
    (tmp_path / "big").write_bytes(body)
    naughty_rig.fill("first", b"opens the store")
    naughty.inject(Status(503, "SlowDown"), times=3, method="PUT", path="partNumber")
    naughty_rig.run(naughty_rig.store.put(naughty_rig.uri("big.bin"), tmp_path / "big"))
    naughty_rig.run(transfer.download(naughty_rig.store, naughty_rig.uri("big.bin"), tmp_path / "t"))
    assert (tmp_path / "t").read_bytes() == body


def test_a_failed_upload_leaves_the_old_object(naughty_rig: Rig, naughty: Naughty, tmp_path: Path) -> None:
    uri = naughty_rig.fill("kept.bin", b"old")
    (tmp_path / "big").write_bytes(bytes(20 << 20))
    naughty.inject(Status(503, "SlowDown"), method="PUT")
    with pytest.raises(StoreUnavailableError, match=r"kept\.bin"):
        naughty_rig.run(naughty_rig.store.put(uri, tmp_path / "big"))
    naughty.behave()
    assert naughty_rig.run(naughty_rig.store.get_range(uri, 0, 10))[0] == b"old"


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


def test_one_broken_store_does_not_disturb_another(spoiled: Rig, elsewhere: dict[str, Rig]) -> None:
    with pytest.raises(StoreUnavailableError):
        spoiled.run(elsewhere["refused"].store.head(elsewhere["refused"].uri("a")))
    assert spoiled.run(spoiled.store.head(spoiled.base)).size == len(BODY)


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
