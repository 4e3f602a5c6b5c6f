"""What becomes of a bad network before Google Cloud Storage, of forks, and of secrets in errors and logs."""

from __future__ import annotations

import logging
import time
import traceback
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from safelight.errors import (
    AccessDeniedError,
    CredentialsError,
    EndpointError,
    IntegrityError,
    ObjectNotFoundError,
    SafelightError,
    StorageError,
    StorageTimeoutError,
    StoreUnavailableError,
)
from safelight.storage import transfer
from safelight.storage.credentials import Secret
from safelight.storage.gcs.options import GCSAccount
from safelight.storage.portal import Portal
from safelight.storage.registry import StoreRegistry
from safelight.storage.uri import ObjectURI
from safelight_server.quickstart.ports import find_free_port
from support.gcs.place import GCSPlace
from support.naughty import (
    Corrupt,
    Drip,
    Fault,
    HangUp,
    Lie,
    Naughty,
    Stall,
    Status,
    Strip,
    Truncate,
    naughty_proxy,
)
from support.stores import QUICK, Rig
from support.web_server import web_server

BODY = bytes(range(256)) * 1000
PLANTED = "PLANTED-5ecret"


@pytest.fixture
def proxy(gcs: GCSPlace) -> Iterator[Naughty]:
    """A misbehaving proxy in front of everything."""
    with naughty_proxy(gcs.front.url) as proxy:
        yield proxy


@pytest.fixture(params=["native", "sdk"])
def behind(
    request: pytest.FixtureRequest, gcs: GCSPlace, gcs_rig: Rig, proxy: Naughty, portal: Portal
) -> Iterator[Rig]:
    """An object behind the proxy; its key decides which client fetches it."""
    key = "folder/photo.jpg" if request.param == "native" else "folder//photo.jpg"
    options = gcs.options(url=proxy.url)
    impatient = replace(options, retry=replace(QUICK, read_timeout=1, total_timeout=5))
    rig = replace(gcs_rig, base=gcs_rig.fill(key, BODY), registry=StoreRegistry(impatient))
    rig.run(rig.store.head(rig.base))
    proxy.behave()
    yield rig
    portal.run(rig.registry.close())


def download(rig: Rig, target: Path) -> bytes:
    rig.run(transfer.download(rig.store, rig.base, target, QUICK))
    return target.read_bytes()


@pytest.mark.parametrize("fault", [Status(503), Status(500), Status(429), HangUp(), Truncate(1000)], ids=repr)
def test_passing_faults_are_overcome(behind: Rig, proxy: Naughty, tmp_path: Path, fault: Fault) -> None:
    proxy.inject(fault, times=1)
    assert download(behind, tmp_path / "t") == BODY
    assert len(proxy.requests) >= 2


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (Status(503), StoreUnavailableError),
        (Status(500), StoreUnavailableError),
        (Status(429), StoreUnavailableError),
        (HangUp(), StoreUnavailableError),
        (Truncate(1000), (IntegrityError, StoreUnavailableError)),
        (Lie(+7), (IntegrityError, StoreUnavailableError)),
        (Lie(-7), IntegrityError),
        (Corrupt(12345), IntegrityError),
        (Stall(-1, 2.5), StorageTimeoutError),
        (Stall(1000, 2.5), StoreUnavailableError),
    ],
    ids=repr,
)
def test_lasting_faults_end_in_a_typed_error(
    behind: Rig, proxy: Naughty, tmp_path: Path, fault: Fault, error: Any
) -> None:
    proxy.inject(fault, method="GET", path="^/(rig|download/)")
    begin = time.monotonic()
    with pytest.raises(error, match=r"folder//?photo\.jpg"):
        download(behind, tmp_path / "t")
    assert time.monotonic() - begin < 40
    assert len(proxy.requests) <= QUICK.attempts**2 * 2


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (Status(403, "AccessDenied"), AccessDeniedError),
        (Status(404), ObjectNotFoundError),
        (Status(405), StorageError),
        (Status(401), CredentialsError),
    ],
    ids=repr,
)
def test_permanent_errors_are_not_retried(
    behind: Rig, proxy: Naughty, tmp_path: Path, status: Status, error: type[Exception]
) -> None:
    proxy.inject(status)
    with pytest.raises(error, match=r"folder//?photo\.jpg"):
        download(behind, tmp_path / "t")
    # A refusal without a reason is asked for its reason; a refused token is renewed twice.
    assert len(proxy.requests) <= 7


def test_a_drip_does_not_last_for_ever(behind: Rig, proxy: Naughty, tmp_path: Path) -> None:
    proxy.inject(Drip(0.2), method="GET")
    begin = time.monotonic()
    with pytest.raises((StoreUnavailableError, IntegrityError)):
        behind.run(transfer.download(behind.store, behind.base, tmp_path / "t", replace(QUICK, attempts=1)))
    assert time.monotonic() - begin < 40


def test_a_server_that_gives_no_generation(behind: Rig, proxy: Naughty, tmp_path: Path) -> None:
    proxy.inject(Strip(("x-goog-generation",)))
    with pytest.raises(EndpointError, match=r"photo\.jpg"):
        download(behind, tmp_path / "t")


def test_an_upload_survives_a_storm(behind: Rig, proxy: Naughty, tmp_path: Path) -> None:
    proxy.inject(Status(503), times=2, method="POST")
    behind.run(behind.store.put(behind.base, b"again and again"))
    assert download(behind, tmp_path / "t") == b"again and again"


def test_a_failed_upload_leaves_the_old_object(behind: Rig, proxy: Naughty, tmp_path: Path) -> None:
    (tmp_path / "big").write_bytes(bytes(9 << 20))
    proxy.inject(Status(503), method="POST")
    with pytest.raises(StoreUnavailableError, match=r"photo\.jpg"):
        behind.run(behind.store.put(behind.base, tmp_path / "big"))
    proxy.behave()
    assert download(behind, tmp_path / "t") == BODY


@pytest.fixture(params=["refused", "no such host", "no TLS", "a web server"])
def elsewhere(
    request: pytest.FixtureRequest, gcs: GCSPlace, gcs_rig: Rig, portal: Portal, tmp_path: Path
) -> Iterator[Rig]:
    """A store whose endpoint is wrong."""
    with web_server(tmp_path) as web:
        urls = {
            "refused": f"http://127.0.0.1:{find_free_port()}",
            "no such host": "http://no-such-host.invalid",
            "no TLS": gcs.front.url.replace("http:", "https:"),
            "a web server": web,
        }
        options = replace(gcs.options(url=urls[request.param]), retry=replace(QUICK, attempts=1))
        rig = replace(gcs_rig, name=request.param, registry=StoreRegistry(options))
        yield rig
        portal.run(rig.registry.close())


@pytest.mark.parametrize("key", ["a.jpg", "a//b.jpg"], ids=["native", "sdk"])
def test_wrong_endpoint(elsewhere: Rig, key: str) -> None:
    uri = elsewhere.uri(key)
    store: Any = elsewhere.store
    error = EndpointError if elsewhere.name == "a web server" else StoreUnavailableError
    calls = [store.get(uri), store.get_range(uri, 0, 1)]
    if elsewhere.name != "a web server":
        # Its 404 to HEAD has no body, as Google's has none; and it refuses to write with 501, as anybody may.
        calls += [store.head(uri), store.put(uri, b"x")]
    for coroutine in calls:
        with pytest.raises(error) as caught:
            elsewhere.run(coroutine)
        assert caught.value.uri == uri.public_text


def _account(gcs: GCSPlace, problem: str) -> GCSAccount:
    content = gcs.identity.service_account(private_key_id=PLANTED)
    if problem == "token":
        nowhere = f"127.0.0.1:{find_free_port()}"
        content["token_uri"] = f"http://user:{PLANTED}@{nowhere}/token?key={PLANTED}"
    if problem == "key":
        content["private_key"] = PLANTED
    return GCSAccount(credentials_file=gcs.credentials_file(content))


@pytest.mark.parametrize("key", ["a.jpg", "a//b.jpg"], ids=["native", "sdk"])
@pytest.mark.parametrize("problem", ["token", "refused", "denied", "storm", "key"])
def test_errors_and_logs_do_not_show_secrets(
    gcs: GCSPlace, proxy: Naughty, caplog: pytest.LogCaptureFixture, key: str, problem: str
) -> None:
    caplog.set_level(logging.INFO)
    faults = {"denied": Status(403, "AccessDenied"), "storm": Status(503)}
    if problem in faults:
        proxy.inject(faults[problem])
    url = f"http://127.0.0.1:{find_free_port()}" if problem == "refused" else proxy.url
    hidden = GCSAccount(credentials_json=Secret(PLANTED), access_key=Secret(PLANTED), secret=Secret(PLANTED))
    options = gcs.options(_account(gcs, problem), url=url, buckets={"other": hidden})
    registry = StoreRegistry(replace(options, retry=replace(QUICK, attempts=1)))
    uri = ObjectURI("gcs", "bucket", key)
    store: Any = registry.store_for(uri)
    token = f"ya29.token-{gcs.identity.issued + 1}"
    portal = Portal()
    for call in (store.head, store.get, lambda uri: store.put(uri, b"x")):
        with pytest.raises(SafelightError) as caught:
            portal.run(call(uri))
        error = caught.value
        shown = "".join(traceback.format_exception(error)) + repr(error) + repr(vars(error)) + caplog.text
        assert PLANTED not in shown
        assert token not in shown
    assert PLANTED not in repr(options) + repr(store) + repr(registry)
    portal.run(registry.close())
    portal.close()
