"""Upstream's progress bars for bulk file operations."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeAlias

from safelight.files.bulk import Progress

ProgressOption: TypeAlias = bool | Callable[..., None] | None
"""What upstream's `progress` arguments take: whether to show a bar, a callback, or None for the setting."""


@contextmanager
def file_progress(total: int, option: ProgressOption) -> Iterator[Progress]:
    """Show upstream's bar while files are worked on; none for no files, as upstream."""
    if not total:
        yield lambda _count: None
        return
    import fiftyone.core.utils as fou

    with fou.ProgressBar(total=total, iters_str="files", progress=option) as bar:
        yield bar.update
