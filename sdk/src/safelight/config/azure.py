"""Azure's settings: groups of variables, or a section of a file (the names are the seed documents').

Several groups may be set; the first complete one counts: the connection string, the account with its key, a
SAS or a service principal, Streaming's names, the credentials file, and an account without any secret, for
which `DefaultAzureCredential` looks further.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final

from safelight.config.media_cache import MediaCacheConfig
from safelight.config.parameters import path, secret, values_of, variable
from safelight.config.profiles import read_profile
from safelight.errors import ConfigError
from safelight.storage.addresses import azure_account_of, azure_endpoint_of
from safelight.storage.azure.connection_string import parse_connection_string
from safelight.storage.azure.options import AzureAccount, AzureOptions
from safelight.storage.base import Candidate
from safelight.storage.credentials import Secret

_URL: Final = re.compile(r"https?://[^@?#\s]+")

_KEYS: Final = frozenset(
    {
        "account_key",
        "account_name",
        "account_url",
        "alias",
        "client_id",
        "conn_str",
        "sas_token",
        "secret",
        "tenant",
    }
)
"""What a section of the file may say."""

_GROUPS: Final[tuple[Mapping[str, str], ...]] = (
    {"conn_str": "AZURE_STORAGE_CONNECTION_STRING"},
    {"account_name": "AZURE_STORAGE_ACCOUNT", "account_key": "AZURE_STORAGE_KEY"},
    {"account_name": "AZURE_STORAGE_ACCOUNT", "sas_token": "AZURE_STORAGE_SAS_TOKEN"},
    {
        "account_name": "AZURE_STORAGE_ACCOUNT",
        "client_id": "AZURE_CLIENT_ID",
        "secret": "AZURE_CLIENT_SECRET",
        "tenant": "AZURE_TENANT_ID",
    },
    {"account_name": "AZURE_ACCOUNT_NAME", "account_key": "AZURE_ACCOUNT_ACCESS_KEY"},
)
"""Variables that count together, by what they are called in the file."""


@dataclass(frozen=True, slots=True)
class AzureEnvironment:
    """The variables."""

    azure_storage_connection_string: Secret | None = secret(
        "AZURE_STORAGE_CONNECTION_STRING", "connection string of an Azure storage account"
    )
    azure_storage_account: str | None = variable("AZURE_STORAGE_ACCOUNT", "name of an Azure storage account")
    azure_storage_key: Secret | None = secret("AZURE_STORAGE_KEY", "key of that account")
    azure_storage_sas_token: Secret | None = secret("AZURE_STORAGE_SAS_TOKEN", "SAS for that account")
    azure_client_id: str | None = variable("AZURE_CLIENT_ID", "service principal")
    azure_client_secret: Secret | None = secret("AZURE_CLIENT_SECRET", "its secret")
    azure_tenant_id: str | None = variable("AZURE_TENANT_ID", "its tenant")
    azure_alias: str | None = variable("AZURE_ALIAS", "a scheme that stands for the Azure account")
    azure_storage_account_url: str | None = variable(
        "AZURE_STORAGE_ACCOUNT_URL", "URL of the Azure account, such as that of a custom domain"
    )
    azure_account_name: str | None = variable("AZURE_ACCOUNT_NAME", "name of an Azure storage account")
    azure_account_access_key: Secret | None = secret("AZURE_ACCOUNT_ACCESS_KEY", "key of that account")
    # azure-storage-blob's HTTP library reads these two; so that all requests trust the same, we do.
    requests_ca_bundle: str | None = variable(
        "REQUESTS_CA_BUNDLE", "PEM file of trusted certificate authorities, for Azure", read=path
    )
    curl_ca_bundle: str | None = variable(
        "CURL_CA_BUNDLE", "the same, where REQUESTS_CA_BUNDLE is not set", read=path
    )


def azure_options(config: MediaCacheConfig, environ: Mapping[str, str]) -> AzureOptions:
    """The options of Azure.

    Raises:
        ConfigError: the file cannot be read, or what was found makes no account
    """
    found = values_of(AzureEnvironment, environ)
    sources: list[Candidate] = []
    account = None
    for source, values in _offers(config, found):
        if account is not None:
            outcome = "not looked at"
        elif values is None:
            outcome = "not set"
        else:
            account = _account(values, source, found)
            outcome = "chosen"
        sources.append(Candidate(source, outcome))
    return AzureOptions(
        account=account,
        credential_kwargs=config.extra_client_kwargs.get("azure", {}),
        ca_bundle=found.requests_ca_bundle or found.curl_ca_bundle,
        sources=tuple(sources),
    )


def _offers(
    config: MediaCacheConfig, found: AzureEnvironment
) -> Iterator[tuple[str, Mapping[str, str] | None]]:
    """Where an account may be named, in order, and what it says there in the words of the file."""
    for group in _GROUPS:
        values = {key: _text(found, variable) for key, variable in group.items()}
        whole = {key: value for key, value in values.items() if value}
        yield " and ".join(group.values()), whole if len(whole) == len(group) else None
    if config.azure_credentials_file:
        profile = read_profile(config.azure_credentials_file, config.azure_profile, _KEYS)
        yield profile.source, profile.values
    else:
        yield "AZURE_CREDENTIALS_FILE, or azure_credentials_file of the media cache config", None
    alone = {"account_name": found.azure_storage_account, "account_url": found.azure_storage_account_url}
    named = {key: value for key, value in alone.items() if value}
    yield "AZURE_STORAGE_ACCOUNT or AZURE_STORAGE_ACCOUNT_URL alone", named or None


def _text(found: AzureEnvironment, name: str) -> str:
    value = getattr(found, name.lower())
    return value.reveal() if isinstance(value, Secret) else value or ""


def _account(values: Mapping[str, str], source: str, found: AzureEnvironment) -> AzureAccount:
    url = values.get("account_url") or found.azure_storage_account_url
    alias = values.get("alias") or found.azure_alias
    if values.get("conn_str"):
        account = parse_connection_string(values["conn_str"], source)
        endpoint = _endpoint(url, source) if url else account.endpoint
        return replace(account, endpoint=endpoint, alias=alias)
    name = values.get("account_name", "")
    if not url and not name:
        raise ConfigError(f"{source}: expected conn_str, account_name or account_url")
    endpoint = _endpoint(url or azure_endpoint_of(name), source)
    principal = [values.get(key) for key in ("client_id", "secret", "tenant")]
    if any(principal) and not all(principal):
        raise ConfigError(f"{source}: a service principal needs client_id, secret and tenant")
    name = name or azure_account_of(endpoint)
    if values.get("account_key") and not name:
        raise ConfigError(f"{source}: an account_key needs the account_name")
    return AzureAccount(
        endpoint=endpoint,
        name=name,
        alias=alias,
        account_key=_secret(values.get("account_key")),
        sas_token=_secret(values.get("sas_token")),
        client_id=values.get("client_id"),
        client_secret=_secret(values.get("secret")),
        tenant_id=values.get("tenant"),
        source=source,
    )


def _endpoint(url: str, source: str) -> str:
    if not _URL.fullmatch(url):
        raise ConfigError(f"{source}: the account's URL must be https://host, without query or password")
    return url.rstrip("/")


def _secret(value: str | None) -> Secret | None:
    return Secret(value) if value else None
