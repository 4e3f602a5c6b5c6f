"""Every way to be somebody on Azure, against real servers; and which way wins."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from azure.storage.blob import ContainerSasPermissions, PublicAccess, generate_container_sas

from safelight.config import MediaCacheConfig, load_config, storage_options
from safelight.errors import AccessDeniedError, ConfigError, InvalidURIError
from safelight.storage.azure.options import AzureAccount, AzureOptions
from safelight.storage.base import Identity
from safelight.storage.credentials import Secret
from safelight.storage.options import StorageOptions
from safelight.storage.portal import Portal
from safelight.storage.registry import StoreRegistry
from support.azurite import ACCOUNT, KEY, OTHER_ACCOUNT, OTHER_KEY, AzureServer
from support.stores import QUICK, azure_account

STRANGERS_KEY = "c3RyYW5nZXI="


@dataclass(frozen=True)
class Visitor:
    """Somebody who reads one object, as whoever the settings make them."""

    portal: Portal
    server: AzureServer
    container: str

    def address(self, scheme: str = "az") -> str:
        return f"{scheme}://{self.container}/private.jpg"

    @property
    def url(self) -> str:
        return f"{self.server.endpoint}/{self.container}/private.jpg"

    @property
    def where(self) -> dict[str, str]:
        """The emulator has a URL of its own, as accounts with a custom domain do."""
        return {"AZURE_STORAGE_ACCOUNT_URL": self.server.endpoint}

    def read(self, environ: dict[str, str], address: str | None = None, **config: Any) -> bytes:
        return self.read_with(storage_options(MediaCacheConfig(**config), environ), address)

    def read_with(self, options: StorageOptions, address: str | None = None) -> bytes:
        registry = StoreRegistry(StorageOptions(retry=QUICK, azure=options.azure))
        uri = registry.parse(address or self.address())

        async def body() -> bytes:
            try:
                return (await registry.store_for(uri).get_range(uri, 0, 100))[0]
            finally:
                await registry.close()

        return self.portal.run(body())

    def identity(self, environ: dict[str, str], address: str | None = None, **config: Any) -> Identity:
        registry = StoreRegistry(storage_options(MediaCacheConfig(**config), environ))
        uri = registry.parse(address or self.address())
        try:
            return self.portal.run(registry.store_for(uri).identity())
        finally:
            self.portal.run(registry.close())


@pytest.fixture
def visitor(azurite: AzureServer, portal: Portal) -> Visitor:
    container = f"visited-{uuid.uuid4().hex[:10]}"
    azurite.client.create_container(container)
    azurite.client.get_blob_client(container, "private.jpg").upload_blob(b"private")
    return Visitor(portal, azurite, container)


def signature(visitor: Visitor, **changes: Any) -> str:
    wanted: dict[str, Any] = {
        "permission": ContainerSasPermissions(read=True, list=True),
        "expiry": datetime.now(timezone.utc) + timedelta(hours=1),
        **changes,
    }
    return str(generate_container_sas(ACCOUNT, visitor.container, account_key=KEY, **wanted))


def write_ini(path: Path, section: str = "default", **values: str) -> Path:
    lines = [f"[{section}]", *(f"{key} = {value}" for key, value in values.items())]
    path.write_text("\n".join(lines))
    return path


# -- the environment


def test_connection_string(visitor: Visitor) -> None:
    assert visitor.read({"AZURE_STORAGE_CONNECTION_STRING": visitor.server.connection_string}) == b"private"


def test_connection_string_with_a_signature(visitor: Visitor) -> None:
    text = f"BlobEndpoint={visitor.server.endpoint}/;SharedAccessSignature={signature(visitor)}"
    environ = {"AZURE_STORAGE_CONNECTION_STRING": text, "AZURE_ALIAS": "pictures"}
    assert visitor.read(environ, visitor.address("pictures")) == b"private"


def test_account_and_key(visitor: Visitor) -> None:
    environ = {"AZURE_STORAGE_ACCOUNT": ACCOUNT, "AZURE_STORAGE_KEY": KEY, "AZURE_ALIAS": "pictures"}
    for address in (visitor.address(), visitor.address("pictures"), visitor.url):
        assert visitor.read(environ | visitor.where, address) == b"private"


def test_names_of_streaming(visitor: Visitor) -> None:
    environ = {"AZURE_ACCOUNT_NAME": ACCOUNT, "AZURE_ACCOUNT_ACCESS_KEY": KEY} | visitor.where
    for address in (visitor.address("azure"), visitor.address("azure-dl")):
        assert visitor.read(environ, address) == b"private"


def test_account_and_signature(visitor: Visitor) -> None:
    for token in (signature(visitor), f"?{signature(visitor)}"):
        environ = {"AZURE_STORAGE_ACCOUNT": ACCOUNT, "AZURE_STORAGE_SAS_TOKEN": token}
        assert visitor.read(environ | visitor.where) == b"private"


def test_groups_go_before_each_other_in_the_documented_order(visitor: Visitor, tmp_path: Path) -> None:
    ini = write_ini(tmp_path / "a.ini", account_name=OTHER_ACCOUNT, account_key=OTHER_KEY)
    wrong = {
        "AZURE_ACCOUNT_NAME": OTHER_ACCOUNT,
        "AZURE_ACCOUNT_ACCESS_KEY": OTHER_KEY,
        "AZURE_CREDENTIALS_FILE": str(ini),
    }
    key = wrong | {"AZURE_STORAGE_ACCOUNT": ACCOUNT, "AZURE_STORAGE_KEY": KEY} | visitor.where
    assert visitor.read(key) == b"private"
    text = {"AZURE_STORAGE_CONNECTION_STRING": visitor.server.connection_string}
    assert visitor.read(key | {"AZURE_STORAGE_KEY": STRANGERS_KEY} | text) == b"private"
    whole = storage_options(load_config(key), key).azure
    assert [each.outcome for each in whole.sources] == ["not set", "chosen", *["not looked at"] * 5]


# -- the file


def forms(visitor: Visitor) -> dict[str, dict[str, str]]:
    url = visitor.server.endpoint
    return {
        "conn_str": {"conn_str": visitor.server.connection_string},
        "key": {"account_name": ACCOUNT, "account_key": KEY, "account_url": url},
        "sas": {
            "account_name": ACCOUNT,
            "sas_token": signature(visitor).replace("%", "%%"),
            "account_url": url,
        },
    }


@pytest.mark.parametrize("form", ["conn_str", "key", "sas"])
@pytest.mark.parametrize("way", ["variables", "config"])
def test_the_file(visitor: Visitor, tmp_path: Path, form: str, way: str) -> None:
    ini = write_ini(tmp_path / "azure.ini", "team", **forms(visitor)[form], alias="pictures")
    environ, config = {"AZURE_CREDENTIALS_FILE": str(ini), "AZURE_PROFILE": "team"}, MediaCacheConfig()
    if way == "variables":
        config = load_config(environ)
    else:
        environ, config = {}, MediaCacheConfig(azure_credentials_file=str(ini), azure_profile="team")
    options = storage_options(config, environ)
    assert visitor.read_with(options, visitor.address("pictures")) == b"private"
    assert str(ini) in (options.azure.account or AzureAccount(endpoint="")).source


def test_percent_signs_are_doubled_in_the_file(visitor: Visitor, tmp_path: Path) -> None:
    ini = write_ini(tmp_path / "a.ini", account_name=ACCOUNT, sas_token=signature(visitor))
    with pytest.raises(ConfigError, match="%%"):
        visitor.read(visitor.where, azure_credentials_file=str(ini))


@pytest.mark.parametrize(
    ("values", "match"),
    [
        ({"alias": "pictures"}, "conn_str, account_name or account_url"),
        ({"account_name": "a", "client_id": "b"}, "client_id, secret and tenant"),
        ({"account_url": "https://pictures.example.com", "account_key": "a2V5"}, "account_name"),
        ({"account_name": "a", "account_url": "pictures.example.com"}, "https://host"),
        ({"account_name": "a", "account_url": "https://h.example?sv=SECRET"}, "https://host"),
        ({"conn_str": "nonsense"}, "connection string"),
        ({"conn_str": "AccountName=a"}, "AccountKey"),
        ({"conn_str": "UseDevelopmentStorage=true"}, "emulator"),
        ({"acount_name": "a"}, "acount_name"),
    ],
)
def test_a_file_that_makes_no_account(tmp_path: Path, values: dict[str, str], match: str) -> None:
    ini = write_ini(tmp_path / "a.ini", **values)
    with pytest.raises(ConfigError, match=match) as caught:
        storage_options(MediaCacheConfig(azure_credentials_file=str(ini)), {})
    assert str(ini) in str(caught.value)
    assert "SECRET" not in str(caught.value)


# -- rights


def test_an_expired_or_narrow_signature(visitor: Visitor) -> None:
    expired = signature(visitor, expiry=datetime.now(timezone.utc) - timedelta(minutes=5))
    narrow = signature(visitor, permission=ContainerSasPermissions(list=True))
    for token in (expired, narrow):
        environ = {"AZURE_STORAGE_ACCOUNT": ACCOUNT, "AZURE_STORAGE_SAS_TOKEN": token} | visitor.where
        with pytest.raises(AccessDeniedError, match=r"private\.jpg"):
            visitor.read(environ)


def test_a_wrong_key(visitor: Visitor) -> None:
    environ = {"AZURE_STORAGE_ACCOUNT": ACCOUNT, "AZURE_STORAGE_KEY": STRANGERS_KEY} | visitor.where
    with pytest.raises(AccessDeniedError, match=r"private\.jpg"):
        visitor.read(environ)


def test_a_key_that_is_none(visitor: Visitor) -> None:
    environ = {"AZURE_STORAGE_ACCOUNT": ACCOUNT, "AZURE_STORAGE_KEY": "no base64!"} | visitor.where
    with pytest.raises(ConfigError, match="base64"):
        visitor.read(environ)


def no_sources() -> dict[str, Any]:
    """`DefaultAzureCredential` without what asks beyond this process."""
    names = ("managed_identity", "cli", "developer_cli", "powershell", "shared_token_cache", "broker")
    return {"azure": {f"exclude_{name}_credential": True for name in names}}


def test_nobody_reads_public_containers_only(visitor: Visitor) -> None:
    nobody: Any = {"extra_client_kwargs": no_sources()}
    with pytest.raises(AccessDeniedError, match=r"private\.jpg"):
        visitor.read(visitor.where, **nobody)
    container = visitor.server.client.get_container_client(visitor.container)
    container.set_container_access_policy({}, public_access=PublicAccess.CONTAINER)
    assert visitor.read(visitor.where, **nobody) == b"private"
    told = visitor.identity(visitor.where, **nobody)
    assert (told.method, told.principal) == ("anonymous", "anybody")
    assert [each.outcome for each in told.candidates if "AZURE_STORAGE_ACCOUNT_URL alone" in each.source] == [
        "chosen"
    ]
    assert told.candidates[-1].outcome.startswith("chosen")


def test_explicitly_nobody_looks_for_no_credentials(
    visitor: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("safelight.storage.azure.session.DefaultChain", None)
    account = AzureAccount(endpoint=visitor.server.endpoint, anonymous=True)
    with pytest.raises(AccessDeniedError):
        visitor.read_with(StorageOptions(azure=AzureOptions(account=account)))


# -- several accounts


@pytest.mark.parametrize("name", [str, lambda url: url.rpartition("/")[2]], ids=["url", "name"])
def test_a_container_s_own_account_goes_before_the_default(
    visitor: Visitor, name: Callable[[str], str]
) -> None:
    own = azure_account(visitor.server)
    stranger = azure_account(visitor.server, account_key=Secret(STRANGERS_KEY))
    place = name(f"{visitor.server.endpoint}/{visitor.container}")
    azure = AzureOptions(account=stranger, containers={place: own})
    assert visitor.read_with(StorageOptions(azure=azure)) == b"private"
    elsewhere = AzureOptions(account=stranger, containers={"another": own})
    with pytest.raises(AccessDeniedError):
        visitor.read_with(StorageOptions(azure=elsewhere))


def test_another_account_does_not_get_the_configured_one_s_credentials(visitor: Visitor) -> None:
    environ = {
        "AZURE_STORAGE_ACCOUNT": "elsewhere",
        "AZURE_STORAGE_KEY": KEY,
    }
    url = "https://voxel51.blob.core.windows.net/test-container/image.jpg"
    told = visitor.identity(environ, url, extra_client_kwargs=no_sources())
    assert told.endpoint == "https://voxel51.blob.core.windows.net"
    assert told.method == "anonymous"
    assert "elsewhere" in told.candidates[0].outcome


# -- addresses


def test_every_form_of_an_address_is_one_object() -> None:
    environ = {"AZURE_STORAGE_ACCOUNT": "voxel51", "AZURE_STORAGE_KEY": KEY, "AZURE_ALIAS": "pictures"}
    registry = StoreRegistry(storage_options(MediaCacheConfig(), environ))
    texts = [
        "https://voxel51.blob.core.windows.net/c/d/image%20one.jpg",
        "https://voxel51.dfs.core.windows.net/c/d/image%20one.jpg",
        *(f"{s}://c/d/image one.jpg" for s in ("az", "pictures", "azure", "azure-dl", "abfs", "abfss")),
        *(f"{s}://c@voxel51.dfs.core.windows.net/d/image one.jpg" for s in ("abfs", "abfss")),
        *(f"{s}://c@voxel51.blob.core.windows.net/d/image one.jpg" for s in ("wasb", "wasbs")),
    ]
    uris = [registry.parse(text) for text in texts]
    assert len(set(uris)) == 1
    assert [str(uri) for uri in uris] == texts
    assert [str(uri.with_key(uri.key)) for uri in uris] == texts


def test_a_custom_domain_is_the_account_too() -> None:
    environ = {
        "AZURE_STORAGE_ACCOUNT": "voxel51",
        "AZURE_STORAGE_KEY": KEY,
        "AZURE_STORAGE_ACCOUNT_URL": "https://media.example.com/",
    }
    parse = StoreRegistry(storage_options(MediaCacheConfig(), environ)).parse
    forms = {
        parse("https://media.example.com/c/k.jpg"),
        parse("https://voxel51.blob.core.windows.net/c/k.jpg"),
        parse("abfss://c@voxel51.dfs.core.windows.net/k.jpg"),
        parse("az://c/k.jpg"),
    }
    assert {uri.endpoint for uri in forms} == {"https://media.example.com"}
    assert len(forms) == 1


def test_an_alias_that_means_another_store(visitor: Visitor) -> None:
    environ = {"AZURE_STORAGE_ACCOUNT": ACCOUNT, "AZURE_STORAGE_KEY": KEY, "AZURE_ALIAS": "s3"}
    with pytest.raises(InvalidURIError, match="alias"):
        visitor.read(environ)


def test_whoami_tells_the_source_and_no_secret(visitor: Visitor, tmp_path: Path) -> None:
    environ = {"AZURE_STORAGE_ACCOUNT": ACCOUNT, "AZURE_STORAGE_KEY": KEY} | visitor.where
    told = visitor.identity(environ)
    assert (told.endpoint, told.method) == (visitor.server.endpoint, "shared key")
    assert ACCOUNT in told.principal
    assert [each.source for each in told.candidates if each.outcome == "chosen"] == [
        "AZURE_STORAGE_ACCOUNT and AZURE_STORAGE_KEY"
    ]
    assert KEY not in repr(told)
    ini = write_ini(tmp_path / "a.ini", "team", **forms(visitor)["sas"])
    told = visitor.identity({}, azure_credentials_file=str(ini), azure_profile="team")
    assert told.method == "shared access signature"
    assert f"section [team] of {ini}" in [e.source for e in told.candidates if e.outcome == "chosen"]
    assert "sig=" not in repr(told)
