"""The patches of one process: which replacement is where, and what was there before."""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from threading import RLock
from types import ModuleType

from safelight.dropin import versions
from safelight.dropin.importer import PostImportHooks
from safelight.dropin.imports.deferrals import Deferrals
from safelight.dropin.patch import MISSING, Patch, Target
from safelight.dropin.signatures import shape_of_callable, shape_of_text
from safelight.dropin.slots import Slot, resolve

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Replacement:
    patch: Patch
    target: Target
    slot: Slot
    value: object

    def is_in_place(self) -> bool:
        return self.slot.current() is self.value


class Instrumentation:
    """Applies patches as upstream's modules are imported.

    Args:
        patches: in the order of application
        hooks: tells when a module has been executed
        version: of upstream; None when unknown
    """

    def __init__(self, patches: Iterable[Patch], hooks: PostImportHooks, version: str | None) -> None:
        self._hooks = hooks
        self._version = version
        self._plan: dict[str, list[tuple[Patch, Target]]] = defaultdict(list)
        patches = tuple(patches)
        for patch in patches:
            for target in patch.targets:
                if versions.applies(version, target.since, target.until):
                    self._plan[target.module].append((patch, target))
        self._deferrals = Deferrals(
            (
                deferral
                for patch in patches
                for deferral in patch.deferrals
                if versions.applies(version, deferral.since, deferral.until)
            ),
            hooks,
        )
        self._off: set[str] = set()
        self._replacements: dict[tuple[int, str], _Replacement] = {}
        # Guards the two above, and is never held while a patch's code runs or a module is imported: the
        # thread that imports holds that module's lock, and two locks taken in two orders would stop both.
        self._lock = RLock()

    @property
    def off(self) -> frozenset[str]:
        """Names of the patches that did not fit."""
        return frozenset(self._off)

    @property
    def replaced(self) -> tuple[Target, ...]:
        """The targets that are in place now; those of modules not yet imported are still to come."""
        with self._lock:
            return tuple(item.target for item in self._replacements.values() if item.is_in_place())

    def start(self) -> None:
        """Patch what is imported already, and the rest when it is imported."""
        self._deferrals.start()
        for module in list(self._plan):
            self._hooks.register(module, self._apply_to)

    def stop(self) -> None:
        """Put everything back."""
        for module in self._plan:
            self._hooks.remove(module, self._apply_to)
        with self._lock:
            self._off.update(patch.name for plan in self._plan.values() for patch, _ in plan)
            for key, replacement in reversed(list(self._replacements.items())):
                self._restore(key, replacement)
        self._deferrals.stop()

    def _apply_to(self, module: ModuleType) -> None:
        for patch, target in self._plan[module.__name__]:
            if patch.name not in self._off:
                problem = self._apply(patch, target, module)
                if problem:
                    self._undo(patch, target, problem)

    def _apply(self, patch: Patch, target: Target, module: ModuleType) -> str | None:
        """Put one replacement in. Returns what is wrong, if something is."""
        slot = resolve(module, target.attribute)
        if slot is not None and self._is_ours(slot):
            return None
        problem = _misfit(target, slot)
        if problem or slot is None:
            return problem
        try:
            value = slot.replacement(target.make)
        except Exception as error:  # whatever a patch raises, `import fiftyone` must work
            logger.debug("Making %s failed", target.name, exc_info=True)
            return f"its replacement cannot be made ({type(error).__name__}: {error})"
        with self._lock:
            if patch.name not in self._off:
                slot.put(value)
                self._replacements[id(slot.owner), slot.name] = _Replacement(patch, target, slot, value)
        return None

    def _is_ours(self, slot: Slot) -> bool:
        known = self._replacements.get((id(slot.owner), slot.name))
        return known is not None and known.value is slot.stored

    def _undo(self, patch: Patch, target: Target, problem: str) -> None:
        with self._lock:
            self._off.add(patch.name)
            for key, replacement in reversed(list(self._replacements.items())):
                if replacement.patch is patch:
                    self._restore(key, replacement)
        logger.warning(
            "Safelight's patch %r is off: in FiftyOne %s, %s %s. FiftyOne behaves as stock instead of: %s. "
            "`safelight seams` shows the whole table.",
            patch.name,
            self._version or "(unknown version)",
            target.name,
            problem,
            patch.summary,
        )

    def _restore(self, key: tuple[int, str], replacement: _Replacement) -> None:
        del self._replacements[key]
        if replacement.is_in_place():
            replacement.slot.put(replacement.slot.stored)
        else:
            logger.warning(
                "%s was replaced again after Safelight: it is left as it is", replacement.target.name
            )


def _misfit(target: Target, slot: Slot | None) -> str | None:
    """What is wrong with a live target, as the end of a sentence that begins with its name."""
    if slot is None:
        return "has lost its class"
    if target.added:
        return None if slot.raw is MISSING else "exists already, but Safelight brings its own"
    if slot.raw is MISSING:
        return "is missing"
    if target.signature is None:
        return None
    try:
        fits = shape_of_callable(slot.function) == shape_of_text(target.signature)
    except (TypeError, ValueError) as error:
        return f"is not a plain function ({error})"
    return None if fits else f"has another signature than {target.signature}"
