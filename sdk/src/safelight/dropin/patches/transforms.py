"""Transforms of images and videos: what would replace remote originals has to be allowed."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, Final

from safelight.dropin.patch import Patch, Target

_CHANGES: Final = frozenset(
    {"size", "min_size", "max_size", "force_reencode", "reencode", "fps", "min_fps", "max_fps", "frames"}
)
"""Arguments that make a transform rewrite a file that stays where it is."""


def _guarded(original: Callable[..., Any]) -> Callable[..., Any]:
    from safelight.dropin.media.failures import join_job
    from safelight.files.guard import check
    from safelight.storage.uri import is_remote

    names = original.__code__.co_varnames[: original.__code__.co_argcount]

    @wraps(original)
    def transform(inpath: str, outpath: str, *args: Any, **kwargs: Any) -> Any:
        if is_remote(inpath):
            # Here and not where the file is moved: there upstream's `skip_failures` would swallow the
            # refusal.
            given = {**dict(zip(names[2:], args, strict=False)), **kwargs}
            if inpath == outpath and any(given.get(name) for name in _CHANGES):
                check("overwrite", inpath)
            elif inpath != outpath and given.get("delete_original"):
                check("delete", inpath)
        join_job()
        return original(inpath, outpath, *args, **kwargs)

    return transform


def _target(module: str, attribute: str) -> Target:
    return Target(
        module=module,
        attribute=attribute,
        make=_guarded,
        why="rewrites the original in place unless there is an output directory",
    )


PATCH = Patch(
    name="transforms",
    summary="remote originals are neither rewritten nor deleted by a transform unless that is allowed",
    targets=(
        _target("fiftyone.utils.image", "_transform_image"),
        _target("fiftyone.utils.video", "_transform_video"),
    ),
)
