"""Plain values of a document attached to it, so that changes to them are noticed.

`attach` makes what `mongoengine.dereference.DeReference` leaves behind when there is nothing to dereference,
`item_of` what a document's field leaves behind when it is read.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, Final

from bson import ObjectId
from mongoengine import EmbeddedDocument
from mongoengine.base import BaseDict, BaseDocument, BaseList, ComplexBaseField
from mongoengine.fields import EmbeddedDocumentListField, ReferenceField

_PLAIN: Final = frozenset({str, int, float, bool, bytes, type(None), ObjectId, datetime, date})
_TRACKED: Final = frozenset({BaseList, BaseDict})
_CONTAINERS: Final = _TRACKED | {list, tuple, dict}
_SPECIAL_KEYS: Final = frozenset({"_ref", "_cls"})


def attach(instance: Any, name: str, values: Any) -> Any:
    """A tracked list or dictionary with the values of field `name` of a document.

    Args:
        instance: the document
        name: of the field
        values: its value

    Returns:
        None when it takes more than looking: the values are left as they are then
    """
    if not values:
        # Of course there is nothing in it; only what is attached already may stay.
        return values if type(values) is BaseList or type(values) is BaseDict else None
    if not isinstance(instance, BaseDocument) or not instance or _is_reference(instance._fields.get(name)):
        return None
    if type(values) is BaseList or type(values) is list:
        return _attach_list(instance, name, values)
    if (type(values) is BaseDict or type(values) is dict) and _is_plain_dict(values):
        return BaseDict(values, instance, name)
    return None


def item_of(document: Any, name: str) -> Any:
    """What `document[name]` is, and attached if that attaches it; None when there is no such item."""
    field = type(document)._fields.get(name)
    if field is None:
        try:
            return document[name]
        except KeyError:
            return None
    value = document._data.get(name)
    kind = type(value)
    if kind not in _CONTAINERS or not isinstance(field, ComplexBaseField):
        return value
    if kind in _TRACKED and value._dereferenced:
        return value
    attached = _attached(document, name, field, value)
    return document[name] if attached is None else attached


def _attached(document: Any, name: str, field: Any, value: Any) -> Any:
    if isinstance(field, EmbeddedDocumentListField) or _is_reference(field) or not document._initialised:
        return None
    attached: BaseList | BaseDict | None = None
    if type(value) is list and _PLAIN.issuperset(map(type, value)):
        attached = BaseList(value, document, name)
    elif type(value) is dict and not value:
        attached = BaseDict(value, document, name)
    if attached is not None:
        attached._dereferenced = field._auto_dereference
        document._data[name] = attached
    return attached


def _is_reference(field: Any) -> bool:
    while hasattr(field, "field"):
        field = field.field
    return isinstance(field, ReferenceField)


def _is_plain_dict(values: dict[str, Any]) -> bool:
    return _SPECIAL_KEYS.isdisjoint(values) and _PLAIN.issuperset(map(type, values.values()))


def _attach_list(instance: Any, name: str, values: list[Any]) -> Any:
    items = list.copy(values)  # iterating a BaseList runs Python code for each element
    if not _PLAIN.issuperset(map(type, items)):
        parts: list[tuple[dict[str, Any], str, Any]] = []
        for index, item in enumerate(items):
            if type(item) in _PLAIN:
                continue
            if not isinstance(item, EmbeddedDocument):
                return None
            data = item._data
            for field in item._fields:
                value = data.get(field)
                if type(value) not in _PLAIN:
                    part = _attach_part(instance, f"{name}.{index}.{field}", value)
                    if part is None:
                        return None
                    parts.append((data, field, part))
        for data, field, part in parts:
            data[field] = part
    return BaseList(items, instance, name)


def _attach_part(instance: Any, path: str, value: Any) -> Any:
    """A list or a dictionary inside of an embedded document that is an element of the list."""
    kind = type(value)
    if isinstance(value, EmbeddedDocument):
        return value  # its own lists are attached when they are read
    if kind is BaseList or kind is list:
        if not value:
            return value if kind is BaseList else BaseList(value, instance, path)
        items = list.copy(value)
        return BaseList(items, instance, path) if _PLAIN.issuperset(map(type, items)) else None
    if kind is BaseDict or kind is dict:
        if not value:
            return value if kind is BaseDict else BaseDict(value, instance, path)
        return BaseDict(value, instance, path) if _is_plain_dict(value) else None
    return None
