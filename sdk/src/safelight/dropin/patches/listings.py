"""Imports, exports, frames of videos: one listing instead of a request for each file that is asked about."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from safelight.dropin.patch import Patch, Target


def _in_one_snapshot(original: Callable[..., Any]) -> Callable[..., Any]:
    from safelight.files.listing import one_snapshot

    @wraps(original)
    def run(*args: Any, **kwargs: Any) -> Any:
        with one_snapshot():
            return original(*args, **kwargs)

    return run


def _target(module: str, attribute: str) -> Target:
    return Target(
        module=module,
        attribute=attribute,
        make=_in_one_snapshot,
        why="asks about each media and label file by itself",
    )


PATCH = Patch(
    name="listings",
    summary="an import or export from or to a bucket lists its directories once",
    targets=(
        _target("fiftyone.utils.data.importers", "import_samples"),
        _target("fiftyone.utils.data.importers", "merge_samples"),
        _target("fiftyone.utils.data.exporters", "export_samples"),
    ),
)
