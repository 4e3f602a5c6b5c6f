"""The buckets of a Google Cloud project ("Buckets: list")."""

from __future__ import annotations

from collections.abc import Sequence

from safelight.errors import ConfigError
from safelight.storage.gcs.errors import translating
from safelight.storage.gcs.retrying import retry_of
from safelight.storage.gcs.session import GCSSession
from safelight.storage.options import RetryOptions
from safelight.storage.uri import ObjectURI


def list_buckets(session: GCSSession, retry: RetryOptions, everything: ObjectURI) -> Sequence[str]:
    """The names of the buckets of the credentials' project, in order; blocks.

    Args:
        session: the account's session
        retry: limits
        everything: an address for errors

    Raises:
        ConfigError: the credentials belong to no project
        AccessDeniedError: the account may not list them
        StorageError: as `ObjectStore.head`
    """
    with translating(everything):
        client = session.open().client
        if not client.project:
            raise ConfigError("the credentials name no Google Cloud project: set GOOGLE_CLOUD_PROJECT")
        limits = {"timeout": (retry.connect_timeout, retry.read_timeout), "retry": retry_of(retry)}
        found = client.list_buckets(fields="items/name,nextPageToken", **limits)
        return sorted(str(bucket.name) for bucket in found)
