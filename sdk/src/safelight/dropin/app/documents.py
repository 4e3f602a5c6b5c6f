"""Addresses inside JSON that the App reads: frames with their media, and scenes with their assets."""

from __future__ import annotations

import json
from typing import Any, Final

from safelight.dropin.app.signed_paths import needs_path, signed_path
from safelight.files import paths

_FRAME_KEYS: Final = frozenset({"filepath", "mask_path", "map_path"})
"""Where frame documents have media: the frame itself, masks and heatmaps (FiftyOne's label classes)."""

_SCENE_LISTS: Final = frozenset({"cube"})
_SCENE_VALUES: Final = frozenset({"image"})


def reachable(value: Any) -> Any:
    """What a page gets for a media path: a signed path where it could not reach the address itself."""
    return signed_path(value) if needs_path(value) else value


def rewrite_frames(document: Any) -> Any:
    """Give every remote medium in frame documents a path that pages can reach."""
    if isinstance(document, dict):
        return {
            key: reachable(value) if key in _FRAME_KEYS else rewrite_frames(value)
            for key, value in document.items()
        }
    return [rewrite_frames(each) for each in document] if isinstance(document, list) else document


def rewrite_scene(text: str, address: str) -> str:
    """Give every asset of a scene a path that pages can reach.

    Args:
        text: a `.fo3d` file
        address: where it is: relative assets are beside it
    """
    return json.dumps(_rewrite_assets(json.loads(text), paths.dirname(address)))


def _rewrite_assets(document: Any, directory: str) -> Any:
    if isinstance(document, list):
        return [_rewrite_assets(each, directory) for each in document]
    if not isinstance(document, dict):
        return document
    rewritten: dict[str, Any] = {}
    for key, value in document.items():
        if isinstance(value, str) and (key.endswith("Path") or key in _SCENE_VALUES):
            rewritten[key] = _asset(value, directory)
        elif isinstance(value, list) and key in _SCENE_LISTS:
            rewritten[key] = [_asset(each, directory) for each in value]
        else:
            rewritten[key] = _rewrite_assets(value, directory)
    return rewritten


def _asset(path: str, directory: str) -> str:
    if not path or path.startswith("data:"):
        return path
    return str(reachable(path if paths.isabs(path) else paths.abspath(paths.join(directory, path))))
