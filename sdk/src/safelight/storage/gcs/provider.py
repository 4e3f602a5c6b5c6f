"""Which of Google Cloud Storage's two interfaces serves a bucket: its account's credentials decide."""

from __future__ import annotations

from typing import Any

from safelight.storage.base import ObjectStore
from safelight.storage.extras import require
from safelight.storage.gcs.interoperable import InteroperableStore, s3_account, s3_options
from safelight.storage.gcs.options import GCSAccount
from safelight.storage.options import StorageOptions
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
        return self._open_interoperable(uri, account) if account.access_key else self._open(uri, account)

    def _open(self, uri: ObjectURI, account: GCSAccount) -> ObjectStore:
        require("gcs", "google.cloud.storage", "google.auth.transport.requests")
        from safelight.storage.gcs.session import GCSSession
        from safelight.storage.gcs.store import GCSStore

        session = self._sessions.setdefault(account, GCSSession(self._options, account))
        return GCSStore(uri, session, self._options, self._threads)

    def _open_interoperable(self, uri: ObjectURI, account: GCSAccount) -> ObjectStore:
        options = s3_options(self._options)
        identity = s3_account(options.gcs, account)
        session = self._sessions.setdefault(account, S3Session(options, identity))
        return InteroperableStore(uri, session, options, self._threads)
