"""The table of seams: every upstream attribute that Safelight touches.

To add a patch, write `patches/<noun>.py` with a `PATCH` (or several `PATCHES`) and add its name to `_NOUNS`:
docs/design/seams.md tells more. Importing this module must stay cheap, since `import fiftyone` pays for it: a
patch imports what its replacements need inside `make` or inside the replacement.
"""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from typing import Final

from safelight.dropin.patch import Patch

# Modules of `safelight.dropin.patches`, in the order in which their patches are applied.
_NOUNS: Final[tuple[str, ...]] = (
    "paths",
    "storage",
    "eta_files",
    "serial",
    "module_files",
    "archives",
    "robots",
    "listings",
    "transforms",
    "images",
    "videos",
    "torch",
    "point_clouds",
    "scenes",
    "metadata",
    "duplicates",
    "failures",
    "samples",
    "iteration",
    "collections",
    "public",
    "app",
    "connection",
    "creation",
    "settings",
    "api_connection",
    "services",
    "user_agent",
    "dereferencing",
    "restoring",
    "validating",
    "reloading",
    "imports",
)


def _collect(nouns: tuple[str, ...]) -> Iterator[Patch]:
    for noun in nouns:
        module = import_module(f"safelight.dropin.patches.{noun}")
        if hasattr(module, "PATCHES"):
            yield from module.PATCHES
        else:
            yield module.PATCH


ALL: Final[tuple[Patch, ...]] = tuple(_collect(_NOUNS))
"""Every patch, in the order of application."""
