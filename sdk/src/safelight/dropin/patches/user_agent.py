"""FiftyOne introduces itself to Databricks' SDK when a script uses that SDK, not by importing it."""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import wraps
from types import ModuleType
from typing import Any, Final

from safelight.dropin.importer import PostImportHooks
from safelight.dropin.patch import Patch, Target

_MODULE: Final = "databricks.sdk.useragent"
_hooks: Final = PostImportHooks()


def _with_fiftyone_useragent(original: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(original)
    def with_fiftyone_useragent() -> Any:
        if _MODULE in sys.modules:
            return original()

        def introduce(_module: ModuleType) -> None:
            _hooks.remove(_MODULE, introduce)
            original()

        _hooks.register(_MODULE, introduce)
        return None

    return with_fiftyone_useragent


PATCH = Patch(
    name="user_agent",
    summary="`import fiftyone` does not import Databricks' SDK where it is installed",
    targets=(
        Target(
            module="fiftyone.utils.useragent",
            attribute="with_fiftyone_useragent",
            make=_with_fiftyone_useragent,
            why="imports the SDK, which opens a socket and takes a second, to write a name into it",
            signature="()",
        ),
    ),
)
