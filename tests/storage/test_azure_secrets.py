"""Azure's secrets are planted in every form and looked for in everything that a person might see."""

from __future__ import annotations

import base64
import logging
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from safelight.config import MediaCacheConfig, load_config, storage_options
from safelight.errors import ConfigError
from safelight.storage.portal import Portal
from safelight.storage.registry import StoreRegistry
from safelight.storage.uri import ObjectURI
from safelight_server.quickstart.ports import find_free_port
from support.azurite import ACCOUNT, AzureServer
from support.naughty import Naughty, Status, naughty_proxy
from support.planted_secrets import PLANTED, everything_about
from support.stores import QUICK

KEY = base64.b64encode(f"{PLANTED} account key".encode()).decode()
SAS = f"sv=2021-12-02&sp=r&se=2030-01-01&sr=c&sig={PLANTED}"


def environments(url: str) -> dict[str, dict[str, str]]:
    account = {"AZURE_STORAGE_ACCOUNT": ACCOUNT, "AZURE_STORAGE_ACCOUNT_URL": f"{url}/{ACCOUNT}"}
    return {
        "connection string": {
            "AZURE_STORAGE_CONNECTION_STRING": (
                f"AccountName={ACCOUNT};AccountKey={KEY};BlobEndpoint={url}/{ACCOUNT}"
            )
        },
        "key": account | {"AZURE_STORAGE_KEY": KEY},
        "signature": account | {"AZURE_STORAGE_SAS_TOKEN": SAS},
        "streaming": {"AZURE_ACCOUNT_NAME": ACCOUNT, "AZURE_ACCOUNT_ACCESS_KEY": KEY}
        | {"AZURE_STORAGE_ACCOUNT_URL": f"{url}/{ACCOUNT}"},
    }


def calls(registry: StoreRegistry, uri: ObjectURI) -> list[Callable[[], Any]]:
    store = registry.store_for(uri)

    async def first_page() -> None:
        async for _ in store.list(uri):
            return

    async def chunks() -> AsyncIterator[bytes]:
        yield bytes(9 << 20)

    return [
        lambda: store.head(uri),
        lambda: store.get(uri),
        lambda: store.put(uri, b"x"),
        lambda: store.put(uri, chunks()),
        lambda: store.delete([uri]),
        lambda: store.delete([uri, uri.child("b")]),
        lambda: store.copy(uri, uri.child("b")),
        lambda: store.cors(uri),
        first_page,
    ]


@pytest.fixture
def proxy(azurite: AzureServer) -> Iterator[Naughty]:
    with naughty_proxy(azurite.url) as proxy:
        yield proxy


@pytest.mark.parametrize("problem", ["denied", "refused", "storm", "elsewhere"])
@pytest.mark.parametrize("form", list(environments("")))
def test_nothing_shows_a_secret(
    proxy: Naughty, portal: Portal, caplog: pytest.LogCaptureFixture, form: str, problem: str
) -> None:
    caplog.set_level(logging.DEBUG)
    faults = {"storm": Status(503, "ServerBusy"), "elsewhere": Status(307)}
    if problem in faults:
        proxy.inject(faults[problem])
    url = f"http://127.0.0.1:{find_free_port()}" if problem == "refused" else proxy.url
    options = storage_options(MediaCacheConfig(), environments(url)[form])
    registry = StoreRegistry(replace(options, retry=replace(QUICK, attempts=2)))
    uri = registry.parse("az://container/a.jpg")
    told = [everything_about(portal, call) for call in calls(registry, uri)]
    told += [repr(portal.run(registry.store_for(uri).identity())), repr(options), repr(registry), caplog.text]
    portal.run(registry.close())
    secrets = (PLANTED, KEY, KEY[:20])
    assert not [text for text in told if any(secret in text for secret in secrets)]


def test_signed_urls_are_not_logged(
    azurite: AzureServer, portal: Portal, caplog: pytest.LogCaptureFixture, places: Any
) -> None:
    caplog.set_level(logging.DEBUG)
    rig = places.rig("azure")
    uri = rig.fill("signed.jpg", b"signed")
    signed = rig.registry.parse(rig.run(rig.store.sign(uri, expires=timedelta(minutes=5))))
    assert signed.provider == "http"
    assert rig.run(rig.registry.store_for(signed).get_range(signed, 0, 10))[0] == b"signed"
    signature = str(signed).partition("sig=")[2][:20]
    assert "signed.jpg" in caplog.text
    assert signature not in caplog.text + repr(signed) + signed.public_text


@pytest.mark.parametrize(
    "content",
    [
        f"[default]\nconn_str = {PLANTED}",
        f"[default]\nconn_str = AccountName=a;AccountKy={PLANTED}",
        f"[default]\naccount_name = a\nsas_token = {PLANTED}%41",
        f"[default]\naccount_name = a\naccount_url = https://{PLANTED}@host",
        f"[default]\n{PLANTED}",
        f"account_key = {PLANTED}",
        f"[default]\nclient_id = a\naccount_name = a\nsecret = {PLANTED}",
    ],
)
def test_mistakes_in_the_file_do_not_show_its_secrets(tmp_path: Path, content: str) -> None:
    (tmp_path / "azure.ini").write_text(content)
    environ = {"AZURE_CREDENTIALS_FILE": str(tmp_path / "azure.ini")}
    with pytest.raises(ConfigError) as caught:
        storage_options(load_config(environ), environ)
    assert PLANTED not in str(caught.value) + repr(caught.value)
    assert "azure.ini" in str(caught.value)
