"""Which store answers for a container, and as which account."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from safelight.errors import ConfigError
from safelight.storage.azure.options import AzureAccount
from safelight.storage.extras import require
from safelight.storage.http.client import HTTPClient
from safelight.storage.options import StorageOptions
from safelight.storage.threads import Threads
from safelight.storage.uri import ObjectURI

if TYPE_CHECKING:
    from safelight.storage.azure.session import AzureSession
    from safelight.storage.azure.store import AzureStore


class AzureProvider:
    """Makes the stores of every container; those of one account share its session.

    Args:
        options: the options of storage
        threads: where blocking calls run

    Raises:
        MissingExtraError: Azure's libraries are not installed
    """

    def __init__(self, options: StorageOptions, threads: Threads) -> None:
        require("azure", "azure.storage.blob", "azure.identity")
        self._options = options
        self._threads = threads
        self._client = HTTPClient(options, options.azure.ca_bundle)
        self._sessions: dict[AzureAccount, AzureSession] = {}

    def open(self, uri: ObjectURI) -> AzureStore:
        from safelight.storage.azure.store import AzureStore

        session = self._session_of(self._options.azure.account_of(uri.endpoint, uri.bucket))
        return AzureStore(session, self._client, self._options, self._threads)

    async def buckets(self) -> Sequence[ObjectURI]:
        from safelight.storage.azure.containers import list_containers

        account = self._options.azure.account
        if account is None:
            raise ConfigError("no Azure account is configured: set AZURE_STORAGE_ACCOUNT")
        everything = ObjectURI("azure", "", "", endpoint=account.endpoint)
        session = self._session_of(account)
        names = await self._threads.run(list_containers, session, self._options.retry, everything)
        return [ObjectURI("azure", name, "", endpoint=account.endpoint) for name in names]

    def _session_of(self, account: AzureAccount) -> AzureSession:
        from safelight.storage.azure.session import AzureSession

        return self._sessions.setdefault(account, AzureSession(self._options, account))
