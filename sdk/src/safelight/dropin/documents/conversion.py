"""Values of fields as they are in the database, converted to what they are in Python.

`field.to_python(value)` with less work for values that are of the very type that the field is for.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any, Final

import fiftyone.core.fields as fof
from bson import ObjectId
from mongoengine.fields import StringField

_UNSURE: Final = object()
_SCALARS: Final = frozenset({str, int, float, bool, ObjectId, datetime, type(None)})
_ITEMS: Final[dict[type, frozenset[type]]] = {
    fof.BooleanField: frozenset({bool}),
    fof.FloatField: frozenset({float}),
    fof.IntField: frozenset({int}),
    fof.StringField: frozenset({str}),
}


def to_python(field: Any, value: Any) -> Any:
    """What `field.to_python(value)` returns.

    Args:
        field: of upstream or mongoengine
        value: not None; it stays as it is
    """
    convert = _CONVERSIONS.get(type(field))
    converted = _UNSURE if convert is None else convert(field, value)
    return field.to_python(value) if converted is _UNSURE else converted


def _same(kind: type) -> Callable[[Any, Any], Any]:
    return lambda _field, value: value if type(value) is kind else _UNSURE


def _object_id(_field: Any, value: Any) -> Any:
    return str(value) if type(value) is ObjectId else _UNSURE


def _embedded(field: Any, value: Any) -> Any:
    if type(value) is not dict or not field._auto_dereference:
        return _UNSURE
    return field.document_type._from_son(value)


def _list(field: Any, value: Any) -> Any:
    if type(value) is not list:
        return _UNSURE
    inner = field.field
    if inner is None:
        return _copied(value)
    kind = type(inner)
    if kind is fof.EmbeddedDocumentField:
        return _complete([_embedded(inner, each) for each in value])
    return value.copy() if kind in _ITEMS and _ITEMS[kind].issuperset(map(type, value)) else _UNSURE


def _dict(field: Any, value: Any) -> Any:
    if type(value) is not dict or (value and field.field is not None):
        return _UNSURE
    return _copied(value)


def _copied(value: Any) -> Any:
    """Lists and dictionaries of plain values, as mongoengine copies them."""
    if type(value) is list:
        return _complete([_copied(each) for each in value])
    if type(value) is dict:
        copies = _complete([_copied(each) for each in value.values()])
        return _UNSURE if copies is _UNSURE else dict(zip(value, copies, strict=True))
    return value if type(value) in _SCALARS else _UNSURE


def _complete(values: list[Any]) -> Any:
    return _UNSURE if any(each is _UNSURE for each in values) else values


_CONVERSIONS: Final[dict[type, Callable[[Any, Any], Any]]] = {
    fof.StringField: _same(str),
    StringField: _same(str),  # mongoengine's own is that of `_cls`
    fof.IntField: _same(int),
    fof.FloatField: _same(float),
    fof.BooleanField: _same(bool),
    fof.DateTimeField: _same(datetime),
    fof.ObjectIdField: _object_id,
    fof.EmbeddedDocumentField: _embedded,
    fof.ListField: _list,
    fof.KeypointsField: _list,
    fof.PolylinePointsField: _list,
    fof.DictField: _dict,
}
