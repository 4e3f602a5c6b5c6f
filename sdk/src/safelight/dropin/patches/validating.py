"""Values that have the very type of their field are not validated by a dozen calls each."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, wraps
from types import ModuleType
from typing import Any

from safelight.dropin.documents.presence import upstream_is_imported
from safelight.dropin.patch import Patch, Target


def _validate_document(original: Callable[..., None]) -> Callable[..., None]:
    @wraps(original)
    def validate(self: Any, clean: bool = True) -> None:
        if not (upstream_is_imported() and _checks().is_plain_document(self)):
            original(self, clean=clean)

    return validate


def _validate_embedded(original: Callable[..., None]) -> Callable[..., None]:
    @wraps(original)
    def validate(self: Any, value: Any, **kwargs: Any) -> None:
        if not isinstance(value, self.document_type):
            original(self, value, **kwargs)
            return
        checks = _checks()
        for name, field in self._fields.items():
            item = checks.item_of(value, name)
            if item is not None and not checks.is_plain(field, item):
                field.validate(item)

    return validate


@cache
def _checks() -> ModuleType:
    # Not before they are needed: mongoengine is being imported when the replacements are made.
    from safelight.dropin.documents import plainness

    return plainness


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
