"""Upstream's progress bars for jobs that know nothing of upstream."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any, TypeAlias

from safelight.cache.progress import Progress

ProgressOption: TypeAlias = bool | Callable[[Any], Any] | None
"""What upstream's `progress` arguments take: whether to show a bar, None for
`fiftyone.config.show_progress_bars`, or a function that gets the bar after each step, as `fo.report_progress`
makes them."""


@contextmanager
def progress_bar(option: ProgressOption) -> Iterator[Callable[[Progress], None]]:
    """Show upstream's own progress bar, from the first file on: there is none when there is nothing to do.

    Yields:
        a callback for `MediaCache.download`
    """
    import fiftyone.core.utils as fou

    bar: Any = None
    with ExitStack() as stack:

        def advance(state: Progress) -> None:
            nonlocal bar
            if bar is None:
                bar = stack.enter_context(
                    fou.ProgressBar(total=state.total, progress=option, iters_str="files")
                )
            bar.set_iteration(state.iteration)

        yield advance
