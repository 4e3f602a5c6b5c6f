"""The containers of a storage account ("List Containers")."""

from __future__ import annotations

from collections.abc import Sequence

from safelight.storage.azure.errors import translating
from safelight.storage.azure.session import AzureSession
from safelight.storage.options import RetryOptions
from safelight.storage.retry import retrying_blocking
from safelight.storage.uri import ObjectURI


def list_containers(session: AzureSession, retry: RetryOptions, everything: ObjectURI) -> Sequence[str]:
    """The names of the account's containers, in order; blocks.

    Args:
        session: the account's session
        retry: limits
        everything: an address for errors

    Raises:
        AccessDeniedError: the account may not list them; a signature for one container may not
        StorageError: as `ObjectStore.head`
    """

    def attempt() -> list[str]:
        with translating(everything):
            return sorted(str(found.name) for found in session.service().list_containers())

    return retrying_blocking(retry, attempt)
