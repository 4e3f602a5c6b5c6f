"""Values that have the very type of their field are not validated by a dozen calls each."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from safelight.dropin.patch import Patch, Target


def _validate_document(original: Callable[..., None]) -> Callable[..., None]:
    loaded: list[Callable[[Any], bool]] = []

    @wraps(original)
    def validate(self: Any, clean: bool = True) -> None:
        if not loaded:  # not before: mongoengine is being imported when this function is made
            from safelight.dropin.documents.plainness import is_plain_document

            loaded.append(is_plain_document)
        if not loaded[0](self):
            original(self, clean=clean)

    return validate


def _validate_embedded(original: Callable[..., None]) -> Callable[..., None]:
    loaded: list[Callable[..., Any]] = []

    @wraps(original)
    def validate(self: Any, value: Any, **kwargs: Any) -> None:
        if not loaded:
            from safelight.dropin.documents.attaching import item_of
            from safelight.dropin.documents.plainness import is_plain

            loaded.extend((item_of, is_plain))
        item_of, is_plain = loaded
        if not isinstance(value, self.document_type):
            original(self, value, **kwargs)
            return
        for name, field in self._fields.items():
            item = item_of(value, name)
            if item is not None and not is_plain(field, item):
                field.validate(item)

    return validate


PATCH = Patch(
    name="validating",
    summary="values that have the very type of their field are not validated by a dozen calls each",
    targets=(
        Target(
            "mongoengine.base.document",
            "BaseDocument.validate",
            _validate_document,
            "every label is validated when it is made, again with its sample, and again when it is read",
            "(self, clean=True)",
        ),
        Target(
            "fiftyone.core.fields",
            "EmbeddedDocumentField.validate",
            _validate_embedded,
            "every label is validated when it is made, again with its sample, and again when it is read",
            "(self, value, **kwargs)",
        ),
    ),
)
