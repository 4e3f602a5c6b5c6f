"""Jobs that go on when a file fails say at their end how many did, and why."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import wraps
from typing import Any, Final

from safelight.dropin.patch import Patch, Target


def _job(original: Callable[..., Any]) -> Callable[..., Any]:
    from safelight.dropin.media.failures import counting_failures

    @wraps(original)
    def job(*args: Any, **kwargs: Any) -> Any:
        with counting_failures(original.__name__):
            return original(*args, **kwargs)

    return job


def _mapping(original: Callable[..., Any]) -> Callable[..., Any]:
    from safelight.dropin.media.failures import counting_failures

    @wraps(original)
    def map_samples(*args: Any, **kwargs: Any) -> Iterator[Any]:
        with counting_failures("map_samples"):
            yield from original(*args, **kwargs)

    return map_samples


_JOBS: Final = {
    "fiftyone.core.metadata": ("compute_metadata",),
    "fiftyone.core.models": ("apply_model", "compute_embeddings", "compute_patch_embeddings"),
    "fiftyone.utils.image": ("reencode_images", "transform_images"),
    "fiftyone.utils.utils3d": ("compute_orthographic_projection_images",),
    "fiftyone.utils.video": ("reencode_videos", "sample_videos", "transform_videos"),
}

PATCH = Patch(
    name="failures",
    summary="jobs that skip failures count them, and name the first causes at the end",
    targets=(
        *(
            Target(module, attribute, _job, why="failures are logged one by one, and counted nowhere")
            for module, attributes in _JOBS.items()
            for attribute in attributes
        ),
        Target(
            module="fiftyone.core.map.mapper",
            attribute="LocalMapper._map_samples",
            make=_mapping,
            why="as the jobs above: map_samples() and update_samples()",
            signature="(self, sample_collection, iter_fcn, map_fcn, *, progress, skip_failures)",
        ),
    ),
)
