"""Calls of azure-storage-blob: in threads, tried again, their errors in Safelight's words."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

from safelight.errors import StoreUnavailableError
from safelight.storage.azure.errors import translating
from safelight.storage.azure.session import AzureSession
from safelight.storage.options import RetryOptions
from safelight.storage.retry import retrying
from safelight.storage.threads import Threads
from safelight.storage.uri import ObjectURI

if TYPE_CHECKING:
    from azure.storage.blob import BlobServiceClient

T = TypeVar("T")


class Calls:
    """Calls the client of one account, which blocks and does not retry.

    Args:
        session: whose account
        retry: limits
        threads: where the calls run
    """

    def __init__(self, session: AzureSession, retry: RetryOptions, threads: Threads) -> None:
        self.retry = retry
        self._session = session
        self._threads = threads

    async def service(self, uri: ObjectURI) -> BlobServiceClient:
        """The account's client; an error about the account is told as one about `uri`, which needed it."""
        with translating(uri):
            return await self._threads.run(self._session.service)

    async def run(self, uri: ObjectURI, call: Callable[[], T], *, writing: bool = False) -> T:
        """Call until it succeeds, fails for good, or the tries are used up.

        Args:
            uri: what it is about
            call: what to call; it may be called several times
            writing: whether it writes the object

        Raises:
            StorageError: as `ObjectStore.head`
        """

        def translated() -> T:
            with translating(uri, writing=writing):
                return call()

        return await retrying(self.retry, lambda: self._threads.run(translated), (StoreUnavailableError,))
