"""Put the patches in, and take them out again.

A patch goes in whole or not at all. Its modules are imported at different times, so a target that does not
fit undoes what the patch has replaced so far, and a warning names it. What can be known before anything is
imported (a module that upstream no longer has, an upstream version that nobody has tested) is checked first.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterable
from threading import RLock

from safelight.dropin import switches, versions
from safelight.dropin.importer import PostImportHooks
from safelight.dropin.instrumentation import Instrumentation
from safelight.dropin.patch import Patch
from safelight.dropin.sources import InstalledSource
from safelight.dropin.upstream import misfits

logger = logging.getLogger(__name__)

_HOOKS = PostImportHooks()
_lock = RLock()
_active: Instrumentation | None = None


def instrument(patches: Iterable[Patch] | None = None) -> Instrumentation:
    """Apply patches to upstream's modules, those already imported and those still to come.

    Does nothing the second time, until `uninstrument`.

    Args:
        patches: what to apply; by default all of `targets.ALL` that `SAFELIGHT_DISABLE_PATCHES` does not name
    """
    global _active  # noqa: PLW0603 - upstream's modules are global too: one instrumentation per process
    with _lock:
        if _active is None:
            version = versions.installed_version()
            _active = Instrumentation(_fitting(_wanted(patches), version), _HOOKS, version)
            fresh = True
        else:
            fresh = False
        instrumentation = _active
    if fresh:
        # Outside the lock: modules that are imported already are patched now, and a patch may import others.
        instrumentation.start()
    return instrumentation


def uninstrument() -> None:
    """Put upstream's own attributes back; nothing happens when nothing is instrumented."""
    global _active
    with _lock:
        instrumentation, _active = _active, None
    if instrumentation is not None:
        instrumentation.stop()


def active() -> Instrumentation | None:
    """What is applied in this process; None when nothing is."""
    return _active


def _wanted(patches: Iterable[Patch] | None) -> list[Patch]:
    if patches is None:
        from safelight.dropin import targets

        patches = targets.ALL
    everything = list(patches)
    off = switches.disabled_patches()
    unknown = off - {patch.name for patch in everything}
    if unknown:
        logger.warning(
            "%s names no patch of Safelight: %s. There are: %s",
            switches.DISABLE_PATCHES,
            ", ".join(sorted(unknown)),
            ", ".join(patch.name for patch in everything),
        )
    return [patch for patch in everything if patch.name not in off]


def _fitting(patches: list[Patch], version: str | None) -> list[Patch]:
    """The patches that fit the installed upstream, as far as that is visible without importing it."""
    tested = version is None or versions.is_supported(version)
    found = misfits(patches, InstalledSource(), version, only_modules=tested)
    # Workers repeat what their parent has said already: for them it is only worth a debug line.
    level = logging.DEBUG if _is_worker() else logging.WARNING
    if not tested:
        logger.log(
            level,
            "Safelight is tested with FiftyOne %s to %s; this is %s: %s.",
            versions.OLDEST,
            versions.NEWEST,
            version,
            "these seams no longer fit" if found else "every seam still fits",
        )
    for misfit in found:
        logger.log(level, "Safelight's patch %r is off: %s", misfit.patch.name, misfit)
    off = {misfit.patch.name for misfit in found}
    return [patch for patch in patches if patch.name not in off]


def _is_worker() -> bool:
    # Whoever was started by `multiprocessing` has it imported by now; the others need not pay for the import.
    multiprocessing = sys.modules.get("multiprocessing")
    return multiprocessing is not None and multiprocessing.parent_process() is not None
