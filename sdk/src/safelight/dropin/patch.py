"""What one patch of upstream is: data.

A `Patch` is a feature that is applied whole or not at all. A `Target` is one attribute of one upstream
module, a `Deferral` one import statement of it.

Replacements are ordinary functions made by `functools.wraps` (never proxy objects): they pickle by
name, keep the original's signature for `inspect`, and cost one call.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar, Final

MISSING: Final = object()
"""What `Target.make` receives when upstream has no such attribute."""


@dataclass(frozen=True, slots=True)
class Target:
    """One upstream attribute that a patch replaces or adds.

    Attributes:
        module: the module that *defines* it, e.g. `fiftyone.core.storage`
        attribute: its name there; `Class.method` for a member, e.g. `ImageMetadata.build_for`
        make: gets the original (`MISSING` when upstream has none) and returns what to put there. A static or
            class method comes and goes as the plain function inside; its descriptor is put around it again
        why: one line for the table: what upstream does here that needs us
        signature: the original's parameters as upstream's reference version spells them, `(path, mode='r')`;
            None for what is not callable (module globals such as `os`) and for additions
        added: upstream has no such attribute: we bring it
        since: first upstream version that has it, when that is newer than the oldest we support
        until: last upstream version that has it, when that is older than the newest we support
    """

    module: str
    attribute: str
    make: Callable[[Any], Any]
    why: str
    signature: str | None = None
    added: bool = False
    since: str | None = None
    until: str | None = None

    @property
    def name(self) -> str:
        """`module:attribute`, as the table prints it."""
        return f"{self.module}:{self.attribute}"


@dataclass(frozen=True, slots=True)
class Deferral:
    """One import statement of an upstream module, carried out when what it imports is used.

    Correct whatever upstream becomes: a statement that is not there is not deferred, and one whose module
    uses it while it is being imported is carried out then.

    Attributes:
        module: the module that has the statement
        attribute: the name that the statement binds there
        imports: what it imports: `package.module`, or `package.module:object`
        why: one line for the table
        since: first upstream version that has it, when that is newer than the oldest we support
        until: last upstream version that has it, when that is older than the newest we support
    """

    module: str
    attribute: str
    imports: str
    why: str
    since: str | None = None
    until: str | None = None
    signature: ClassVar[None] = None
    added: ClassVar[bool] = False

    @property
    def name(self) -> str:
        """`module:attribute`, as the table prints it."""
        return f"{self.module}:{self.attribute}"


@dataclass(frozen=True, slots=True)
class Patch:
    """A feature: its targets go in together or not at all.

    Attributes:
        name: what `SAFELIGHT_DISABLE_PATCHES` calls it
        summary: one line for the table
        targets: in the order in which they are applied
        deferrals: imports of upstream that wait; they never fail to fit, so they are not part of the bargain
    """

    name: str
    summary: str
    targets: tuple[Target, ...] = ()
    deferrals: tuple[Deferral, ...] = ()

    @property
    def seams(self) -> tuple[Target | Deferral, ...]:
        """Everything that the table has to say about it."""
        return (*self.targets, *self.deferrals)
