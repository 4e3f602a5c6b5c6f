"""Makes the store of a workspace; nothing here imports Databricks' SDK before that."""

from __future__ import annotations

from safelight.storage.blocking import ThreadedStore
from safelight.storage.extras import require
from safelight.storage.options import StorageOptions
from safelight.storage.threads import Threads
from safelight.storage.uri import ObjectURI


class DatabricksProvider:
    """Makes the store of the configured workspace.

    Args:
        options: the options of storage
        threads: where blocking calls run
    """

    def __init__(self, options: StorageOptions, threads: Threads) -> None:
        require("databricks", "databricks.sdk")
        self._options = options
        self._threads = threads

    def open(self, uri: ObjectURI) -> ThreadedStore:  # noqa: ARG002 - there is one workspace
        from safelight.storage.databricks.session import DatabricksSession
        from safelight.storage.databricks.store import DatabricksPlane

        plane = DatabricksPlane(DatabricksSession(self._options), self._options)
        return ThreadedStore(plane, self._threads)
