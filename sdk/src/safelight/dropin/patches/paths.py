"""Path functions: addresses keep every byte, and a file's type is guessed from its name without the query."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from safelight.dropin.files.dispatch import when_any_remote, when_remote
from safelight.dropin.patch import Patch, Target
from safelight.files import paths

_STORAGE = "fiftyone.core.storage"


def _sep(_path: str) -> str:
    return "/"


def _by_plain_name(original: Callable[..., Any]) -> Callable[..., Any]:
    from safelight.storage.uri import is_remote

    @wraps(original)
    def guess(filepath: Any) -> Any:
        return original(paths.plain_name(filepath) if is_remote(filepath) else filepath)

    return guess


def _path(name: str, why: str, since: str | None = None) -> Target:
    parameter = "paths" if name == "commonpath" else "path"
    return Target(
        module=_STORAGE,
        attribute=name,
        make=when_any_remote(paths.commonpath) if name == "commonpath" else when_remote(getattr(paths, name)),
        why=why,
        signature=f"({parameter})",
        since=since,
    )


PATCH = Patch(
    name="paths",
    summary="addresses survive wherever a path is normalised, joined or looked at for its type",
    targets=(
        _path("normalize_path", "Sample(filepath=) and 37 other places would prefix the working directory"),
        _path("normpath", "importers would merge slashes, which makes another key"),
        _path("abspath", "would prefix the working directory"),
        _path("realpath", "would prefix the working directory"),
        _path("isabs", "importers would prefix the dataset directory"),
        _path("commonpath", "would split addresses at the scheme", since="1.22.0"),
        Target(
            module=_STORAGE,
            attribute="join",
            make=when_any_remote(paths.join),
            why="an address behind another part must win, as an absolute path does",
            signature="(a, *p)",
        ),
        Target(
            module=_STORAGE,
            attribute="sep",
            make=when_remote(_sep),
            why="addresses have slashes on every system",
            signature="(path)",
        ),
        Target(
            module="eta.core.utils",
            attribute="guess_mime_type",
            make=_by_plain_name,
            why="decides the media type; a signature or version behind the name would hide the suffix",
            signature="(filepath)",
        ),
        Target(
            module="fiftyone.core.media",
            attribute="get_media_type",
            make=_by_plain_name,
            why="looks at the suffix of 3D and multimodal files itself",
            signature="(filepath)",
        ),
    ),
)
