"""What became of a bulk download."""

from __future__ import annotations

import logging
from collections import Counter
from dataclasses import dataclass, field
from typing import Final

from safelight.errors import DownloadError

logger = logging.getLogger("safelight.cache")

_SHOWN: Final = 3


@dataclass(slots=True)
class DownloadReport:
    """The outcome of every file of one job.

    Attributes:
        total: how many different remote files were asked for
        cached: how many were there already, and (with `update`) had not changed
        downloaded: how many were downloaded
        bytes: how many bytes that were
        failures: the cause for each address that failed
    """

    total: int = 0
    cached: int = 0
    downloaded: int = 0
    bytes: int = 0
    failures: dict[str, Exception] = field(default_factory=dict)

    @property
    def done(self) -> int:
        """How many files have an outcome."""
        return self.cached + self.downloaded + len(self.failures)

    def summary(self) -> str:
        """Say how many failed, why, and where to find the rest; empty when nothing failed."""
        if not self.failures:
            return ""
        kinds = Counter(type(error).__name__ for error in self.failures.values())
        counts = ", ".join(f"{number} {kind}" for kind, number in kinds.most_common())
        causes = [f"  {type(error).__name__}: {error}" for error in list(self.failures.values())[:_SHOWN]]
        return "\n".join(
            [
                f"{len(self.failures)} of {self.total} files could not be downloaded ({counts}).",
                "First causes:",
                *causes,
                "All of them: `fo.media_cache.last_report.failures`",
            ]
        )

    def conclude(self, *, skip_failures: bool) -> None:
        """End the job: one warning for all failures, or one error.

        Raises:
            DownloadError: something failed and the caller did not want that skipped
        """
        if self.failures and not skip_failures:
            raise DownloadError(self.failures, self.total)
        if self.failures:
            logger.warning("%s", self.summary())
