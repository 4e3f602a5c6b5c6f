"""Makes the stores of Oracle Cloud; nothing here imports Oracle's SDK before the first of them."""

from __future__ import annotations

from safelight.storage.blocking import ThreadedStore
from safelight.storage.extras import require
from safelight.storage.oci.options import OCIAccount
from safelight.storage.options import StorageOptions
from safelight.storage.threads import Threads
from safelight.storage.uri import ObjectURI


class OCIProvider:
    """Makes the stores of every bucket; accounts share theirs.

    Args:
        options: the options of storage
        threads: where blocking calls run
    """

    def __init__(self, options: StorageOptions, threads: Threads) -> None:
        require("oci", "oci")
        self._options = options
        self._threads = threads
        self._stores: dict[OCIAccount, ThreadedStore] = {}

    def open(self, uri: ObjectURI) -> ThreadedStore:
        from safelight.storage.oci.session import OCISession
        from safelight.storage.oci.store import OCIPlane

        account = self._options.oci.account_of(uri.bucket)
        if account not in self._stores:
            plane = OCIPlane(OCISession(self._options, account), self._options)
            self._stores[account] = ThreadedStore(plane, self._threads)
        return self._stores[account]
