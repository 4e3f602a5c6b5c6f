"""Makes the store of a drive; nothing here imports alipcs-py before that."""

from __future__ import annotations

import logging

from safelight.storage.blocking import ThreadedStore
from safelight.storage.extras import require
from safelight.storage.options import StorageOptions
from safelight.storage.threads import Threads
from safelight.storage.uri import ObjectURI

logger = logging.getLogger(__name__)


class AlipanProvider:
    """Makes the store of the configured drive.

    Args:
        options: the options of storage
        threads: where blocking calls run
    """

    def __init__(self, options: StorageOptions, threads: Threads) -> None:
        require("alipan", "alipcs_py")
        logger.warning(
            "alipan:// speaks Alipan's web interface with a token taken from a browser: nobody promises that "
            "it stays as it is; keep no only copy there"
        )
        self._options = options
        self._threads = threads

    def open(self, uri: ObjectURI) -> ThreadedStore:  # noqa: ARG002 - there is one drive
        from safelight.storage.alipan.session import AlipanSession
        from safelight.storage.alipan.store import AlipanPlane

        plane = AlipanPlane(AlipanSession(self._options), self._options)
        return ThreadedStore(plane, self._threads)
