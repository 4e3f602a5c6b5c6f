"""Packages that FiftyOne gets from us: those in `overlay/fiftyone/`, today `fiftyone.management`.

The built wheel has these files inside `fiftyone/` itself. In a development environment, where `fiftyone` is
stock, a finder of ours finds them where they are.
"""

from __future__ import annotations

import sys
from importlib.machinery import PathFinder

TYPE_CHECKING = False  # as in `activation`: this is imported at each start of FiftyOne
if TYPE_CHECKING:
    from collections.abc import Sequence
    from importlib.machinery import ModuleSpec
    from types import ModuleType

OVERLAY = f"{__file__.rpartition('/')[0]}/overlay/fiftyone"
PACKAGES = ("management",)


class AdditionsFinder:
    """Finds our packages; behind all other finders, so that the wheel's own files come first."""

    def find_spec(
        self, fullname: str, _path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        package, _, name = fullname.partition(".")
        if package != "fiftyone" or name not in PACKAGES:
            return None
        return PathFinder.find_spec(fullname, [OVERLAY], target)


def add() -> None:
    """Let `import fiftyone.management` work in this process. Safe to call twice."""
    if not any(isinstance(finder, AdditionsFinder) for finder in sys.meta_path):
        sys.meta_path.append(AdditionsFinder())


def remove() -> None:
    """Undo `add`."""
    sys.meta_path[:] = [finder for finder in sys.meta_path if not isinstance(finder, AdditionsFinder)]
