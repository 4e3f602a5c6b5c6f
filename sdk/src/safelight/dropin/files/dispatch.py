"""Wrappers that look at a path argument: upstream's function for local paths, ours for addresses."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import TYPE_CHECKING, Any

from safelight.storage.uri import is_remote

if TYPE_CHECKING:
    from safelight.files import Files


def get_files() -> Files:
    """This process's file operations; the stores open with their first use."""
    from safelight.runtime import get_runtime

    return get_runtime().files


def when_remote(remote: Callable[..., Any], at: int = 0) -> Callable[[Any], Any]:
    """Make a `Target.make`: `remote` answers when the argument at a position is an address.

    Args:
        remote: takes the same arguments as upstream's function
        at: the position of the path among them
    """

    def make(original: Callable[..., Any]) -> Callable[..., Any]:
        name = original.__code__.co_varnames[at]

        @wraps(original)
        def dispatch(*args: Any, **kwargs: Any) -> Any:
            path = args[at] if len(args) > at else kwargs.get(name)
            return remote(*args, **kwargs) if is_remote(path) else original(*args, **kwargs)

        return dispatch

    return make


def when_either_remote(remote: Callable[..., Any]) -> Callable[[Any], Any]:
    """Make a `Target.make`: `remote` answers when the first or the second argument is an address."""

    def make(original: Callable[..., Any]) -> Callable[..., Any]:
        first, second = original.__code__.co_varnames[:2]

        @wraps(original)
        def dispatch(*args: Any, **kwargs: Any) -> Any:
            given = {first: None, second: None, **kwargs, **dict(zip((first, second), args, strict=False))}
            remotely = is_remote(given[first]) or is_remote(given[second])
            return remote(*args, **kwargs) if remotely else original(*args, **kwargs)

        return dispatch

    return make


def when_any_remote(remote: Callable[..., Any]) -> Callable[[Any], Any]:
    """Make a `Target.make`: `remote` answers when an argument, or a member of a list, is an address."""

    def make(original: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(original)
        def dispatch(*args: Any, **kwargs: Any) -> Any:
            for value in (*args, *kwargs.values()):
                if is_remote(value) or (isinstance(value, (list, tuple)) and any(map(is_remote, value))):
                    return remote(*args, **kwargs)
            return original(*args, **kwargs)

        return dispatch

    return make
