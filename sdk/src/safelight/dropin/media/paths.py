"""Which media a collection has: the values of its media fields, and the assets of its 3D scenes.

A query or two per call, whatever the number of samples.
"""
# ruff: noqa: SLF001 - upstream knows its media fields, but has no public names for them

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final

from safelight.storage.uri import is_remote

SCENE_SUFFIX: Final = ".fo3d"


def media_paths(
    collection: Any,
    media_fields: str | Iterable[str] | None = None,
    group_slices: str | Iterable[str] | None = None,
    *,
    include_assets: bool = True,
    fetch_scenes: bool = True,
) -> list[str]:
    """Every path that a collection's media fields hold, local and remote, each once and in order.

    Args:
        collection: a dataset or view
        media_fields: one or several fields; None for all media fields of the collection
        group_slices: one or several slices of a grouped collection; None for all of them
        include_assets: whether to add the assets of 3D scenes
        fetch_scenes: whether to download scenes for that; otherwise those that are not cached have no assets

    Raises:
        ValueError: a field that holds no media
    """
    if _has_references(collection):
        return _distinct(
            flatten(collection._get_media_paths(group_slices=group_slices, include_assets=include_assets))
        )
    fields = resolve_fields(collection, media_fields)
    paths = flatten(_flat(collection, group_slices).values(fields))
    if include_assets and "filepath" in fields:
        return with_assets(paths, fetch_scenes=fetch_scenes)
    return _distinct(paths)


def with_assets(paths: Iterable[str], *, fetch_scenes: bool = True) -> list[str]:
    """The paths, each once, and after them the assets of the 3D scenes among them."""
    paths = _distinct(paths)
    return _distinct([*paths, *flatten(scene_assets(paths, fetch=fetch_scenes).values())])


def media_by_sample(
    collection: Any,
    media_fields: str | Iterable[str] | None = None,
    group_slices: str | Iterable[str] | None = None,
    *,
    include_assets: bool = True,
) -> dict[str, list[str]]:
    """The remote media of each sample that iteration over a collection meets, by id and in its order.

    Of a grouped collection these are the samples of the active slice, each with the media of its whole group.

    Raises:
        ValueError: a field that holds no media
    """
    if _has_references(collection):
        rows = collection._get_media_paths(include_assets=include_assets, flat=False)
        return {
            sample_id: _remote(row)
            for sample_id, row in zip(_flat(collection).values("id"), rows, strict=True)
        }
    if collection._is_dynamic_groups:
        collection = collection.flatten()
    fields = resolve_fields(collection, media_fields)
    media = (
        _by_group(collection, fields, group_slices) if _is_grouped(collection) else _by_id(collection, fields)
    )
    if include_assets and "filepath" in fields:
        assets = scene_assets(path for paths in media.values() for path in paths)
        for paths in media.values():
            paths.extend(asset for path in tuple(paths) for asset in assets.get(path, ()))
    return {sample_id: _remote(paths) for sample_id, paths in media.items()}


def resolve_fields(collection: Any, media_fields: str | Iterable[str] | None) -> list[str]:
    """The fields with the paths: `ground_truth` becomes `ground_truth.mask_path`.

    Raises:
        ValueError: a field that holds no media
    """
    if media_fields is None:
        media_fields = list(collection._get_media_fields())
    elif isinstance(media_fields, str):
        media_fields = [media_fields]
    return _distinct(collection._parse_media_field(field)[0] for field in media_fields)


def scene_assets(paths: Iterable[str], *, fetch: bool = True) -> dict[str, list[str]]:
    """The absolute paths of the assets of each 3D scene among `paths`; none for one that cannot be read."""
    scenes = _distinct(path for path in paths if path.endswith(SCENE_SUFFIX))
    if not fetch:
        scenes = [path for path in scenes if _is_here(path)]
    if not scenes:
        return {}
    from fiftyone.utils.utils3d import get_scene_asset_paths

    assets: dict[str, list[str]] = get_scene_asset_paths(
        scenes, abs_paths=True, skip_failures=True, progress=False
    )
    return assets


def _by_id(collection: Any, fields: list[str]) -> dict[str, list[str]]:
    ids, *columns = collection.values(["id", *fields])
    return {sample_id: list(flatten(row)) for sample_id, *row in zip(ids, *columns, strict=True)}


def _by_group(
    collection: Any, fields: list[str], group_slices: str | Iterable[str] | None
) -> dict[str, list[str]]:
    group_id = f"{collection.group_field}.id"
    members: dict[str, list[str]] = {}
    groups, *columns = _flat(collection, group_slices).values([group_id, *fields])
    for group, *row in zip(groups, *columns, strict=True):
        members.setdefault(group, []).extend(flatten(row))
    ids, groups = collection.values(["id", group_id])
    return {sample_id: members.get(group, []) for sample_id, group in zip(ids, groups, strict=True)}


def _flat(collection: Any, group_slices: str | Iterable[str] | None = None) -> Any:
    if collection._is_dynamic_groups:
        collection = collection.flatten()
    if not _is_grouped(collection):
        return collection
    return collection.select_group_slices(slices=group_slices, _allow_mixed=True)


def _is_grouped(collection: Any) -> bool:
    return bool(collection.media_type == "group")


def _has_references(collection: Any) -> bool:
    # Upstream's `media_reference` samples are newer than the oldest version that we support.
    contains = getattr(collection, "_contains_media_references", None)
    return contains is not None and bool(contains())


def _is_here(path: str) -> bool:
    if not is_remote(path):
        return True
    from safelight.runtime import get_runtime

    return get_runtime().cache.is_cached(path)


def flatten(values: Any) -> Iterator[str]:
    """The strings in nested lists; missing values are left out."""
    for value in values:
        if isinstance(value, str):
            yield value
        elif isinstance(value, (list, tuple)):
            yield from flatten(value)


def _distinct(paths: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(paths))


def _remote(paths: Sequence[str]) -> list[str]:
    return _distinct(path for path in paths if is_remote(path))
