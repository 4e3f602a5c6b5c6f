"""Exports of robots' episodes: tables are written here, and go to their bucket when they are whole."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from safelight.dropin.patch import Patch, Target


def _write_export(original: Callable[..., Any]) -> Callable[..., Any]:
    from safelight.dropin.files.guarded import new_files
    from safelight.storage.uri import is_remote

    @wraps(original)
    def write_export(self: Any, specs: Any) -> Any:
        target = self.export_dir
        if not is_remote(target):
            return original(self, specs)
        with new_files(target) as directory:
            self.export_dir = directory
            try:
                return original(self, specs)
            finally:
                self.export_dir = target

    return write_export


PATCH = Patch(
    name="robots",
    summary="LeRobot datasets are exported to buckets",
    targets=(
        Target(
            module="fiftyone.utils.lerobot_export",
            attribute="LeRobotDatasetExporter._write_export",
            make=_write_export,
            why="pyarrow would write to addresses by libraries of its own, and LeRobot check what is there",
            signature="(self, specs)",
            since="1.22.0",
        ),
    ),
)
