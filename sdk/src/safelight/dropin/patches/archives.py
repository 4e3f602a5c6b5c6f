"""Exports to an archive in a bucket: packed on this machine, uploaded once."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from safelight.dropin.patch import Patch, Target


def _export(original: Callable[..., Any]) -> Callable[..., Any]:
    from safelight.dropin.files.guarded import new_file
    from safelight.storage.uri import is_remote

    @wraps(original)
    def export(self: Any, export_dir: Any = None, *args: Any, **kwargs: Any) -> Any:
        import eta.core.utils as etau

        if not is_remote(export_dir) or not etau.is_archive(export_dir):
            return original(self, export_dir, *args, **kwargs)
        with new_file(export_dir) as archive:
            return original(self, archive, *args, **kwargs)

    return export


PATCH = Patch(
    name="archives",
    summary="a dataset exported to s3://.../name.zip becomes one object and nothing else",
    targets=(
        Target(
            module="fiftyone.core.collections",
            attribute="SampleCollection.export",
            make=_export,
            why="would write every file into the bucket, read all of them back, pack them, and delete them",
            signature=(
                "(self, export_dir=None, dataset_type=None, data_path=None, labels_path=None, "
                "export_media=None, rel_dir=None, dataset_exporter=None, label_field=None, "
                "frame_labels_field=None, overwrite=False, progress=None, **kwargs)"
            ),
        ),
    ),
)
