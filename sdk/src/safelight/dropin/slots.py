"""One attribute of upstream as Python stores it: read, replaced and put back without binding descriptors."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from types import ModuleType
from typing import Any

from safelight.dropin.patch import MISSING


@dataclass(frozen=True, slots=True)
class Slot:
    """Where an attribute lives and what is there now.

    Attributes:
        owner: the module or class whose dictionary gets the replacement
        name: the last part of the attribute's name
        stored: what the owner's own dictionary holds, a descriptor included; `MISSING` when it holds nothing
        inherited: what a class finds in its bases when `stored` is `MISSING`
    """

    owner: Any
    name: str
    stored: Any
    inherited: Any = MISSING

    @property
    def raw(self) -> Any:
        """The attribute as it is stored, by the owner or by one of its bases."""
        return self.inherited if self.stored is MISSING else self.stored

    @property
    def function(self) -> Any:
        """The attribute without `staticmethod` or `classmethod` around it."""
        return self.raw.__func__ if isinstance(self.raw, (staticmethod, classmethod)) else self.raw

    def replacement(self, make: Callable[[Any], Any]) -> Any:
        """What to store: made from the plain function, inside the same kind of descriptor."""
        made = make(self.function)
        kind = type(self.raw)
        if kind in (staticmethod, classmethod) and not isinstance(made, kind):
            return kind(made)
        return made

    def put(self, value: Any) -> None:
        """Store `value`, or delete the attribute when it is `MISSING`."""
        if value is MISSING:
            delattr(self.owner, self.name)
        else:
            setattr(self.owner, self.name, value)

    def current(self) -> Any:
        """What the owner's own dictionary holds by now."""
        return vars(self.owner).get(self.name, MISSING)


def resolve(module: ModuleType, attribute: str) -> Slot | None:
    """Find `function`, `Class.method` or `Outer.Inner.method` in a module.

    Returns None when a class on the way is missing.

    Dictionaries are read instead of `getattr`: binding would hide descriptors, and a module's `__getattr__`
    could import half of upstream.
    """
    *path, name = attribute.split(".")
    owner: Any = module
    for part in path:
        owner = vars(owner).get(part)
        if not isinstance(owner, type):
            return None
    bases = owner.__mro__[1:] if isinstance(owner, type) else ()
    inherited = next((vars(base)[name] for base in bases if name in vars(base)), MISSING)
    return Slot(owner, name, vars(owner).get(name, MISSING), inherited)
