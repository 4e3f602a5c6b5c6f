"""Which of Google Cloud Storage's two interfaces serves a bucket: its account's credentials decide."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from safelight.storage.base import ObjectStore
from safelight.storage.extras import require
from safelight.storage.gcs.interoperable import InteroperableStore, s3_account, s3_options
from safelight.storage.gcs.options import GCSAccount
from safelight.storage.options import StorageOptions
from safelight.storage.s3.buckets import list_buckets as list_s3_buckets
from safelight.storage.s3.session import S3Session
from safelight.storage.threads import Threads
from safelight.storage.uri import ObjectURI


class GCSProvider:
    """Makes the stores of every bucket; accounts share their session.

    Args:
        options: the options of storage
        threads: where blocking calls run
    """

    def __init__(self, options: StorageOptions, threads: Threads) -> None:
        self._options = options
        self._threads = threads
        self._sessions: dict[GCSAccount, Any] = {}  # their class is imported with the first

    def open(self, uri: ObjectURI) -> ObjectStore:
        account = self._options.gcs.account_of(uri.bucket)
        if account.access_key:
            session, options = self._interoperable(account)
            return InteroperableStore(uri, session, options, self._threads)
        session = self._session_of(account)
        from safelight.storage.gcs.store import GCSStore

        return GCSStore(uri, session, self._options, self._threads)

    async def buckets(self) -> Sequence[ObjectURI]:
        account, everything = self._options.gcs.account, ObjectURI("gcs", "", "")
        if account.access_key:
            session, _ = self._interoperable(account)
            names = await self._threads.run(list_s3_buckets, session, everything)
        else:
            session = self._session_of(account)
            from safelight.storage.gcs.buckets import list_buckets

            names = await self._threads.run(list_buckets, session, self._options.retry, everything)
        return [ObjectURI("gcs", name, "") for name in names]

    def _session_of(self, account: GCSAccount) -> Any:
        require("gcs", "google.cloud.storage", "google.auth.transport.requests")
        from safelight.storage.gcs.session import GCSSession

        return self._sessions.setdefault(account, GCSSession(self._options, account))

    def _interoperable(self, account: GCSAccount) -> tuple[S3Session, StorageOptions]:
        options = s3_options(self._options)
        identity = s3_account(options.gcs, account)
        return self._sessions.setdefault(account, S3Session(options, identity)), options
