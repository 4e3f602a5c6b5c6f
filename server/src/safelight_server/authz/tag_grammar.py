"""The updates that change tags and nothing else: what "Can tag" may send.

    q             {_id: <id>} | {_id: {$in: [<id>, ...]}}
    u             {$addToSet | $pull | $pullAll | $set: {<path>: <tags>, ..., last_modified_at: <date>}}
    path          ((<name>.)((<index> | $[label]).)?)*tags
    tags          <text> | [<text>, ...] | {$each | $in: [<text>, ...]}
    arrayFilters  [{label._id: <id> | {$in: [<id>, ...]}}]

No upsert, no pipeline, nothing else beside these. `last_modified_at`, which only `$set` sets, may stand
alone: changing temporal tags, which live elsewhere, marks their samples so.
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any, Final

from bson import ObjectId
from bson.datetime_ms import DatetimeMS

_STATEMENT: Final = frozenset({"q", "u", "multi", "upsert", "arrayFilters"})
_PATH: Final = re.compile(r"(?:[A-Za-z_][^.$\0]*\.(?:(?:\d+|\$\[label\])\.)?)*tags")
_OPERATORS: Final = frozenset({"$addToSet", "$pull", "$pullAll", "$set"})
_MODIFIED: Final = "last_modified_at"


def accepts(statement: dict[str, Any]) -> bool:
    """Whether an update statement only changes tags."""
    return (
        _STATEMENT.issuperset(statement)
        and statement.get("upsert", False) is False
        and _is_ids(statement.get("q"), "_id")
        and _is_change(statement.get("u"))
        and _is_array_filters(statement.get("arrayFilters", []))
    )


def _is_ids(query: object, field: str) -> bool:
    if not isinstance(query, dict) or list(query) != [field]:
        return False
    value = query[field]
    if isinstance(value, dict) and list(value) == ["$in"] and isinstance(value["$in"], list):
        return all(isinstance(each, ObjectId) for each in value["$in"])
    return isinstance(value, ObjectId)


def _is_change(update: object) -> bool:
    if not isinstance(update, dict) or not update or not _OPERATORS.issuperset(update):
        return False
    return all(
        isinstance(changes, dict)
        and all(
            (operator == "$set" and path == _MODIFIED and isinstance(value, (datetime, DatetimeMS)))
            or (_PATH.fullmatch(path) is not None and _is_tags(operator, value))
            for path, value in changes.items()
        )
        for operator, changes in update.items()
    )


def _is_tags(operator: str, value: object) -> bool:
    if operator == "$addToSet" and isinstance(value, dict) and list(value) == ["$each"]:
        return _is_texts(value["$each"])
    if operator == "$pull" and isinstance(value, dict) and list(value) == ["$in"]:
        return _is_texts(value["$in"])
    if operator in {"$set", "$pullAll"}:
        return _is_texts(value)
    return isinstance(value, str)


def _is_texts(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(each, str) for each in value)


def _is_array_filters(filters: object) -> bool:
    return isinstance(filters, list) and all(_is_ids(each, "label._id") for each in filters)
