"""The names that `import fiftyone as fo` gets: the cache, its settings, and how to ask for remote changes.

They are looked up when they are used (PEP 562), so that `import fiftyone` neither reads settings nor opens
anything, and a forked worker gets its own.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any, Final

from safelight.dropin.patch import Patch, Target

_NAMES: Final = ("allow_remote_changes", "last_failures", "media_cache", "media_cache_config")


def _look_up(name: str) -> Any:
    if name == "allow_remote_changes":
        from safelight.files.guard import allow_remote_changes

        return allow_remote_changes
    if name == "last_failures":
        from safelight.dropin.media.failures import last_failures

        return last_failures()
    from safelight.runtime import get_runtime

    return get_runtime().cache if name == "media_cache" else get_runtime().config


def _getattr(module: str) -> Callable[[Any], Any]:
    def make(_original: Any) -> Any:
        def __getattr__(name: str) -> Any:  # noqa: N807 - PEP 562
            if name in _NAMES:
                return _look_up(name)
            raise AttributeError(f"module {module!r} has no attribute {name!r}")

        return __getattr__

    return make


def _dir(module: str) -> Callable[[Any], Any]:
    def make(_original: Any) -> Any:
        def __dir__() -> list[str]:  # noqa: N807 - PEP 562
            return sorted({*vars(sys.modules[module]), *_NAMES})

        return __dir__

    return make


def _names(module: str) -> tuple[Target, ...]:
    why = "public names of cloud-backed media"
    return (
        Target(module, "__getattr__", _getattr(module), why, added=True),
        Target(module, "__dir__", _dir(module), why, added=True),
    )


PATCH = Patch(
    name="public",
    summary="fo.media_cache, fo.media_cache_config, fo.allow_remote_changes, fo.last_failures",
    targets=(*_names("fiftyone.__public__"), *_names("fiftyone")),
)
