"""What the grid needs to know before it shows a picture or video: aspect ratio and frame rate."""

from __future__ import annotations

from typing import Any

from safelight.dropin.media.headers import read_image_header


def read_dimensions(address: str, is_video: bool) -> dict[str, float]:
    """As upstream's `read_metadata`, of a remote file: a few kilobytes of it.

    Raises:
        StorageError: the object cannot be had
        OSError: it is no picture
    """
    if is_video:
        import fiftyone.core.metadata as fom

        video: Any = fom.VideoMetadata.build_for(address)
        return {"aspect_ratio": video.frame_width / video.frame_height, "frame_rate": video.frame_rate}
    import fiftyone.core.metadata as fom

    header = read_image_header(address, fom.get_image_info)
    return {"aspect_ratio": header.width / header.height}
