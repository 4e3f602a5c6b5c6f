"""Pixels: upstream reads and writes images, masks, heatmaps and patches with `eta.core.image`."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from safelight.dropin.patch import Patch, Target


def _read(original: Callable[..., Any]) -> Callable[..., Any]:
    from safelight.dropin.media.local import localize

    @wraps(original)
    def read(path_or_url: Any, *args: Any, **kwargs: Any) -> Any:
        return original(localize(path_or_url), *args, **kwargs)

    return read


def _write(original: Callable[..., Any]) -> Callable[..., Any]:
    from safelight.dropin.media.staging import staged_file
    from safelight.storage.uri import is_remote

    @wraps(original)
    def write(img: Any, path: Any) -> None:
        if not is_remote(path):
            original(img, path)
            return
        with staged_file(path) as staged:
            original(img, str(staged))
            # OpenCV only returns False when it cannot write, and upstream does not look.
            if not staged.is_file() or not staged.stat().st_size:
                raise OSError(f"{path}: OpenCV could not encode the image")

    return write


PATCH = Patch(
    name="images",
    summary="images, masks and heatmaps are read through the cache and written to where they belong",
    targets=(
        Target(
            module="eta.core.image",
            attribute="read",
            make=_read,
            why="OpenCV opens local files; http(s) images would be fetched anew each time",
            signature="(path_or_url, include_alpha=False, flag=None)",
        ),
        Target(
            module="eta.core.image",
            attribute="write",
            make=_write,
            why="OpenCV writes local files, and its failures go unseen",
            signature="(img, path)",
        ),
    ),
)
