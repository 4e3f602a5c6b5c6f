"""Samples and frames know where their media are on this machine."""

from __future__ import annotations

from typing import Any

from safelight.dropin.patch import Patch, Target


def _local_path(_original: Any) -> property:
    from safelight.dropin.media.local import localize

    def local_path(self: Any) -> str | None:
        """The path of this sample's media on the local disk.

        For cloud media that is their place in the media cache, e.g.
        `~/fiftyone/__cache__/media/s3/my-bucket/images/000001.jpg`; they are downloaded now if they are not
        cached yet. For local media it is the `filepath` itself. It is None for samples whose media are no
        single file (those backed by a media reference).

        Raises:
            StorageError: the media cannot be had
        """
        path: str | None = localize(self.filepath)
        return path

    return property(local_path)


def _target(module: str, attribute: str) -> Target:
    return Target(
        module=module,
        attribute=attribute,
        make=_local_path,
        why="the public name for where cloud media are on this machine",
        added=True,
    )


PATCH = Patch(
    name="samples",
    summary="sample.local_path and frame.local_path",
    targets=(
        _target("fiftyone.core.sample", "_SampleMixin.local_path"),
        _target("fiftyone.core.frame", "Frame.local_path"),
        _target("fiftyone.core.frame", "FrameView.local_path"),
    ),
)
