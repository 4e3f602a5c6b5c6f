"""Samples and frames are made from their documents in the database without a constructor's detours."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, wraps
from typing import Any

from safelight.dropin.documents.presence import upstream_is_imported
from safelight.dropin.patch import Patch, Target


def _from_son(original: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(original)
    def from_son(cls: Any, son: Any, _auto_dereference: bool = True, created: bool = False) -> Any:
        ours = _auto_dereference and upstream_is_imported()
        document = _restore()(cls, son, created) if ours else None
        return original(cls, son, _auto_dereference, created) if document is None else document

    return from_son


@cache
def _restore() -> Callable[[Any, Any, bool], Any]:
    # Not before it is needed: mongoengine is being imported when the replacement is made.
    from safelight.dropin.documents.restoring import restore

    return restore


PATCH = Patch(
    name="restoring",
    summary="samples and frames are made from their documents in the database in one pass over their fields",
    targets=(
        Target(
            "mongoengine.base.document",
            "BaseDocument._from_son",
            _from_son,
            "most of the time in which samples are read, reloaded and added goes into it",
            "(cls, son, _auto_dereference=True, created=False)",
        ),
    ),
)
