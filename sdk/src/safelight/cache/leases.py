"""Who is at work in a cache directory: one small file per process, and one per set of pinned files.

    leases/<token>.lease        JSON of the process; there while files may be unfinished or unknown to the
    index leases/<token>.<n>.pins     paths below `media`, one a line, that nobody may evict

The token also stands in the names of temporary files, so whatever a killed process left behind is recognised
by its lease and swept. A lease of another machine that shares the directory cannot be checked: it counts
until nobody has renewed it for a day.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Final

from safelight.cache.process import ProcessId, this_process

_FOREIGN_SECONDS: Final = 86_400.0


@dataclass(frozen=True, slots=True)
class Survey:
    """The tokens of the processes that hold leases: living ones, and ones that ended without letting go."""

    living: frozenset[str]
    dead: frozenset[str]


class Leases:
    """The leases of one cache directory, as one process sees them.

    Args:
        directory: `<cache_dir>/leases`, which exists or cannot be written
    """

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._numbers = count()
        self._held = False
        self.token = this_process().token

    def hold(self) -> None:
        """Say that this process is at work.

        Raises:
            OSError: the directory cannot be written
        """
        lease = self._directory / f"{self.token}.lease"
        if self._held and lease.exists():
            lease.touch()
            return
        partial = lease.with_suffix(".new")
        partial.write_text(json.dumps(this_process().as_json()), encoding="utf-8")
        partial.replace(lease)
        self._held = True

    def release(self) -> None:
        """Say that this process left nothing unfinished."""
        if self._held:
            self._held = False
            with suppress(OSError):
                (self._directory / f"{self.token}.lease").unlink(missing_ok=True)

    @contextmanager
    def pinned(self, names: list[str]) -> Iterator[None]:
        """Keep every process from evicting files, given by their paths below `media`.

        Where the directory cannot be written, nobody evicts anything either.
        """
        pins = self._directory / f"{self.token}.{next(self._numbers)}.pins"
        with suppress(OSError):
            self.hold()
            partial = pins.with_suffix(".new")
            partial.write_text("\n".join(names), encoding="utf-8")
            partial.replace(pins)
        try:
            yield
        finally:
            with suppress(OSError):
                pins.unlink(missing_ok=True)

    def survey(self) -> Survey:
        """Tell living processes from dead ones."""
        living: set[str] = {self.token}
        dead: set[str] = set()
        for lease in self._files(".lease"):
            if lease.stem != self.token:
                (living if _lives(lease) else dead).add(lease.stem)
        return Survey(frozenset(living), frozenset(dead))

    def pins(self, *, own: bool = True) -> frozenset[str]:
        """Return every path that some living process has pinned.

        Args:
            own: whether to count what this process has pinned itself
        """
        ignored = self.survey().dead | (frozenset() if own else {self.token})
        names: set[str] = set()
        for pins in self._files(".pins"):
            if pins.name.partition(".")[0] not in ignored:
                with suppress(OSError):
                    names.update(pins.read_text(encoding="utf-8").split("\n"))
        return frozenset(names - {""})

    def bury(self, token: str) -> None:
        """Forget a dead process."""
        for path in self._directory.glob(f"{token}.*"):
            with suppress(OSError):
                path.unlink()

    def _files(self, suffix: str) -> list[Path]:
        try:
            return [path for path in self._directory.iterdir() if path.suffix == suffix]
        except OSError:
            return []


def _lives(lease: Path) -> bool:
    try:
        lives = ProcessId(**json.loads(lease.read_text(encoding="utf-8"))).lives()
        if lives is None:
            return time.time() - lease.stat().st_mtime < _FOREIGN_SECONDS
    except FileNotFoundError:  # it ended just now, in good order
        return True
    except (OSError, ValueError, TypeError):  # not a lease that we could have written
        return False
    return lives
