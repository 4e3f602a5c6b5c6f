"""Functions of the public API that a later version of Safelight brings."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NoReturn

from safelight.management.exceptions import FiftyOneManagementError


def coming(name: str) -> Callable[..., NoReturn]:
    """A function of this name that says that it is not here yet."""

    def function(*_args: Any, **_kwargs: Any) -> NoReturn:
        raise FiftyOneManagementError(f"{name}() is not in this version of Safelight: a later one brings it")

    function.__name__ = function.__qualname__ = name
    function.__doc__ = "Not in this version of Safelight: a later one brings it."
    return function
