"""Which store answers for a container, and as which account."""

from __future__ import annotations

from typing import TYPE_CHECKING

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
        from safelight.storage.azure.session import AzureSession
        from safelight.storage.azure.store import AzureStore

        account = self._options.azure.account_of(uri.endpoint, uri.bucket)
        session = self._sessions.setdefault(account, AzureSession(self._options, account))
        return AzureStore(session, self._client, self._options, self._threads)
