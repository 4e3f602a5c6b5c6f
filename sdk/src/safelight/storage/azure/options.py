"""What a caller may choose about Azure: plain values, filled by `safelight.config`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from safelight.storage.base import Candidate
from safelight.storage.credentials import Secret

_NOTHING: Mapping[str, Any] = MappingProxyType({})


@dataclass(frozen=True, slots=True, kw_only=True)
class AzureAccount:
    """One storage account, and as whom to talk to it.

    The first of these that is there is used: account key, SAS, service principal, `DefaultAzureCredential`,
    nobody (public containers).

    Attributes:
        endpoint: `https://ACCOUNT.blob.core.windows.net`, or a custom domain (`AZURE_STORAGE_ACCOUNT_URL`)
        name: the account's name
        alias: a scheme that stands for the account (`AZURE_ALIAS`)
        account_key: shared key
        sas_token: shared access signature, with or without its `?`
        client_id: service principal, with `client_secret` and `tenant_id`
        client_secret: its secret
        tenant_id: its tenant
        source: where these come from, for people
        anonymous: True asks as nobody, without looking for credentials
    """

    endpoint: str
    name: str = ""
    alias: str | None = None
    account_key: Secret | None = None
    sas_token: Secret | None = None
    client_id: str | None = None
    client_secret: Secret | None = None
    tenant_id: str | None = None
    source: str = "explicit options"
    anonymous: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class AzureOptions:
    """Azure Blob Storage and Data Lake.

    Attributes:
        account: the configured account; None where only full URLs and `DefaultAzureCredential` are used
        containers: accounts of single containers, by `container` or `https://ACCOUNT.../container`; they go
            before `account`
        credential_kwargs: `extra_client_kwargs["azure"]`: arguments for `DefaultAzureCredential`
        ca_bundle: PEM file of the certificate authorities to trust; None for the system's
        sources: where an account was looked for before `account` was found, for people
    """

    account: AzureAccount | None = None
    containers: Mapping[str, AzureAccount] = field(default_factory=lambda: _NOTHING)
    credential_kwargs: Mapping[str, Any] = field(default_factory=lambda: _NOTHING)
    ca_bundle: str | None = None
    sources: tuple[Candidate, ...] = ()

    def account_of(self, endpoint: str, container: str) -> AzureAccount:
        """The account that answers for a container: its own, the configured one, or none in particular."""
        for name in (f"{endpoint}/{container}", container):
            own = self.containers.get(name)
            if own and own.endpoint == endpoint:
                return own
        if self.account and self.account.endpoint == endpoint:
            return self.account
        return AzureAccount(endpoint=endpoint, source="")
