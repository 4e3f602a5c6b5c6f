"""urllib3 logs the URLs of its requests; in their queries are signatures, which no log should have.

The filters stay for as long as the process: azure-storage-blob and boto3 send their requests through urllib3
as well.
"""

from __future__ import annotations

import logging
from typing import Final

_LOGGERS: Final = ("urllib3.connectionpool", "urllib3.poolmanager", "urllib3.util.retry")


class _WithoutQueries(logging.Filter):
    def filter(self, record: logging.LogRecord) -> bool:
        if isinstance(record.args, tuple):
            record.args = tuple(_without_query(arg) for arg in record.args)
        return True


def _without_query(arg: object) -> object:
    if isinstance(arg, str) and "?" in arg:
        return arg.partition("?")[0] + "?..."
    return arg


_FILTER: Final = _WithoutQueries()


def quiet_urls() -> None:
    """Let urllib3 log no queries from now on."""
    for name in _LOGGERS:
        logging.getLogger(name).addFilter(_FILTER)  # once: a filter that is there is not added again
