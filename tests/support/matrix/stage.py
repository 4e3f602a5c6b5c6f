"""What a row finds: a place for media, and datasets that go away afterwards."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import fiftyone as fo
import numpy as np

from support.matrix.plain import files_in, plain
from support.pictures import encode, photograph
from support.places.place import Place


@dataclass(frozen=True)
class Stage:
    """One run of a row.

    Attributes:
        place: where the media are: a local directory, or a folder in a bucket
        directory: of this machine, also where the place is remote
        video_file: a video of 20 frames
    """

    place: Place
    directory: Path
    video_file: Path
    made: list[Any] = field(default_factory=list)

    def dataset(self, samples: Iterable[Any] = ()) -> Any:
        """A dataset of samples, or of media paths."""
        dataset = self.keep(fo.Dataset())
        dataset.add_samples(
            [fo.Sample(filepath=sample) if isinstance(sample, str) else sample for sample in samples],
            progress=False,
        )
        return dataset

    def from_dir(self, *arguments: Any, **options: Any) -> Any:
        """`fo.Dataset.from_dir`."""
        return self.keep(fo.Dataset.from_dir(*arguments, progress=False, **options))

    def keep(self, dataset: Any) -> Any:
        """Delete a dataset when the run ends."""
        self.made.append(dataset)
        return dataset

    def images(self, count: int = 4, folder: str = "images") -> list[str]:
        """Write different small images, and return their addresses."""
        return [self.picture(f"{folder}/{number:02}.jpg", number) for number in range(count)]

    def picture(self, key: str, number: int = 0) -> str:
        """Write a small JPEG, another one for each number, and return its address."""
        pixels = photograph("chelsea")[10 * number : 120, :160]
        return self.place.put(key, encode(np.ascontiguousarray(pixels)))

    def videos(self, count: int = 2, folder: str = "videos") -> list[str]:
        """Write videos, and return their addresses."""
        return [self.place.put(f"{folder}/{number:02}.mp4", self.video_file) for number in range(count)]

    def files(self, folder: str) -> dict[str, Any]:
        """The files in a folder of the place: documents, texts, and digests of other files."""
        return files_in(self.place, folder)

    def finish(self) -> None:
        """Delete the datasets."""
        for dataset in self.made:
            if not dataset.deleted:
                dataset.delete()

    def run(self, workflow: Callable[[Stage], Any]) -> Any:
        """Run a workflow here; what comes of it, in values that are the same in every place."""
        try:
            return plain(workflow(self), self.place)
        finally:
            self.finish()
