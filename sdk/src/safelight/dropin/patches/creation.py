"""Datasets that threads and processes create at the same time do not get into each other's way.

Upstream looks whether a name is free, and creates the dataset then. Who comes second in between meets the
database's unique index: a driver's error instead of upstream's own, and, for datasets that are named by the
time of day, an error where there is no reason for one.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import wraps
from typing import Any, Final

from safelight.dropin.patch import Patch, Target

_given = threading.local()
"""`name`: the last that this thread was given by the clock."""


def _default_name(original: Callable[[], str]) -> Callable[[], str]:
    @wraps(original)
    def get_default_dataset_name() -> str:
        name = _given.name = original()
        return name

    return get_default_dataset_name


def _create(original: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(original)
    def create_dataset(obj: Any, name: str, *args: Any, **kwargs: Any) -> Any:
        try:
            return _created(original, obj, name, *args, **kwargs)
        except ValueError:
            if not _is_taken_from_the_clock(name):
                raise
        return create_dataset(obj, _next_name(), *args, **kwargs)

    return create_dataset


def _created(original: Callable[..., Any], obj: Any, name: str, *args: Any, **kwargs: Any) -> Any:
    from fiftyone.core.dataset import _validate_dataset_name
    from pymongo.errors import DuplicateKeyError

    try:
        return original(obj, name, *args, **kwargs)
    except DuplicateKeyError:
        # Says what it would have said a moment later.
        _validate_dataset_name(name)
        raise


def _is_taken_from_the_clock(name: str) -> bool:
    """Whether it is a name that nobody chose, and somebody else has it."""
    from fiftyone.core.dataset import dataset_exists

    return name == getattr(_given, "name", None) and dataset_exists(name)


def _next_name() -> str:
    from fiftyone.core.dataset import get_default_dataset_name

    name: str = get_default_dataset_name()
    return name


_MODULE: Final = "fiftyone.core.dataset"

PATCH = Patch(
    name="creation",
    summary="datasets that are created at the same time have different names, or upstream's own error",
    targets=(
        Target(
            _MODULE,
            "get_default_dataset_name",
            _default_name,
            "two processes may ask in the same microsecond: what it returned must be known to try again",
            "()",
        ),
        Target(
            _MODULE,
            "_create_dataset",
            _create,
            "who loses the race for a name meets the driver's error about an index",
            "(obj, name, persistent=False, media_type=None, _patches=False, _frames=False, _clips=False, "
            "_src_collection=None)",
        ),
    ),
)
