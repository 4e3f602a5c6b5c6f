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


def _somewhere(original: Callable[..., Any]) -> Callable[..., Any]:
    from inspect import signature

    from safelight.files.guard import check_beside
    from safelight.files.listing import one_snapshot

    parameters = signature(original)

    @wraps(original)
    def run(*args: Any, **kwargs: Any) -> Any:
        given = parameters.bind(*args, **kwargs).arguments
        if given.get("output_dir") is None:
            # Here and not file by file: a user has to know before the first one how many there are.
            check_beside(given["sample_collection"].values(given.get("media_field", "filepath")))
        with one_snapshot():  # upstream asks of each frame whether it has been written
            return original(*args, **kwargs)

    return run


def _frames_somewhere(original: Callable[..., Any]) -> Callable[..., Any]:
    guarded = _somewhere(original)

    @wraps(original)
    def make_frames_dataset(sample_collection: Any, sample_frames: Any = False, **kwargs: Any) -> Any:
        # "dynamic" frames are read from the videos when they are needed.
        make = guarded if sample_frames is True else original
        return make(sample_collection, sample_frames=sample_frames, **kwargs)

    return make_frames_dataset


def _target(module: str, attribute: str) -> Target:
    return Target(
        module=module,
        attribute=attribute,
        make=_guarded,
        why="rewrites the original in place unless there is an output directory",
    )


PATCH = Patch(
    name="transforms",
    summary="remote originals are not rewritten or deleted, nor written beside, unless that is allowed",
    targets=(
        *(
            Target(
                module=module,
                attribute=attribute,
                make=make,
                why="without an output directory, writes beside the originals or over them",
            )
            for module, attribute, make in (
                ("fiftyone.core.video", "make_frames_dataset", _frames_somewhere),
                ("fiftyone.utils.image", "_transform_images", _somewhere),
                ("fiftyone.utils.video", "_transform_videos", _somewhere),
            )
        ),
        _target("fiftyone.utils.image", "_transform_image"),
        _target("fiftyone.utils.video", "_transform_video"),
    ),
)
