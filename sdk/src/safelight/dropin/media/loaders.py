"""PyTorch data loaders: the next batch is downloaded while this one is decoded.

A worker only learns which rows it has to read now. But an unshuffled loader deals its batches out in turn, so
once two batches have followed each other like that it is known what comes next. For a shuffled loader nothing
is brought ahead: there the batches that the loader has its workers prepare are the ones ahead.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from typing import Any
from weakref import WeakKeyDictionary

from safelight.errors import SafelightError
from safelight.storage.uri import is_remote

Batch = Sequence[int]


class BatchOrder:
    """Which rows of one dataset this worker was asked for last."""

    def __init__(self) -> None:
        self._expected = -1

    def is_kept(self, rows: Batch, stride: int) -> bool:
        """Note a batch. Returns whether it follows the one before as in a loader that does not shuffle.

        Args:
            rows: the rows of the batch
            stride: how many batches later this worker's turn comes again
        """
        expected = rows[0] == self._expected
        consecutive = list(rows) == list(range(rows[0], rows[0] + len(rows)))
        self._expected = rows[0] + len(rows) * stride if consecutive else -1
        return expected and consecutive


def batches_after(rows: Batch, stride: int, length: int) -> Iterator[range]:
    """The batches that follow one, if batches are dealt out in turn.

    Args:
        rows: the rows of a batch, which are consecutive
        stride: how many batches later this worker's turn comes again
        length: how many rows there are
    """
    size = len(rows)
    for first in range(rows[0] + size * stride, length, size * stride):
        yield range(first, min(first + size, length))


_orders: WeakKeyDictionary[Any, BatchOrder] = WeakKeyDictionary()


def announce(dataset: Any, rows: Batch, paths_of: Callable[[Batch], Sequence[str]], *, missed: bool) -> None:
    """Say which rows of a dataset are asked for now; those that follow are brought if it can be known.

    Args:
        dataset: what the rows are of
        rows: the rows that are asked for
        paths_of: tells the remote media of rows; it is asked for those of later ones in another thread
        missed: whether some of the media that are asked for had to be waited for
    """
    stride = _workers()
    kept = _orders.setdefault(dataset, BatchOrder()).is_kept(rows, stride)
    if not kept or not missed:
        return
    from safelight.runtime import get_runtime

    prefetcher = get_runtime().prefetcher
    if not prefetcher.follows(id(dataset)):
        pages = (paths_of(batch) for batch in batches_after(rows, stride, len(dataset)))
        prefetcher.follow(id(dataset), pages)


def prepare_for_workers(path: str) -> None:
    """Import what reading a remote path takes, before workers are forked: else each imports it anew."""
    if not is_remote(path):
        return
    from safelight.runtime import get_runtime

    stores = get_runtime().stores
    with suppress(SafelightError):  # whoever reads it gets the error
        stores.store_for(stores.parse(path))


def _workers() -> int:
    import torch.utils.data

    info = torch.utils.data.get_worker_info()
    return 1 if info is None else int(info.num_workers)
