"""Progress of a bulk download: a bar, a callback, or nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TypeAlias


@dataclass(slots=True)
class Progress:
    """What a progress callback gets, after every file; as FiftyOne's own progress bars.

    Attributes:
        total: how many files there are
        iteration: how many are done
    """

    total: int
    iteration: int = 0

    @property
    def progress(self) -> float:
        """The share that is done, from 0 to 1."""
        return self.iteration / self.total if self.total else 1.0

    @property
    def complete(self) -> bool:
        """Whether everything is done."""
        return self.iteration >= self.total


ProgressOption: TypeAlias = bool | Callable[[Progress], None] | None
"""True for a bar, a callback, or neither (False or None)."""


@contextmanager
def tracked(option: ProgressOption, total: int, description: str) -> Iterator[Callable[[], None]]:
    """Yield a function to call after every file."""
    if callable(option):
        progress = Progress(total)

        def report() -> None:
            progress.iteration += 1
            option(progress)

        yield report
    elif option:
        from tqdm import tqdm

        with tqdm(total=total, desc=description, unit="file") as bar:

            def step() -> None:
                bar.update()

            yield step
    else:
        yield lambda: None
