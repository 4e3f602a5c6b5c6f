"""3D scenes: what upstream must have locally before it can say which assets a scene has."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from safelight.dropin.patch import Patch, Target


def _get_scene_paths(original: Callable[..., Any]) -> Callable[..., Any]:
    from safelight.dropin.media.local import localize_all

    @wraps(original)
    def get_scene_paths(scene_paths: Any) -> Any:
        copies = localize_all(scene_paths).paths
        if not copies:
            return original(scene_paths)
        # A scene that could not be had keeps its address: upstream names it when it fails to read it.
        here = {path: copy for path, copy in copies.items() if isinstance(copy, str)}
        local = [here.get(path, path) for path in scene_paths]
        return local, False

    return get_scene_paths


PATCH = Patch(
    name="scenes",
    summary="3D scenes are brought in bulk before their assets are listed",
    targets=(
        Target(
            module="fiftyone.utils.utils3d",
            attribute="_get_scene_paths",
            make=_get_scene_paths,
            why="upstream's hook for scenes that are not local; without it each is fetched on its own",
            signature="(scene_paths)",
        ),
    ),
)
