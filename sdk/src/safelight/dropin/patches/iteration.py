"""Iteration: media are downloaded before the loop comes to them.

Inside a download context those of a sample are here before the sample is; outside of one they are on their
way as soon as the loop has shown that it reads media.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import wraps
from typing import Any, Final

from safelight.dropin.patch import Patch, Target


def _iter_samples(original: Callable[..., Any]) -> Callable[..., Any]:
    from safelight.cache.download_context import active_contexts
    from safelight.dropin.media.walks import walking

    @wraps(original)
    def iter_samples(self: Any, *args: Any, **kwargs: Any) -> Any:
        samples = original(self, *args, **kwargs)
        return _reaching(samples) if active_contexts() else walking(self, samples)

    return iter_samples


def _iter_groups(original: Callable[..., Any]) -> Callable[..., Any]:
    from safelight.cache.download_context import active_contexts

    @wraps(original)
    def iter_groups(self: Any, *args: Any, **kwargs: Any) -> Any:
        groups = original(self, *args, **kwargs)
        return _reaching_groups(groups) if active_contexts() else groups

    return iter_groups


def _reaching(samples: Iterator[Any]) -> Iterator[Any]:
    for sample in samples:
        _reach(sample.id)
        yield sample


def _reaching_groups(groups: Iterator[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for group in groups:
        for sample in group.values():
            _reach(sample.id)
        yield group


def _reach(sample_id: str) -> None:
    from safelight.cache.download_context import active_contexts

    for context in active_contexts():
        context.reach(sample_id)


_WHY: Final = "download contexts and downloads ahead must know which sample comes next"

PATCH = Patch(
    name="iteration",
    summary="going through samples downloads the media that the loop comes to next",
    targets=(
        Target(
            "fiftyone.core.dataset", "Dataset._iter_samples", _iter_samples, _WHY, "(self, pipeline=None)"
        ),
        Target("fiftyone.core.view", "DatasetView._iter_samples", _iter_samples, _WHY, "(self)"),
        Target(
            "fiftyone.core.dataset",
            "Dataset._iter_groups",
            _iter_groups,
            _WHY,
            "(self, group_slices=None, pipeline=None)",
        ),
        Target(
            "fiftyone.core.view", "DatasetView._iter_groups", _iter_groups, _WHY, "(self, group_slices=None)"
        ),
    ),
)
