"""MinIO's stores: S3 stores that know nothing of AWS's own variables and files."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from safelight.errors import ConfigError
from safelight.storage.options import StorageOptions
from safelight.storage.s3.buckets import list_buckets
from safelight.storage.s3.options import S3Options
from safelight.storage.s3.session import S3Session
from safelight.storage.s3.store import S3Store
from safelight.storage.threads import Threads
from safelight.storage.uri import ObjectURI


class MinIOProvider:
    """Makes the stores of every bucket of the configured MinIO server.

    Args:
        options: the options of storage
        threads: where blocking calls run
    """

    def __init__(self, options: StorageOptions, threads: Threads) -> None:
        account = options.minio.account
        if account is None:
            raise ConfigError("no MinIO server is configured: set MINIO_ENDPOINT_URL")
        self._options = replace(
            options, s3=S3Options(account=account, client_kwargs=options.minio.client_kwargs)
        )
        self._session = S3Session(self._options, account)
        self._threads = threads

    def open(self, uri: ObjectURI) -> S3Store:
        return S3Store(uri, self._session, self._options, self._threads)

    async def buckets(self) -> Sequence[ObjectURI]:
        endpoint = (self._options.s3.account.endpoint_url or "").rstrip("/")
        server = ObjectURI("minio", "", "", endpoint=endpoint)
        names = await self._threads.run(list_buckets, self._session, server)
        return [ObjectURI("minio", name, "", endpoint=endpoint) for name in names]
