"""Exact duplicates: upstream counts the keys of its hashes, not the hashes, so that no failure ever shows."""

from __future__ import annotations

import logging
from collections.abc import Callable
from contextvars import ContextVar
from functools import wraps
from typing import Any, Final

from safelight.dropin.patch import Patch, Target

logger = logging.getLogger(__name__)

_skip_failures: Final[ContextVar[bool]] = ContextVar("skip_failures", default=True)
"""What the running `compute_exact_duplicates` was told; the functions that know the hashes are not."""


def _compute_exact_duplicates(original: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(original)
    def compute_exact_duplicates(samples: Any, num_workers: Any, skip_failures: Any, progress: Any) -> Any:
        token = _skip_failures.set(bool(skip_failures))
        try:
            return original(samples, num_workers, skip_failures, progress)
        finally:
            _skip_failures.reset(token)

    return compute_exact_duplicates


def _compute_filehashes(original: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(original)
    def compute_filehashes(samples: Any, *args: Any, **kwargs: Any) -> Any:
        hashes = original(samples, *args, **kwargs)
        failed = [sample_id for sample_id, filehash in hashes.items() if filehash is None]
        if failed:
            _report(samples, failed, len(hashes))
        return hashes

    return compute_filehashes


def _report(samples: Any, failed: list[str], total: int) -> None:
    message = f"Failed to compute {len(failed)} of {total} filehashes, so their duplicates stay unknown. "
    message += _first_cause(samples, failed[0])
    if not _skip_failures.get():
        raise ValueError(message)
    logger.warning(message)


def _first_cause(samples: Any, sample_id: str) -> str:
    """Upstream drops the causes: have the first one again."""
    import fiftyone.core.utils as fou

    filepath = samples[sample_id].filepath
    try:
        fou.compute_filehash(filepath)
    except Exception as error:  # noqa: BLE001 - whatever keeps the file from being read is what we were looking for
        return f"The first, {filepath}: {type(error).__name__}: {error}"
    return f"The first, {filepath}, can be read by now"


_HASHES_WHY: Final = "failures become None, and the count of them is always 0"

PATCH = Patch(
    name="duplicates",
    summary="compute_exact_duplicates() reports the files that it could not read",
    targets=(
        Target(
            module="fiftyone.brain.internal.core.duplicates",
            attribute="compute_exact_duplicates",
            make=_compute_exact_duplicates,
            why="skip_failures=False must not pass over failures",
            signature="(samples, num_workers, skip_failures, progress)",
        ),
        Target(
            module="fiftyone.brain.internal.core.duplicates",
            attribute="_compute_filehashes",
            make=_compute_filehashes,
            why=_HASHES_WHY,
            signature="(samples, method, progress)",
        ),
        Target(
            module="fiftyone.brain.internal.core.duplicates",
            attribute="_compute_filehashes_multi",
            make=_compute_filehashes,
            why=_HASHES_WHY,
            signature="(samples, method, num_workers, progress)",
        ),
    ),
)
