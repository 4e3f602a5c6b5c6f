"""Metadata: dimensions, sizes and types of remote media, for as few bytes as the format allows."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from safelight.dropin.patch import Patch, Target


def _mime_type(url: str, given: str | None, stored: str | None) -> str:
    """As upstream, from the name; only where that has no extension, what the store says."""
    import eta.core.utils as etau

    from safelight.files.paths import plain_name

    name = plain_name(url)
    if stored and not given and "." not in name:
        return stored.partition(";")[0]
    return given or str(etau.guess_mime_type(name))


def _any_file(original: Callable[..., Any]) -> Callable[..., Any]:
    from safelight.dropin.media.headers import describe
    from safelight.storage.uri import is_remote

    @wraps(original)
    def build_for(cls: Any, path_or_url: Any, mime_type: str | None = None) -> Any:
        if not is_remote(path_or_url):
            return original(cls, path_or_url, mime_type=mime_type)
        info = describe(path_or_url)
        return cls(size_bytes=info.size, mime_type=_mime_type(path_or_url, mime_type, info.content_type))

    return build_for


def _image(original: Callable[..., Any]) -> Callable[..., Any]:
    from safelight.dropin.media.headers import read_image_header
    from safelight.storage.uri import is_remote

    @wraps(original)
    def build_for(cls: Any, img_or_path_or_url: Any, mime_type: str | None = None) -> Any:
        if not is_remote(img_or_path_or_url):
            return original(cls, img_or_path_or_url, mime_type=mime_type)
        import fiftyone.core.metadata as fom

        header = read_image_header(img_or_path_or_url, fom.get_image_info)
        return cls(
            size_bytes=header.size,
            mime_type=_mime_type(img_or_path_or_url, mime_type, header.content_type),
            width=header.width,
            height=header.height,
            num_channels=header.channels,
        )

    return build_for


def _scene(original: Callable[..., Any]) -> Callable[..., Any]:
    from safelight.dropin.media.headers import UNKNOWN_TYPE, describe
    from safelight.storage.uri import is_remote

    @wraps(original)
    def build_for(
        cls: Any, scene_path: Any, mime_type: str | None = None, _cache: Any = None, **kwargs: Any
    ) -> Any:
        if not is_remote(scene_path):
            return original(cls, scene_path, mime_type=mime_type, _cache=_cache, **kwargs)
        import fiftyone.core.metadata as fom
        from fiftyone.core.threed import Scene

        counts, asset_bytes = fom._parse_assets(  # noqa: SLF001 - upstream has no public name for it
            Scene.from_fo3d(scene_path), scene_path, cache=_cache, **kwargs
        )
        return cls(
            size_bytes=describe(scene_path).size + asset_bytes,
            mime_type=mime_type or UNKNOWN_TYPE,
            asset_counts=counts,
        )

    return build_for


PATCH = Patch(
    name="metadata",
    summary="compute_metadata() reads 64 KB of an image, and asks for the size of other files",
    targets=(
        Target(
            module="fiftyone.core.metadata",
            attribute="Metadata.build_for",
            make=_any_file,
            why="os.path.getsize needs a local file; a URL would be downloaded to count its bytes",
            signature="(cls, path_or_url, mime_type=None)",
        ),
        Target(
            module="fiftyone.core.metadata",
            attribute="ImageMetadata.build_for",
            make=_image,
            why="PIL needs a local file; a URL would be streamed without a range",
            signature="(cls, img_or_path_or_url, mime_type=None)",
        ),
        Target(
            module="fiftyone.core.metadata",
            attribute="SceneMetadata.build_for",
            make=_scene,
            why="URLs are refused",
            signature=(
                "(cls, scene_path, mime_type=None, _cache=None, skip_failures=True, warn_failures=True)"
            ),
        ),
    ),
)
