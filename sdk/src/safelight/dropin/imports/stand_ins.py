"""What stands in an upstream module for something that is imported on first use.

The first attribute that anybody asks for imports the real thing and puts it where the stand-in was, so the
next use costs nothing. Stand-ins are in the upstream module only, never in `sys.modules`: whoever imports the
library gets the library.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Mapping
from types import ModuleType
from typing import Any, Final

_SLOT: Final = "_safelight_pending"
_WITHOUT_LOADING: Final = frozenset(
    {"__class__", "__mro_entries__", "__name__", "__reduce__", "__reduce_ex__"}
)


class Pending:
    """An import that has not happened yet.

    Args:
        namespace: the dictionary of the module that has the stand-in
        imports: what to import, `package.module` or `package.module:object`
        bound: what the stand-in stands for: `imports`, or a package that it is in
        parts: by name, stand-ins for what is in `bound`
    """

    def __init__(self, namespace: dict[str, Any], imports: str, bound: str, parts: Mapping[str, Any]) -> None:
        self.bound = bound
        self.parts = parts
        self._namespace = namespace
        self._imports = imports
        self.stand_in: Any = DeferredObject(self) if ":" in bound else DeferredModule(self)

    def is_loaded(self) -> bool:
        """Whether somebody has imported it."""
        return self._imports.partition(":")[0] in sys.modules

    def resolve(self) -> Any:
        """Import it, or get it when it is imported already.

        Raises:
            ImportError: as the statement would have raised it
        """
        load(self._imports)
        value = load(self.bound)
        for name in [name for name, there in list(self._namespace.items()) if there is self.stand_in]:
            self._namespace[name] = value
        return value


def load(name: str) -> Any:
    """Import `package.module` or `package.module:object`.

    Raises:
        ImportError: there is no such module, or no such object in it
    """
    module, _, attribute = name.partition(":")
    loaded = importlib.import_module(module)
    if not attribute:
        return loaded
    try:
        return getattr(loaded, attribute)
    except AttributeError:
        raise ImportError(f"cannot import name {attribute!r} from {module!r}", name=module) from None


def _pending(stand_in: Any) -> Pending:
    pending: Pending = object.__getattribute__(stand_in, _SLOT)
    return pending


def _resolve(stand_in: Any) -> Any:
    return _pending(stand_in).resolve()


class _StandIn:
    _safelight_pending: Pending

    def __getattribute__(self, name: str) -> Any:
        if name in _WITHOUT_LOADING:
            return object.__getattribute__(self, name)
        pending = _pending(self)
        if name in pending.parts and not pending.is_loaded():
            return pending.parts[name]
        return getattr(pending.resolve(), name)

    def __setattr__(self, name: str, value: Any) -> None:
        setattr(_resolve(self), name, value)

    def __delattr__(self, name: str) -> None:
        delattr(_resolve(self), name)

    def __dir__(self) -> list[str]:
        return dir(_resolve(self))

    def __repr__(self) -> str:
        return f"<{_pending(self).bound!r}, imported on first use>"

    def __reduce_ex__(self, _protocol: Any) -> tuple[Any, ...]:
        return load, (_pending(self).bound,)


class DeferredModule(_StandIn, ModuleType):
    """Stands for a module."""

    def __init__(self, pending: Pending) -> None:
        ModuleType.__init__(self, pending.bound)
        object.__setattr__(self, _SLOT, pending)


class DeferredObject(_StandIn):
    """Stands for a class or a function that a module was asked for by name."""

    def __init__(self, pending: Pending) -> None:
        object.__setattr__(self, _SLOT, pending)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return _resolve(self)(*args, **kwargs)

    def __eq__(self, other: object) -> bool:
        return bool(_resolve(self) == other)

    def __hash__(self) -> int:
        return hash(_resolve(self))

    def __instancecheck__(self, instance: object) -> bool:
        return isinstance(instance, _resolve(self))

    def __subclasscheck__(self, subclass: type) -> bool:
        return issubclass(subclass, _resolve(self))

    def __mro_entries__(self, _bases: tuple[Any, ...]) -> tuple[Any, ...]:
        return (_resolve(self),)
