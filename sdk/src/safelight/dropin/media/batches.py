"""Rows for `GetItem`s: dictionaries in which media fields must name local files."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple

from safelight.dropin.media.local import Copies, localize_all
from safelight.storage.uri import is_remote


class LocalRows(NamedTuple):
    """Rows that name local files, and what was made of the addresses in them."""

    rows: list[Any]
    copies: Copies


def media_fields_of(collection: Any) -> frozenset[str]:
    """The paths of a collection's media fields, e.g. `filepath` and `ground_truth.mask_path`."""
    if collection is None:
        return frozenset({"filepath"})
    fields = collection._get_media_fields()  # noqa: SLF001 - upstream has no public name for this
    return frozenset(f"{root}.{leaf}" if leaf else root for root, leaf in fields.items())


def localize_rows(
    rows: Iterable[Any], mapping: Mapping[str, str], media_fields: Callable[[], frozenset[str]]
) -> LocalRows:
    """Put local paths where rows have remote media, all of them downloaded side by side.

    Args:
        rows: dictionaries; what is not one (upstream's errors) stays as it is
        mapping: for each key of the rows the field whose value it holds
        media_fields: tells which fields hold media; only asked when there is something remote, because an
            address in any other field is plain text

    Returns:
        the rows; in place of a file that could not be had stands its error
    """
    rows = list(rows)
    keys = _media_keys(rows, mapping, media_fields)
    if not keys:
        return LocalRows(rows, Copies({}))
    copies = localize_all(row.get(key) for row in rows if isinstance(row, dict) for key in keys)
    local = [_with_copies(row, keys, copies.paths) if isinstance(row, dict) else row for row in rows]
    return LocalRows(local, copies)


def remote_media(
    rows: Iterable[Any], mapping: Mapping[str, str], media_fields: Callable[[], frozenset[str]]
) -> list[str]:
    """The remote media in rows; arguments as those of `localize_rows`."""
    rows = list(rows)
    keys = _media_keys(rows, mapping, media_fields)
    values = (row.get(key) for row in rows if isinstance(row, dict) for key in keys)
    return [str(value) for value in values if is_remote(value)]


def _media_keys(
    rows: list[Any], mapping: Mapping[str, str], media_fields: Callable[[], frozenset[str]]
) -> list[str]:
    """The keys under which rows have remote media."""
    remote = {key for row in rows if isinstance(row, dict) for key, value in row.items() if is_remote(value)}
    if not remote:
        return []
    media = media_fields()
    return [key for key in remote if mapping[key] in media]


def _with_copies(
    row: dict[str, Any], keys: list[str], copies: Mapping[str, str | Exception]
) -> dict[str, Any]:
    return {**row, **{key: copies[row[key]] for key in keys if row.get(key) in copies}}


def first_error(row: Any) -> Exception | None:
    """The error that `localize_rows` left in a row."""
    if not isinstance(row, dict):
        return None
    return next((value for value in row.values() if isinstance(value, Exception)), None)
