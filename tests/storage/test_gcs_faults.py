"""What Google's answers mean, endpoints that are wrong, and secrets in errors and logs."""

from __future__ import annotations

import logging
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
    ObjectNotFoundError,
    SafelightError,
    StorageError,
    StoreUnavailableError,
)
from safelight.storage.credentials import Secret
from safelight.storage.gcs.options import GCSAccount
from safelight.storage.portal import Portal
from safelight.storage.registry import StoreRegistry
from safelight.storage.uri import ObjectURI
from safelight_server.quickstart.ports import find_free_port
from support.behind import KINDS, Behind
from support.gcs.place import GCSPlace
from support.naughty import Naughty, Status, Strip, naughty_proxy
from support.stores import QUICK, Rig
from support.web_server import web_server

PLANTED = "PLANTED-5ecret"


@pytest.fixture
def proxy(gcs: GCSPlace) -> Iterator[Naughty]:
    """A misbehaving proxy in front of everything."""
    with naughty_proxy(gcs.front.url) as proxy:
        yield proxy


@pytest.fixture(params=[kind for kind in KINDS if kind.startswith("gcs-")])
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


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
    behind: Behind, tmp_path: Path, status: Status, error: type[Exception]
) -> None:
    behind.proxy.inject(status)
    with pytest.raises(error, match=r"folder//?photo\.jpg"):
        behind.download(tmp_path / "t")
    # A refusal without a reason is asked for its reason; a refused token is renewed twice.
    assert len(behind.proxy.requests) <= 7


def test_a_server_that_gives_no_generation(behind: Behind, tmp_path: Path) -> None:
    behind.proxy.inject(Strip(("x-goog-generation",)))
    with pytest.raises(EndpointError, match=r"photo\.jpg"):
        behind.download(tmp_path / "t")


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
