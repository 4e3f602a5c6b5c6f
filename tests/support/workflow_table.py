"""The page on which workflows work on remote media, made from the record of the matrix.

PYTHONPATH=tests python -m support.workflow_table > docs/guides/workflow-matrix.md
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from itertools import groupby
from operator import attrgetter
from typing import Final

from support.guide import GUIDES
from support.matrix import record
from support.matrix.record import Cost, Entry

PAGE: Final = GUIDES / "workflow-matrix.md"

_COLUMNS: Final = {"s3": "S3", "gcs": "Google Cloud", "azure": "Azure"}
_INTRODUCTION: Final = """\
# Which workflows work on remote media

Made from recorded runs by `PYTHONPATH=tests python -m support.workflow_table`; a test compares it with them.
Each row is a test: the workflow runs on a local directory and at each provider, on the same small files, and
must come to the same result, with requests as few as stated here. `make matrix` records the runs anew.

The servers are SeaweedFS (S3), fake-gcs-server behind a proxy that checks tokens (Google Cloud) and Azurite
(Azure). Requests and bytes are those of the S3 runs, from an empty media cache; what the test prepares is not
counted. *Asks* are HEAD requests and listings, *reads* are GETs of files or parts of them, *writes* include
copies inside the store and deletions. How often ffprobe reads of a video depends on how fast answers
come."""


def page() -> str:
    """The page as the record is now."""
    return "\n".join(_lines(list(record.read().values()))) + "\n"


def _lines(entries: Sequence[Entry]) -> Iterator[str]:
    yield _INTRODUCTION
    by_area = sorted(entries, key=attrgetter("area"))
    for area, found in groupby(by_area, key=attrgetter("area")):
        rows = list(found)
        yield from ("", f"## {area}", "")
        yield from _table([entry for entry in rows if not entry.absent])
        for entry in rows:
            if entry.absent:
                yield from ("", f"*{entry.name}*: not shown: {entry.absent}")


def _table(entries: Sequence[Entry]) -> Iterator[str]:
    yield _row(["workflow", *_COLUMNS.values(), "asks", "reads", "writes", "received", "sent"])
    yield _row(["---"] * (len(_COLUMNS) + 6))
    for entry in entries:
        marks = ["yes" if provider in entry.costs else "" for provider in _COLUMNS]
        yield _row([entry.name, *marks, *_cells(entry.costs["s3"])])


def _cells(cost: Cost) -> list[str]:
    of = cost.requests
    asks, reads = of.get("head", 0) + of.get("list", 0), of.get("read", 0)
    return [str(asks), str(reads), str(cost.total - asks - reads), _size(cost.received), _size(cost.uploaded)]


def _size(count: int) -> str:
    return f"{count / 1000:.1f} kB"


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


if __name__ == "__main__":
    sys.stdout.write(page())
