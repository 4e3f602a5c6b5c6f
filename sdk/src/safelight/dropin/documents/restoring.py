"""Upstream's documents, made from what is in the database without a constructor's detours.

mongoengine makes a document that comes from the database as if a script had written it: each value goes
through the attributes of an object that is not there yet, each list through a dictionary, and the whole is
validated XX
Where anything is out of the ordinary (a class with a constructor of its own, a value that has not the type of
its field, an error), there is no document from here, and mongoengine makes it.
"""

from __future__ import annotations

import weakref
from typing import Any, Final

import fiftyone.core.odm as foo
from bson import SON
from fiftyone.core.odm.mixins import DatasetMixin
from mongoengine import EmbeddedDocument, signals
from mongoengine.base import BaseDocument

from safelight.dropin.documents.conversion import to_python
from safelight.dropin.documents.plainness import is_plain, is_plain_document

_put: Final = object.__setattr__
_EMBEDDED: Final = "embedded"
_OF_DATASET: Final = "of a dataset"
_ORDINARY: Final = (
    (foo.DynamicEmbeddedDocument, _EMBEDDED),
    (foo.EmbeddedDocument, _EMBEDDED),
    (foo.Document, _OF_DATASET),
)
_SETTERS: Final = {
    foo.DynamicEmbeddedDocument.__setattr__: _EMBEDDED,
    BaseDocument.__setattr__: _EMBEDDED,
    DatasetMixin.__setattr__: _OF_DATASET,
}

_SIGNALS: Final = (signals.pre_init, signals.post_init)

_kinds: weakref.WeakKeyDictionary[type, str | None] = weakref.WeakKeyDictionary()


def restore(cls: Any, son: Any, created: bool) -> Any:
    """What `cls._from_son(son, created=created)` returns; None when mongoengine has to say.

    Args:
        cls: class of the document
        son: as it is in the database; it stays as it is
        created: whether it is a document that is not in the database yet
    """
    kind = _kind_of(cls)
    if kind is None or type(son) is not dict or son.get("_cls", cls._class_name) != cls._class_name:
        return None
    if any(getattr(signal, "receivers", None) for signal in _SIGNALS):
        return None
    try:
        values = _values(cls._fields, son)
        return None if values is None else _document(cls, kind, values, created)
    except Exception:  # noqa: BLE001 - whatever it is, mongoengine meets it again, and says it in its own way
        return None


def _kind_of(cls: Any) -> str | None:
    try:
        return _kinds[cls]
    except KeyError:
        kind = _kinds[cls] = _inspect(cls)
        return kind


def _inspect(cls: Any) -> str | None:
    """Which way documents of this class are constructed; None when there is something special about it."""
    kind = next((kind for base, kind in _ORDINARY if cls.__init__ is base.__init__), None)
    ordinary = (
        cls.__new__ is object.__new__
        and _SETTERS.get(cls.__setattr__) == kind
        and (kind is not _EMBEDDED or cls.validate is BaseDocument.validate)
        and not cls.STRICT
    )
    return kind if ordinary else None


def _values(fields: Any, son: dict[str, Any]) -> dict[str, Any] | None:
    """By the names of fields, as Python has them."""
    values = dict(son)
    for name, field in fields.items():
        # As mongoengine does: fields of dictionaries begin without.
        field.set_auto_dereferencing(True)
        if field.choices:
            return None
        db_field = field.db_field
        if db_field != name:
            if name in values:
                return None
            if db_field in values:
                values[name] = values.pop(db_field)
        value = values.get(name)
        if value is not None:
            values[name] = to_python(field, value)
    return values


def _document(cls: Any, kind: str, values: dict[str, Any], created: bool) -> Any:
    document = cls.__new__(cls)
    fields = cls._fields
    data: dict[str, Any] = {}
    _put(document, "_initialised", False)
    _put(document, "_created", True)
    _put(document, "_data", data)
    _put(document, "_dynamic_fields", SON())
    for name, field in fields.items():
        if name not in values:
            data[name] = _owned(document, _absent(field))
    if "_cls" not in values:
        (data if "_cls" in fields else document.__dict__)["_cls"] = cls._class_name
    dynamic = {}
    for name, value in values.items():
        if name in fields:
            data[name] = _owned(document, _absent(fields[name]) if value is None else value)
        elif cls._dynamic and name not in {"id", "pk"}:
            dynamic[name] = value
        else:
            return None
    return _finished(document, kind, dynamic, created)


def _finished(document: Any, kind: str, dynamic: dict[str, Any], created: bool) -> Any:
    if document._dynamic:
        document.__dict__["_dynamic_lock"] = False
        for name, value in dynamic.items():
            setattr(document, name, value)
    _put(document, "_initialised", True)
    _put(document, "_created", created)
    _put(document, "_changed_fields", [])
    if kind is _EMBEDDED:
        _put(document, "_instance", None)
        if not is_plain_document(document):
            document.validate()
    else:
        _validate(document)
    return document


def _validate(document: Any) -> None:
    """As `DatasetMixin.__setattr__` does for each value that is set."""
    fields = document._fields
    for name, value in document._data.items():
        if value is not None and not is_plain(fields[name], value):
            fields[name].validate(value)


def _absent(field: Any) -> Any:
    """What a field has that is set to None."""
    if field.null or field.default is None:
        return None
    return field.default() if callable(field.default) else field.default


def _owned(document: Any, value: Any) -> Any:
    """The value, which knows the document that it is in."""
    if isinstance(value, EmbeddedDocument):
        value._instance = weakref.proxy(document)
    elif isinstance(value, (list, tuple)):
        for each in value:
            if isinstance(each, EmbeddedDocument):
                each._instance = weakref.proxy(document)
    return value
