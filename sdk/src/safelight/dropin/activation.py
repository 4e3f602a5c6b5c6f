"""What one line in `fiftyone/__init__.py` calls, and what a development environment's `.pth` file calls.

The built wheel has the line before the first statement of upstream's `fiftyone/__init__.py`: a package's
`__init__` runs before any of its submodules, whichever is imported first, so every hook is registered before
there is anything to patch, and it runs in every process that imports FiftyOne: the App's supervisor and
server, spawned workers, delegated operations.

The `.pth` makes each start of Python import this module: what it imports at the top is loaded by then anyway.
"""

from __future__ import annotations

import sys

from safelight.dropin import switches

TYPE_CHECKING = False  # the one in `typing` costs the import of `typing`
if TYPE_CHECKING:
    from collections.abc import Sequence
    from importlib.machinery import ModuleSpec
    from types import ModuleType


def activate() -> bool:
    """Instrument upstream in this process. Safe to call twice.

    Never raises: FiftyOne must be importable whatever is wrong with us.

    Returns:
        whether patches are in place, or will be when their modules are imported
    """
    if switches.is_disabled():
        return False
    _remove_doorbell()
    try:
        from safelight.dropin import additions
        from safelight.dropin.instrument import instrument

        instrument()
        additions.add()
    except Exception:
        import logging

        # Broad on purpose, and loud: a damaged installation must not look like a working one.
        logging.getLogger(__name__).exception(
            "Safelight is broken in this environment: FiftyOne works WITHOUT it (no remote media, no media "
            "cache). Reinstall it, or set %s=1 to silence this.",
            switches.DISABLE,
        )
        return False
    return True


class _Doorbell:
    """A finder that rings once, when `fiftyone` is about to be imported."""

    def __init__(self) -> None:
        self.activates = False

    def find_spec(
        self, fullname: str, _path: Sequence[str] | None = None, _target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if fullname != "fiftyone":
            return None
        _remove_doorbell()
        if not self.activates:
            _warn_of_stock()
            return None
        activate()
        from importlib.util import find_spec

        # The import that rang goes on behind us in `sys.meta_path`: it is past the hooks that are new there.
        return find_spec(fullname)


def watch() -> None:
    """Call `activate` just before `fiftyone` is imported, or now if it already is."""
    if "fiftyone" in sys.modules:
        activate()
    else:
        _doorbell().activates = True


def expect() -> None:
    """Warn when a process that uses Safelight's own modules imports a `fiftyone` that is not ours.

    A stock copy satisfies `fiftyone==1.22.1`, so installers may have left it where ours was meant to be.
    """
    if "fiftyone" not in sys.modules:
        _doorbell()


def _doorbell() -> _Doorbell:
    for finder in sys.meta_path:
        if isinstance(finder, _Doorbell):
            return finder
    doorbell = _Doorbell()
    sys.meta_path.insert(0, doorbell)
    return doorbell


def _remove_doorbell() -> None:
    sys.meta_path[:] = [finder for finder in sys.meta_path if not isinstance(finder, _Doorbell)]


def _warn_of_stock() -> None:
    if switches.is_disabled():
        return
    import logging

    from safelight.dropin.installation import Installation

    advice = Installation.inspect().advice()
    if advice:
        logging.getLogger(__name__).warning(
            "Safelight is not part of what `import fiftyone` gives you here. %s", advice
        )
