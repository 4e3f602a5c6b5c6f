"""What operations work on: small media made on the spot, the same on both sides, and datasets of them."""

from __future__ import annotations

import random
import shutil
import subprocess
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import cv2
import fiftyone as fo
import numpy as np

IMAGES = 4
FRAMES = 10


@dataclass(frozen=True)
class Media:
    """Files that operations read and must not change.

    Args:
        directory: where they are made; the same bytes on every machine run
    """

    directory: Path

    @cached_property
    def images(self) -> list[Path]:
        """Three-channel images of different sizes: JPEG and PNG."""
        return [self._image(index) for index in range(IMAGES)]

    @cached_property
    def masks(self) -> list[Path]:
        """A segmentation mask (values 0 to 2) for each image."""
        return [self._mask(index) for index in range(IMAGES)]

    @cached_property
    def video(self) -> Path:
        """Ten frames of 64x48 pixels at 10 frames per second."""
        path = self._directory("videos") / "clip.mp4"
        source = f"testsrc=duration=1:size=64x48:rate={FRAMES}"
        command = ["ffmpeg", "-v", "error", "-f", "lavfi", "-i", source, "-pix_fmt", "yuv420p", str(path)]
        subprocess.run(command, check=True, stdin=subprocess.DEVNULL)
        return path

    @cached_property
    def point_cloud(self) -> Path:
        """Sixty-four coloured points."""
        rows = [f"{i % 8} {i // 8} {i % 5} {i * 65793}" for i in range(64)]
        head = (
            "VERSION 0.7\nFIELDS x y z rgb\nSIZE 4 4 4 4\nTYPE F F F U\nCOUNT 1 1 1 1\n"
            "WIDTH 64\nHEIGHT 1\nVIEWPOINT 0 0 0 1 0 0 0\nPOINTS 64\nDATA ascii\n"
        )
        path = self._directory("clouds") / "cloud.pcd"
        path.write_text(head + "\n".join(rows) + "\n")
        return path

    def _image(self, index: int) -> Path:
        pixels = np.random.default_rng(index).integers(0, 255, (24 + 4 * index, 32, 3), dtype=np.uint8)
        path = self._directory("images") / f"image {index}.{'png' if index % 2 else 'jpg'}"
        cv2.imwrite(str(path), pixels)
        return path

    def _mask(self, index: int) -> Path:
        mask = np.zeros((24 + 4 * index, 32), dtype=np.uint8)
        mask[4:12, 4:12], mask[12:20, 8:30] = 1, 2
        path = self._directory("masks") / f"mask{index}.png"
        cv2.imwrite(str(path), mask)
        return path

    def _directory(self, name: str) -> Path:
        directory = self.directory / name
        directory.mkdir(parents=True, exist_ok=True)
        return directory


@dataclass(frozen=True)
class Bench:
    """One operation's place.

    Args:
        media: shared by all operations, read only
        directory: this operation's own; what it leaves here is compared
    """

    media: Media
    directory: Path

    def copy(self, *sources: Path) -> list[Path]:
        """Copies of media files in this operation's directory, for operations that change them."""
        target = self.directory / "copies"
        target.mkdir(exist_ok=True)
        return [Path(shutil.copy(source, target)) for source in sources]

    def dataset(self, *, copied: bool = False) -> Any:
        """A dataset of the images with a label of each kind that the formats know."""
        paths = self.copy(*self.media.images) if copied else self.media.images
        dataset = fo.Dataset("images")
        dataset.add_samples([self._sample(index, path) for index, path in enumerate(paths)])
        return dataset

    def videos(self) -> Any:
        """A dataset of one video with frame labels and a temporal detection."""
        sample = fo.Sample(filepath=str(self.media.video), tags=["moving"])
        sample["event"] = fo.TemporalDetections(
            detections=[fo.TemporalDetection(label="turn", support=[2, 5])]
        )
        for number in range(1, FRAMES + 1):
            sample.frames[number] = fo.Frame(objects=fo.Detections(detections=[_box(number)]))
        dataset = fo.Dataset("videos")
        dataset.add_sample(sample)
        return dataset

    def _sample(self, index: int, path: Path) -> Any:
        return fo.Sample(
            filepath=str(path),
            tags=["even" if index % 2 == 0 else "odd"],
            number=index,
            kind=fo.Classification(label=("cat", "dog")[index % 2], confidence=0.5),
            objects=fo.Detections(detections=[_box(index), _box(index + 1)]),
            lines=fo.Polylines(polylines=[fo.Polyline(label="edge", points=[[(0.1, 0.1), (0.9, 0.9)]])]),
            area=fo.Segmentation(mask_path=str(self.media.masks[index])),
            place=fo.GeoLocation(point=[float(index), 50.0]),
        )


def _box(index: int) -> Any:
    generator = random.Random(index)
    bounding_box = [round(generator.uniform(0, 0.5), 3) for _ in range(4)]
    return fo.Detection(label=("cat", "dog", "bird")[index % 3], bounding_box=bounding_box, confidence=0.25)
