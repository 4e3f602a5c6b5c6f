"""Iteration: inside a download context, the media of a sample are here before the sample is."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import wraps
from typing import Any, Final

from safelight.dropin.patch import Patch, Target


def _iter_samples(original: Callable[..., Any]) -> Callable[..., Any]:
    from safelight.cache.download_context import active_contexts

    @wraps(original)
    def iter_samples(self: Any, *args: Any, **kwargs: Any) -> Any:
        samples = original(self, *args, **kwargs)
        return _reaching(samples) if active_contexts() else samples

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


_WHY: Final = "a download context must know which sample comes next"

PATCH = Patch(
    name="iteration",
    summary="going through samples inside a download context downloads their media in batches",
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
