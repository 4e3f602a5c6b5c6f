"""The process that watches over the App's server starts without importing FiftyOne."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from pathlib import Path
from types import ModuleType
from typing import Any, Final

from safelight.dropin.patch import Patch, Target

_SCRIPT: Final = str(Path("service", "main.py"))
_SUPERVISOR: Final = str(Path(__file__).parent.parent / "supervisor.py")


def _psutil(original: ModuleType) -> ModuleType:
    from safelight.dropin.files.modules import StandIn

    return StandIn(original, Popen=_lighter(original.Popen))


def _lighter(popen: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(popen)
    def start(args: Any, *rest: Any, **kwargs: Any) -> Any:
        if len(args) > 1 and args[1].endswith(_SCRIPT):
            python, *command = args
            args = [python, _SUPERVISOR, *command]
        return popen(args, *rest, **kwargs)

    return start


PATCH = Patch(
    name="services",
    summary="`launch_app` imports FiftyOne once more, for the server, not twice",
    targets=(
        Target(
            "fiftyone.core.service",
            "psutil",
            _psutil,
            "its supervisor imports all of FiftyOne for one module that needs none of it",
        ),
    ),
)
