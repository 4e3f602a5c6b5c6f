"""Makes the stores of every scheme that fsspec knows."""

from __future__ import annotations

from safelight.storage.blocking import ThreadedStore
from safelight.storage.fsspec.store import FsspecPlane
from safelight.storage.options import StorageOptions
from safelight.storage.threads import Threads
from safelight.storage.uri import ObjectURI


class FsspecProvider:
    """Makes the stores of every scheme and host.

    Args:
        options: the options of storage
        threads: where blocking calls run
    """

    def __init__(self, options: StorageOptions, threads: Threads) -> None:
        self._options = options
        self._threads = threads

    def open(self, uri: ObjectURI) -> ThreadedStore:
        return ThreadedStore(FsspecPlane(self._options, uri), self._threads)
