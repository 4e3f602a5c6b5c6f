"""As whom and how to talk to one storage account: found once, with the first request."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from azure.core.exceptions import AzureError
from azure.core.pipeline.transport import RequestsTransport
from azure.identity import ClientSecretCredential
from azure.storage.blob import BlobServiceClient
from requests import Session
from requests.adapters import HTTPAdapter

from safelight.errors import ConfigError, CredentialsError
from safelight.storage.azure.authentication import (
    SCOPE,
    Anonymous,
    Authentication,
    Bearer,
    SharedAccess,
    SharedKey,
)
from safelight.storage.azure.chain import DefaultChain
from safelight.storage.azure.options import AzureAccount
from safelight.storage.base import Candidate, Identity
from safelight.storage.opening import Opening
from safelight.storage.options import StorageOptions

if TYPE_CHECKING:
    from azure.core.credentials import TokenCredential

BLOCK: Final = 8 << 20
"""Bytes of the blocks in which a large blob is written."""


class AzureSession:
    """One account's credentials and its azure-storage-blob client.

    Args:
        options: the options of storage
        account: whose session it is
    """

    def __init__(self, options: StorageOptions, account: AzureAccount) -> None:
        self.account = account
        self._options = options
        self._chain: DefaultChain | None = None
        self._authentication = Opening(self._authenticate)
        self._service = Opening(self._make_service)

    def authentication(self) -> Authentication:
        """How requests say who asks; may ask Entra ID for a first token.

        Raises:
            CredentialsError: credentials are configured, and are not to be had
            ConfigError: arguments for `DefaultAzureCredential` that it does not take
        """
        return self._authentication.made or self._authentication.get()

    def service(self) -> BlobServiceClient:
        """The account's client; it never retries: its callers do.

        Raises:
            As `authentication`
        """
        return self._service.get()

    def serves(self, endpoint: str, container: str) -> bool:
        """Whether the container is one of this account, as the same somebody."""
        return self._options.azure.account_of(endpoint, container) == self.account

    def identity(self) -> Identity:
        """As whom the account is talked to.

        Raises:
            As `authentication`
        """
        found = self.authentication()
        return Identity(self.account.endpoint, found.method, found.principal, tuple(self._candidates()))

    def close(self) -> None:
        """Close idle connections."""
        if service := self._service.made:
            service.close()
        if self._chain:
            self._chain.close()

    def _candidates(self) -> list[Candidate]:
        azure = self._options.azure
        if self.account == azure.account and azure.sources:
            candidates = list(azure.sources)
        elif self.account.source:
            candidates = [Candidate(self.account.source, "chosen")]
        else:
            name = azure.account.endpoint if azure.account else "none"
            candidates = [Candidate("the configured account", f"another one: {name}")]
        if self._chain:
            candidates += self._chain.candidates
        if isinstance(self._authentication.made, Anonymous):
            candidates.append(Candidate("nobody", "chosen: public containers can be read"))
        return candidates

    def _authenticate(self) -> Authentication:
        account = self.account
        if account.anonymous:
            return Anonymous()
        if account.account_key:
            return SharedKey(account.name, account.account_key)
        if account.sas_token:
            return SharedAccess(account.sas_token)
        if account.client_id and account.client_secret and account.tenant_id:
            credential = self._principal(account.tenant_id, account.client_id, account.client_secret.reveal())
            return Bearer(credential, f"service principal {account.client_id} of tenant {account.tenant_id}")
        self._chain = DefaultChain(self._options.azure.credential_kwargs)
        return self._chain.authenticate()

    def _principal(self, tenant: str, client: str, secret: str) -> TokenCredential:
        arguments: dict[str, Any] = dict(self._options.azure.credential_kwargs)
        try:
            credential = ClientSecretCredential(tenant, client, secret, **arguments)
            credential.get_token(SCOPE)
        except ValueError as error:
            raise ConfigError(f"{self.account.source}: {error}") from None
        except AzureError as error:
            reason = str(error).strip().partition("\n")[0]
            raise CredentialsError(f"{self.account.source}: {reason}") from None
        return credential

    def _make_service(self) -> BlobServiceClient:
        credential: Any = self.authentication().sdk_credential
        retry, connections = self._options.retry, self._options.connections
        session = Session()
        for scheme in ("https://", "http://"):
            session.mount(scheme, HTTPAdapter(pool_connections=connections, pool_maxsize=connections))
        try:
            return BlobServiceClient(
                self.account.endpoint,
                credential,
                transport=RequestsTransport(
                    session=session,
                    connection_timeout=retry.connect_timeout,
                    read_timeout=retry.read_timeout,
                    connection_verify=self._options.azure.ca_bundle or True,
                ),
                retry_total=0,
                permit_redirects=False,
                max_single_put_size=BLOCK,
            )
        except ValueError as error:
            raise ConfigError(f"cannot make an Azure client for {self.account.endpoint}: {error}") from None
