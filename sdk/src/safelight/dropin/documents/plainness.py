"""Values that a field takes for sure, told from their types alone.

Upstream validates a sample several times on its way into the database and out of it, and mongoengine's
fields go through a dozen calls for each number. Nearly all values are of the very type that their field is
for. Whatever is not that plain is none of our business: upstream's own validation has the last word on it.
Labels' lists and dictionaries are attached to them while they are looked at, as upstream does.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime
from typing import Any, Final

import fiftyone.core.fields as fof
from bson import ObjectId
from mongoengine.base import BaseDict, BaseDocument, BaseList
from mongoengine.fields import DynamicField, StringField

from safelight.dropin.documents.attaching import item_of

_LISTS: Final = frozenset({list, BaseList})
_DICTS: Final = frozenset({dict, BaseDict})
_OBJECT_ID: Final = re.compile(r"[0-9a-f]{24}")
_FLOATS: Final = frozenset({float})
_LARGE: Final = 2**1000
"""Integers up to here have a floating point number that is near."""
_UNTYPED: Final = frozenset({str, int, float, bool, ObjectId, datetime, list, BaseList, dict, BaseDict})


def is_plain(field: Any, value: Any) -> bool:
    """Whether `field.validate(value)` is sure to raise nothing.

    Args:
        field: of upstream or mongoengine
        value: not None
    """
    check = _CHECKS.get(type(field))
    return check is not None and check(field, value)


def is_plain_choice(field: Any, value: Any) -> bool:
    """The same for `field._validate(value)`, which also knows of choices and of functions that validate."""
    check = _CHECKS.get(type(field))
    return check is not None and not field.choices and field.validation is None and check(field, value)


def is_plain_document(document: Any) -> bool:
    """Whether mongoengine's `document.validate()` is sure to raise nothing."""
    if type(document).clean is not BaseDocument.clean:
        return False
    fields, data = document._fields, document._data
    for name in document._fields_ordered:
        field = fields.get(name) or document._dynamic_fields.get(name)
        value = data.get(name)
        if value is None:
            if field is None or (field.required and not field._auto_gen):
                return False
        elif not is_plain_choice(field, value):
            return False
    return True


def _text(field: Any, value: Any) -> bool:
    return type(value) is str and field.max_length is None and field.min_length is None and not field.regex


def _unlimited(field: Any) -> bool:
    return field.min_value is None and field.max_value is None


def _integer(field: Any, value: Any) -> bool:
    return type(value) is int and _unlimited(field)


def _number(field: Any, value: Any) -> bool:
    kind = type(value)
    return (kind is float or (kind is int and -_LARGE < value < _LARGE)) and _unlimited(field)


def _truth(_field: Any, value: Any) -> bool:
    return type(value) is bool


def _moment(_field: Any, value: Any) -> bool:
    return type(value) is datetime


def _object_id(_field: Any, value: Any) -> bool:
    kind = type(value)
    return kind is ObjectId or (kind is str and _OBJECT_ID.fullmatch(value) is not None)


def _untyped(_field: Any, value: Any) -> bool:
    return type(value) in _UNTYPED


def _list(field: Any, value: Any) -> bool:
    if type(value) not in _LISTS or field.max_length is not None or (field.required and not value):
        return False
    inner = field.field
    if inner is None or not value:
        return True
    check = _CHECKS.get(type(inner))
    if check is None or inner.choices or inner.validation is not None:
        return False
    items = list.copy(value)  # iterating a BaseList runs Python code for each element
    if check is _number and _unlimited(inner) and _FLOATS.issuperset(map(type, items)):
        return True
    return all(check(inner, item) for item in items)


def _dict(field: Any, value: Any) -> bool:
    if type(value) not in _DICTS or (value and field.field is not None):
        return False
    return all(type(key) is str for key in value)


def _embedded(field: Any, value: Any) -> bool:
    if not isinstance(value, field.document_type):
        return False
    for name, inner in field._fields.items():
        item = item_of(value, name)
        if item is not None and not is_plain(inner, item):
            return False
    return True


_CHECKS: Final[dict[type, Callable[[Any, Any], bool]]] = {
    fof.StringField: _text,
    StringField: _text,  # mongoengine's own is that of `_cls`
    fof.IntField: _integer,
    fof.FloatField: _number,
    fof.BooleanField: _truth,
    fof.DateTimeField: _moment,
    fof.ObjectIdField: _object_id,
    fof.ListField: _list,
    fof.DictField: _dict,
    fof.EmbeddedDocumentField: _embedded,
    DynamicField: _untyped,
}
