"""OAuth tokens on Azure: service principals, managed identities, `DefaultAzureCredential`; over https."""

from __future__ import annotations

import base64
import hashlib
import hmac
import logging
import ssl
import urllib.request
import uuid
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit

import pytest
import trustme

from safelight.config import MediaCacheConfig, storage_options
from safelight.errors import AccessDeniedError, ConfigError, CredentialsError, EndpointError, StorageError
from safelight.storage.azure.options import AzureOptions
from safelight.storage.base import Identity
from safelight.storage.options import StorageOptions
from safelight.storage.portal import Portal
from safelight.storage.registry import StoreRegistry
from support.azurite import ACCOUNT, AzureServer
from support.entra import CLIENT, CLIENT_SECRET, TENANT, Entra
from support.stores import QUICK, Rig, azure_account

ONLY_HERE: dict[str, Any] = {
    "disable_instance_discovery": True,
    **{f"exclude_{name}_credential": True for name in ("cli", "developer_cli", "powershell", "broker")},
}
"""Arguments for `DefaultAzureCredential`: no program of this machine, and no host beyond it."""


@dataclass(frozen=True)
class Cloud:
    """Storage accounts and whoever gives tokens for them."""

    storage: AzureServer
    entra: Entra
    container: str

    @property
    def where(self) -> dict[str, str]:
        return {
            "AZURE_STORAGE_ACCOUNT": ACCOUNT,
            "AZURE_STORAGE_ACCOUNT_URL": self.storage.endpoint,
            "REQUESTS_CA_BUNDLE": str(self.storage.ca),
        }


@pytest.fixture
def cloud(secure_azure: tuple[AzureServer, Entra], monkeypatch: pytest.MonkeyPatch) -> Cloud:
    storage, entra = secure_azure
    entra.asked.clear()
    container = f"tokens-{uuid.uuid4().hex[:10]}"
    storage.client.create_container(container)
    storage.client.get_blob_client(container, "private.jpg").upload_blob(b"private")
    # What Azure's own clients read.
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(storage.ca))
    return Cloud(storage, entra, container)


def act(monkeypatch: pytest.MonkeyPatch, variables: dict[str, str]) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)


def rig_of(cloud: Cloud, portal: Portal, environ: dict[str, str], **config: Any) -> Rig:
    config.setdefault("extra_client_kwargs", {"azure": ONLY_HERE})
    options = storage_options(MediaCacheConfig(**config), cloud.where | environ)
    registry = StoreRegistry(StorageOptions(retry=QUICK, azure=options.azure))
    return Rig("azure", portal, registry, registry.parse(f"az://{cloud.container}/"))


def chosen(told: Identity) -> list[str]:
    return [each.source for each in told.candidates if each.outcome == "chosen"]


def close(rig: Rig) -> None:
    rig.run(rig.registry.close())


def test_managed_identity(cloud: Cloud, portal: Portal, monkeypatch: pytest.MonkeyPatch) -> None:
    act(monkeypatch, cloud.entra.managed_identity)
    rig = rig_of(cloud, portal, {})
    assert rig.read("private.jpg") == b"private"
    rig.fill("written.jpg", b"written")
    assert rig.keys() == ["private.jpg", "written.jpg"]
    rig.run(rig.store.copy(rig.uri("written.jpg"), rig.uri("copied.jpg")))
    rig.run(rig.store.delete([rig.uri("written.jpg"), rig.uri("private.jpg")]))
    assert rig.read("copied.jpg") == b"written"
    told = rig.run(rig.store.identity())
    assert told.method == "OAuth token"
    assert chosen(told) == [
        "AZURE_STORAGE_ACCOUNT or AZURE_STORAGE_ACCOUNT_URL alone",
        "DefaultAzureCredential: ManagedIdentityCredential",
    ]
    assert set(cloud.entra.asked) == {"/msi/token"}
    close(rig)


def test_one_token_serves_many_requests(
    cloud: Cloud, portal: Portal, monkeypatch: pytest.MonkeyPatch
) -> None:
    act(monkeypatch, cloud.entra.managed_identity)
    rig = rig_of(cloud, portal, {})
    for _ in range(10):
        rig.read("private.jpg")
    assert len(cloud.entra.asked) <= 2  # one for our reads and azure-storage-blob's pipeline each
    close(rig)


def test_service_principal_of_the_environment(
    cloud: Cloud, portal: Portal, monkeypatch: pytest.MonkeyPatch
) -> None:
    act(monkeypatch, cloud.entra.principal)
    rig = rig_of(cloud, portal, cloud.entra.principal)
    assert rig.read("private.jpg") == b"private"
    told = rig.run(rig.store.identity())
    assert told.method == "OAuth token"
    assert told.principal == f"service principal {CLIENT} of tenant {TENANT}"
    assert "AZURE_CLIENT_SECRET" in chosen(told)[0]
    assert CLIENT_SECRET not in repr(told)
    close(rig)


def test_service_principal_of_the_file(
    cloud: Cloud, portal: Portal, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("AZURE_AUTHORITY_HOST", cloud.entra.url)
    ini = tmp_path / "azure.ini"
    ini.write_text(
        f"[default]\naccount_name = {ACCOUNT}\nclient_id = {CLIENT}\n"
        f"secret = {CLIENT_SECRET.replace('%', '%%')}\ntenant = {TENANT}\n"
    )
    rig = rig_of(cloud, portal, {}, azure_credentials_file=str(ini))
    assert rig.read("private.jpg") == b"private"
    assert chosen(rig.run(rig.store.identity())) == [f"section [default] of {ini}"]
    close(rig)


def test_default_credential_of_another_account_s_url(
    cloud: Cloud, portal: Portal, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The chain finds the environment's principal, which is nobody's configured account."""
    act(monkeypatch, cloud.entra.principal)
    azure = AzureOptions(
        account=azure_account(cloud.storage, endpoint="https://elsewhere.blob.core.windows.net"),
        credential_kwargs=ONLY_HERE,
        ca_bundle=str(cloud.storage.ca),
    )
    registry = StoreRegistry(StorageOptions(retry=QUICK, azure=azure))
    uri = registry.parse("az://c/private.jpg")
    uri = type(uri)("azure", cloud.container, "private.jpg", endpoint=cloud.storage.endpoint)
    store = registry.store_for(uri)
    assert portal.run(store.get_range(uri, 0, 10))[0] == b"private"
    assert chosen(portal.run(store.identity())) == ["DefaultAzureCredential: EnvironmentCredential"]
    portal.run(registry.close())


@pytest.mark.parametrize("way", ["account", "chain"])
def test_a_principal_with_a_wrong_secret(
    cloud: Cloud, portal: Portal, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, way: str
) -> None:
    caplog.set_level(logging.DEBUG)
    wrong = cloud.entra.principal | {"AZURE_CLIENT_SECRET": "PLANTED-wrong"}
    act(monkeypatch, wrong)
    rig = rig_of(cloud, portal, wrong if way == "account" else {})
    for _ in range(3):
        with pytest.raises(CredentialsError, match=r"private\.jpg.*AADSTS7000215") as caught:
            rig.read("private.jpg")
        assert "PLANTED" not in str(caught.value)
    with pytest.raises(CredentialsError, match=r"a\.jpg.*AADSTS7000215"):
        rig.run(rig.store.put(rig.uri("a.jpg"), b"x"))
    asked = [path for path in cloud.entra.asked if path.endswith("/token")]
    assert len(asked) == 1, "a bulk job fails once, not once per object"
    assert "PLANTED" not in caplog.text
    close(rig)


def test_tokens_go_over_https_only(cloud: Cloud, portal: Portal, monkeypatch: pytest.MonkeyPatch) -> None:
    act(monkeypatch, cloud.entra.managed_identity)
    plain = {"AZURE_STORAGE_ACCOUNT_URL": cloud.storage.endpoint.replace("https:", "http:")}
    rig = rig_of(cloud, portal, plain)
    with pytest.raises(CredentialsError, match="https"):
        rig.read("private.jpg")
    close(rig)


def test_a_certificate_that_is_not_trusted(
    cloud: Cloud, portal: Portal, monkeypatch: pytest.MonkeyPatch
) -> None:
    act(monkeypatch, cloud.entra.managed_identity)
    stranger = trustme.CA()
    with stranger.cert_pem.tempfile() as other:
        azure = AzureOptions(account=azure_account(cloud.storage), ca_bundle=other)
        registry = StoreRegistry(StorageOptions(retry=QUICK, azure=azure))
        rig = Rig("azure", portal, registry, registry.parse(f"az://{cloud.container}/"))
        with pytest.raises(EndpointError, match="certificate"):
            rig.read("private.jpg")
        with pytest.raises(StorageError, match="az://"):
            rig.keys()
        close(rig)


def test_client_arguments_reach_the_default_credential(
    cloud: Cloud, portal: Portal, monkeypatch: pytest.MonkeyPatch
) -> None:
    act(monkeypatch, cloud.entra.managed_identity)
    without = {"azure": ONLY_HERE | {"exclude_managed_identity_credential": True}}
    rig = rig_of(cloud, portal, {}, extra_client_kwargs=without)
    with pytest.raises(AccessDeniedError):
        rig.read("private.jpg")
    sources = [each.source for each in rig.run(rig.store.identity()).candidates]
    assert not [source for source in sources if "ManagedIdentity" in source]
    close(rig)
    rig = rig_of(cloud, portal, {}, extra_client_kwargs={"azure": {"require_envvar": True}})
    with pytest.raises(ConfigError, match="extra_client_kwargs"):
        rig.read("private.jpg")
    close(rig)


def as_of_2025(url: str, key: Any) -> str:
    """The same URL, signed as the newest version that Azurite knows asks ("Version 2025-07-05 and later").

    azure-storage-blob signs as of 2026-06-06, which has two more fields; both are empty here.
    """
    root, _, query = url.partition("?")
    fields = dict(parse_qsl(query)) | {"sv": "2025-11-05"}
    path = urlsplit(root).path.removeprefix(f"/{ACCOUNT}")
    named = ["skoid", "sktid", "skt", "ske", "sks", "skv", "saoid", "suoid", "scid", "skdutid", "sduoid"]
    lines = [fields["sp"], "", fields["se"], f"/blob/{ACCOUNT}{unquote(path)}"]
    lines += [fields.get(name, "") for name in [*named, "sip", "spr", "sv", "sr"]] + [""] * 7
    digest = hmac.new(base64.b64decode(key.value), "\n".join(lines).encode(), hashlib.sha256).digest()
    fields["sig"] = base64.b64encode(digest).decode()
    return f"{root}?{urlencode(fields)}"


def test_a_url_signed_with_a_key_that_entra_lent(
    cloud: Cloud, portal: Portal, monkeypatch: pytest.MonkeyPatch
) -> None:
    act(monkeypatch, cloud.entra.managed_identity)
    rig = rig_of(cloud, portal, {})
    signing: Any = rig.store
    url = rig.run(signing.sign(rig.uri("private.jpg"), expires=timedelta(hours=1)))
    key = signing._signer._delegated[0]
    rig.run(signing.sign(rig.uri("other.jpg"), expires=timedelta(hours=1)))
    assert signing._signer._delegated[0] is key, "one key for many URLs"
    context = ssl.create_default_context(cafile=str(cloud.storage.ca))
    with urllib.request.urlopen(as_of_2025(url, key), context=context) as response:
        assert response.read() == b"private"
    for changed in (("private.jpg", "other.jpg"), ("sp=r", "sp=w")):
        with pytest.raises(HTTPError, match="403"):
            urllib.request.urlopen(as_of_2025(url, key).replace(*changed), context=context)
    with pytest.raises(StorageError, match="7 days"):
        rig.run(rig.store.sign(rig.uri("private.jpg"), expires=timedelta(days=8)))
    close(rig)
