"""Lists and dictionaries that can hold no reference to another document are not searched for one.

mongoengine searches each list and each dictionary of a document when it is read first, twice, with a new
object that reaches through `DeReference`: a third of the time in which samples are read or added. What the
search leaves behind when it finds nothing is made here in one pass: a list or a dictionary that reports
changes to its document. Where anything else than plain values is met, mongoengine does it all.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from safelight.dropin.patch import Patch, Target


def _lazy_load_refs(original: Callable[..., Any]) -> Callable[..., Any]:
    loaded: list[Callable[[Any, str, Any], Any]] = []

    @wraps(original)
    def lazy_load_refs(instance: Any, name: str, ref_values: Any, *, max_depth: int) -> Any:
        if max_depth == 1:
            if not loaded:  # not before: mongoengine is being imported when this function is made
                from safelight.dropin.documents.attaching import attach

                loaded.append(attach)
            attached = loaded[0](instance, name, ref_values)
            if attached is not None:
                return attached
        return original(instance=instance, name=name, ref_values=ref_values, max_depth=max_depth)

    return lazy_load_refs


PATCH = Patch(
    name="dereferencing",
    summary="lists and dictionaries of plain values are not searched for references to other documents",
    targets=(
        Target(
            "mongoengine.base.fields",
            "ComplexBaseField._lazy_load_refs",
            _lazy_load_refs,
            "a third of the time in which samples are read and added goes into it",
            "(instance, name, ref_values, *, max_depth)",
        ),
    ),
)
