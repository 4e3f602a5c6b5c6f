"""Point clouds: the reader behind orthographic projections."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from safelight.dropin.patch import Patch, Target


def _read_point_cloud(original: Callable[..., Any]) -> Callable[..., Any]:
    from safelight.dropin.media.local import localize

    @wraps(original)
    def read_point_cloud(filepath: Any) -> Any:
        return original(localize(filepath))

    return read_point_cloud


PATCH = Patch(
    name="point_clouds",
    summary="point clouds are read through the cache",
    targets=(
        Target(
            module="fiftyone.utils.utils3d",
            attribute="_read_point_cloud",
            make=_read_point_cloud,
            why="pypcd4 opens local files",
            signature="(filepath)",
        ),
    ),
)
