"""What one line in `fiftyone/__init__.py` calls, and what a development environment's `.pth` file calls.

The built wheel has the line before the first statement of upstream's `fiftyone/__init__.py`: a package's
`__init__` runs before any of its submodules, whichever is imported first, so every hook is registered before
there is anything to patch, and it runs in every process that imports FiftyOne: the App's supervisor and
server, spawned workers, delegated operations.

This module and what it imports at the top run in all of these, or (by the `.pth`) at each start of Python:
only the cheapest parts of the standard library.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Sequence
from contextlib import suppress
from importlib.abc import MetaPathFinder
from types import ModuleType

from safelight.dropin import switches

logger = logging.getLogger(__name__)


def activate() -> bool:
    """Instrument upstream in this process. Safe to call twice.

    Never raises: FiftyOne must be importable whatever is wrong with us.

    Returns:
        whether patches are in place, or will be when their modules are imported
    """
    if switches.is_disabled():
        return False
    try:
        from safelight.dropin.instrument import instrument

        instrument()
    except Exception:
        # Broad on purpose, and loud: a damaged installation must not look like a working one.
        logger.exception(
            "Safelight is broken in this environment: FiftyOne works WITHOUT it (no remote media, no media "
            "cache). Reinstall it, or set %s=1 to silence this.",
            switches.DISABLE,
        )
        return False
    return True


class _Doorbell(MetaPathFinder):
    """Rings once, when `fiftyone` is about to be imported."""

    def find_spec(
        self, fullname: str, _path: Sequence[str] | None = None, _target: ModuleType | None = None
    ) -> None:
        if fullname == "fiftyone":
            with suppress(ValueError):  # a thread that looked for the spec at the same time
                sys.meta_path.remove(self)
            activate()


def watch() -> None:
    """Call `activate` just before `fiftyone` is imported, or now if it already is."""
    if "fiftyone" in sys.modules:
        activate()
    elif not any(isinstance(finder, _Doorbell) for finder in sys.meta_path):
        sys.meta_path.insert(0, _Doorbell())
