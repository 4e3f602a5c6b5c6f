"""A PyTorch data loader with two workers over remote images: ours, local files, and boto3 for each item.

`python -m benchmarks.loader NAME DIRECTORY` is one contender in a process of its own: two epochs.
"""

from __future__ import annotations

import json
import os
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from benchmarks.place import Place, in_turn
from benchmarks.report import Table

if TYPE_CHECKING:
    from torch.utils.data import Dataset

_BUCKET: Final = "bench-loader"
NUMBER: Final = 600
_SIDE: Final = 400
_BATCH: Final = 16
_WORKERS: Final = 2
_TITLES: Final = {
    "local": "FiftyOne's `TorchImageDataset`, local files",
    "safelight": "**Safelight**: the same, `s3://` paths",
    "boto3": "a dataset that calls boto3 `download_file` for each item",
}


def measure(place: Place, rounds: int) -> list[Table]:
    images = place.directory / "loader-images"
    _fill(place, images)
    runs: dict[str, list[dict[str, Any]]] = {name: [] for name in _TITLES}
    for turn in range(rounds):
        for name in in_turn(_TITLES, turn):
            target = place.directory / f"loader-{turn}-{name}"
            runs[name].append(
                place.run(
                    "loader",
                    name,
                    str(images if name == "local" else target),
                    S3_ENDPOINT_URL=place.store.endpoint_url,
                    FIFTYONE_MEDIA_CACHE_DIR=str(target),
                    FIFTYONE_DATABASE_URI=place.database.uri,
                )
            )
    return [_table(runs)]


def _table(runs: dict[str, list[dict[str, Any]]]) -> Table:
    medians = {
        name: [statistics.median(run["epochs"][epoch] for run in each) for epoch in range(2)]
        for name, each in runs.items()
    }
    ours = medians["safelight"]
    rows = [
        [
            _TITLES[name],
            *(
                cell
                for seconds, reference in zip(epochs, ours, strict=True)
                for cell in (f"{seconds:.2f} s", f"{NUMBER / seconds:,.0f}", f"{seconds / reference:.2f}x")
            ),
        ]
        for name, epochs in medians.items()
    ]
    head = ["", "first epoch", "images/s", "against ours", "second epoch", "images/s", "against ours"]
    return Table("loader", head, rows)


def _fill(place: Place, directory: Path) -> None:
    """Different cuts of a photograph, as files and as objects; a photograph compresses as photographs do."""
    from support.pictures import encode, photograph

    client = place.new_bucket(_BUCKET)
    pixels = photograph("hubble_deep_field")
    directory.mkdir()
    for number in range(NUMBER):
        row, column = number % 400, (7 * number) % 500
        image = encode(pixels[row : row + _SIDE, column : column + _SIDE].copy(), quality=95)
        (directory / f"{number:05}.jpg").write_bytes(image)
        client.put_object(Bucket=_BUCKET, Key=f"{number:05}.jpg", Body=image)


def to_tensor(image: Any) -> Any:
    """What is done to each image: the middle of it, as a tensor."""
    import numpy as np
    import torch

    middle = np.asarray(image)[88:312, 88:312].transpose(2, 0, 1)
    return torch.from_numpy(np.ascontiguousarray(middle))


def _images(paths: Sequence[str]) -> Dataset[Any]:
    from support.stand_ins import provide_stand_in

    provide_stand_in("torchvision")
    from fiftyone.utils.torch import TorchImageDataset

    dataset: Dataset[Any] = TorchImageDataset(image_paths=paths, transform=to_tensor, force_rgb=True)
    return dataset


def local(directory: Path) -> Dataset[Any]:
    return _images(sorted(str(path) for path in directory.iterdir()))


def safelight(_: Path) -> Dataset[Any]:
    return _images([f"s3://{_BUCKET}/{number:05}.jpg" for number in range(NUMBER)])


class DownloadsItself:
    """What people write: a file for each item, downloaded when it is not there; a client for each worker."""

    def __init__(self, directory: Path) -> None:
        directory.mkdir()
        self._directory = directory
        self._client: Any = None

    def __len__(self) -> int:
        return NUMBER

    def __getitem__(self, number: int) -> Any:
        from PIL import Image

        path = self._directory / f"{number:05}.jpg"
        if not path.exists():
            self._s3().download_file(_BUCKET, path.name, str(path))
        with Image.open(path) as image:
            return to_tensor(image.convert("RGB"))

    def _s3(self) -> Any:
        if self._client is None:
            import boto3

            self._client = boto3.client("s3", endpoint_url=os.environ["S3_ENDPOINT_URL"])
        return self._client


_DATASETS: Final[dict[str, Callable[[Path], Any]]] = {
    "local": local,
    "safelight": safelight,
    "boto3": DownloadsItself,
}


def main(name: str, directory: str) -> None:
    from torch.utils.data import DataLoader

    loader = DataLoader(
        _DATASETS[name](Path(directory)),
        batch_size=_BATCH,
        num_workers=_WORKERS,
        multiprocessing_context="fork",
        persistent_workers=True,
    )
    epochs = []
    for _ in range(2):
        started = time.perf_counter()
        seen = sum(len(batch) for batch in loader)
        epochs.append(time.perf_counter() - started)
        if seen != NUMBER:
            raise RuntimeError(f"{name} gave {seen} images")
    print(json.dumps({"epochs": epochs}), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
