"""The page on credentials: what it says of Azure, as the reader pastes it."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
from azure.storage.blob import ContainerSasPermissions, generate_container_sas

from support.azurite import ACCOUNT, KEY, AzureServer
from support.entra import CLIENT, CLIENT_SECRET, TENANT, Entra
from support.guide import credentials_recipe, read_after, run_in_shell

OURS = {"ouraccount": ACCOUNT, "EXAMPLEKEY==": KEY}
PRINCIPAL = {
    "EXAMPLECLIENT": CLIENT,
    "EXAMPLESECRET": CLIENT_SECRET.replace("'", "'\\''"),
    "EXAMPLETENANT": TENANT,
}


def fill(server: AzureServer) -> str:
    """Write a picture to a new container, and return its name."""
    container = f"guide-{uuid.uuid4().hex[:10]}"
    server.client.create_container(container)
    server.client.get_blob_client(container, "images/1.jpg").upload_blob(b"picture")
    return container


def where(server: AzureServer) -> dict[str, str]:
    return {"AZURE_STORAGE_ACCOUNT_URL": server.endpoint}


def signature(container: str) -> str:
    return generate_container_sas(
        ACCOUNT,
        container,
        account_key=KEY,
        permission=ContainerSasPermissions(read=True, list=True),
        expiry=datetime.now(timezone.utc) + timedelta(hours=1),
    )


@pytest.fixture
def container(azurite: AzureServer) -> str:
    return fill(azurite)


def tokens(secure_azure: tuple[AzureServer, Entra]) -> dict[str, str]:
    """How to reach the store that takes tokens, and whom to trust."""
    storage, entra = secure_azure
    trust = {"REQUESTS_CA_BUNDLE": str(storage.ca), "AZURE_AUTHORITY_HOST": entra.url}
    return where(storage) | trust


@pytest.mark.parametrize("scheme", ["az", "abfss", "pictures"])
def test_key(azurite: AzureServer, container: str, scheme: str) -> None:
    script = credentials_recipe("azure-key", OURS)
    assert read_after(script, f"{scheme}://{container}/images/1.jpg", where(azurite)) == "picture"


def test_full_url(azurite: AzureServer, container: str) -> None:
    script = credentials_recipe("azure-key", OURS)
    script += credentials_recipe("azure-custom-domain", {"https://media.example.com": azurite.endpoint})
    assert read_after(script, f"{azurite.endpoint}/{container}/images/1.jpg") == "picture"


def test_connection_string(azurite: AzureServer, container: str) -> None:
    script = credentials_recipe("azure-connection-string", OURS)
    assert read_after(script, f"pictures://{container}/images/1.jpg", where(azurite)) == "picture"


def test_names_of_streaming(azurite: AzureServer, container: str) -> None:
    script = credentials_recipe("azure-streaming", OURS)
    assert read_after(script, f"azure://{container}/images/1.jpg", where(azurite)) == "picture"


def test_signature(azurite: AzureServer, container: str) -> None:
    values = {"ouraccount": ACCOUNT, "sv=EXAMPLE": signature(container)}
    script = credentials_recipe("azure-sas", values)
    assert read_after(script, f"az://{container}/images/1.jpg", where(azurite)) == "picture"


def test_default_credential(secure_azure: tuple[AzureServer, Entra]) -> None:
    storage, entra = secure_azure
    script = credentials_recipe("azure-default", {"ouraccount": ACCOUNT})
    environment = tokens(secure_azure) | entra.managed_identity
    address = f"az://{fill(storage)}/images/1.jpg"
    assert read_after(script, address, environment) == "picture"
    said = run_in_shell(f"{script}\nsafelight storage whoami {address}", environment)
    assert "ManagedIdentityCredential - chosen" in said


CONFIG = '{"extra_client_kwargs": {"azure": {"disable_instance_discovery": true}}}'
"""What Entra ID's double needs beside the recipes: it is no authority that Microsoft's directory knows."""


def test_service_principal(secure_azure: tuple[AzureServer, Entra], tmp_path: Path) -> None:
    script = credentials_recipe("azure-principal", {"ouraccount": ACCOUNT} | PRINCIPAL)
    (tmp_path / "config.json").write_text(CONFIG)
    environment = tokens(secure_azure) | {"FIFTYONE_MEDIA_CACHE_CONFIG_PATH": str(tmp_path / "config.json")}
    address = f"pictures://{fill(secure_azure[0])}/images/1.jpg"
    assert read_after(script, address, environment) == "picture"


@pytest.mark.parametrize(
    "section", ["default", "by-connection-string", "by-signature", "by-service-principal"]
)
@pytest.mark.parametrize("way", ["azure-file", "azure-media-cache-config"])
def test_files(secure_azure: tuple[AzureServer, Entra], tmp_path: Path, section: str, way: str) -> None:
    storage, _ = secure_azure
    container = fill(storage)
    ini = tmp_path / "azure.ini"
    values = {
        "https://ouraccount.blob.core.windows.net": storage.endpoint,
        "sv=EXAMPLE": signature(container).replace("%", "%%"),
        "EXAMPLECLIENT": CLIENT,
        "EXAMPLESECRET": CLIENT_SECRET.replace("%", "%%"),
        "EXAMPLETENANT": TENANT,
    }
    ini.write_text(credentials_recipe("azure-ini", values | OURS))
    config = tmp_path / "config.json"
    config.write_text(CONFIG)
    settings = {"/path/to/azure-credentials.ini": str(ini), "default": section}
    script = credentials_recipe(way, settings)
    if way == "azure-media-cache-config":
        config.write_text(script.rstrip().removesuffix("}") + "," + CONFIG.removeprefix("{"))
        script = "true"
    environment = tokens(secure_azure) | {"FIFTYONE_MEDIA_CACHE_CONFIG_PATH": str(config)}
    scheme = "pictures" if section == "default" else "az"
    assert read_after(script, f"{scheme}://{container}/images/1.jpg", environment) == "picture"


def test_looking_into_an_account(azurite: AzureServer, container: str) -> None:
    script = credentials_recipe("azure-key", OURS)
    address = f"az://{container}/images/1.jpg"
    said = run_in_shell(f"{script}\nsafelight storage check --write {address}", where(azurite))
    assert "+ signed URL" in said
    rule = f"safelight storage cors apply az://{container} --origin https://fiftyone.example.com"
    assert "may now GET, HEAD" in run_in_shell(f"{script}\n{rule}", where(azurite))
