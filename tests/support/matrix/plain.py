"""Outcomes as plain values that are equal wherever the media are: no ids, no times, no place."""

from __future__ import annotations

import hashlib
import json
import re
from datetime import date
from difflib import unified_diff
from operator import itemgetter
from pathlib import PurePosixPath
from pprint import pformat
from typing import Any, Final

import fiftyone as fo
import numpy as np
from bson import ObjectId

from support.places.place import Place

_OWN: Final = frozenset(
    {"_dataset_id", "_id", "_rand", "_sample_id", "created_at", "id", "last_modified_at", "last_loaded_at"}
    | {"slug", "uuid"}
)
"""Fields that differ between two runs of the same workflow."""

_CHANGING: Final = re.compile(
    r"\b[0-9a-f]{24}\b|\d{4}[-.]\d\d[-.]\d\d[T .]\d\d[.:]\d\d[.:]\d\d(?:\.\d+)?(?:\+00:00|Z)?"
)
"""Ids and times in a text."""

_DOCUMENTS: Final = frozenset({".fo3d", ".geojson", ".json"})
_TEXTS: Final = frozenset({".csv", ".data", ".names", ".ndjson", ".txt", ".xml", ".yaml"})


def plain(value: Any, place: Place) -> Any:
    """A value without what differs between places and runs; addresses become `<place>/key`."""
    if isinstance(value, dict):
        return {plain(key, place): plain(item, place) for key, item in value.items() if key not in _OWN}
    if isinstance(value, (list, tuple)):
        return [plain(item, place) for item in value]
    if isinstance(value, str):
        return _CHANGING.sub("<changing>", value.replace(place.root, "<place>"))
    if isinstance(value, (ObjectId, date)):
        return "<changing>"
    if isinstance(value, float):
        return round(value, 5)
    made_of = _made_of(value)
    return value if made_of is None else plain(made_of, place)


def _made_of(value: Any) -> Any:
    """What a dataset, a sample or an array holds; None for anything else."""
    if isinstance(value, fo.core.collections.SampleCollection):
        samples = [sample.to_dict(include_frames=True, include_private=True) for sample in _flat(value)]
        # Importers number samples in the order of a listing, which is each store's own.
        return sorted(samples, key=itemgetter("filepath"))
    if isinstance(value, (fo.Sample, fo.core.sample.SampleView)):
        return value.to_dict(include_frames=True, include_private=True)
    return value.tolist() if isinstance(value, np.ndarray) else None


def differences(outcome: Any, expected: Any) -> list[str]:
    """Lines that two plain values differ in, as `diff` shows them."""
    local, remote = (pformat(value, width=140).splitlines() for value in (expected, outcome))
    return list(unified_diff(local, remote, "local", "remote", lineterm="", n=0))


def files_in(place: Place, folder: str) -> dict[str, Any]:
    """What lies in a folder: documents and texts, apart from what differs; of other files, a digest."""
    keys = sorted(key for key in place.keys() if key.startswith(f"{folder}/"))  # noqa: SIM118 - no dictionary
    return {plain(key, place): _content(place, key) for key in keys}


def _content(place: Place, key: str) -> Any:
    data, suffix = place.get(key), PurePosixPath(key).suffix
    if suffix in _DOCUMENTS:
        return plain(json.loads(data), place)
    if suffix in _TEXTS:
        return plain(data.decode(), place)
    return hashlib.sha256(data).hexdigest()[:16]


def _flat(collection: Any) -> Any:
    if collection._is_dynamic_groups:
        return collection.flatten()
    if collection.media_type == "group":
        return collection.select_group_slices(_allow_mixed=True)
    return collection
