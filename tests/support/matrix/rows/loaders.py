"""PyTorch: datasets and data loaders over media, in this process and in workers of both kinds."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import numpy as np
from torch.utils.data import DataLoader

from support.matrix.models import to_tensor
from support.matrix.row import row
from support.matrix.stage import Stage

import fiftyone.utils.torch as fout  # isort: skip # it needs what the models provide

AREA: Final = "PyTorch"


class SizeOfFile(fout.GetItem):  # type: ignore[misc] # upstream is untyped
    """What users write: it opens the file on its own."""

    @property
    def required_keys(self) -> list[str]:
        return ["filepath"]

    def __call__(self, d: dict[str, Any]) -> int:
        return Path(d["filepath"]).stat().st_size


def mean(image: Any) -> float:
    """A transform that pickles by name."""
    return float(np.asarray(image).mean())


def identity(batch: list[Any]) -> list[Any]:
    return batch


def _two_epochs(loader: DataLoader[Any]) -> list[Any]:
    """What a loader gives, the second time from the cache: a second epoch that read anything would show."""
    first, second = ([item for batch in loader for item in batch] for _ in range(2))
    assert len(first) == len(second)
    return first


@row("TorchImageDataset", AREA)
def images(stage: Stage) -> Any:
    dataset = fout.TorchImageDataset(
        samples=stage.dataset(stage.images(6)), transform=mean, include_ids=False
    )
    return _two_epochs(DataLoader(dataset, batch_size=2, collate_fn=identity))


@row("TorchImageClassificationDataset, shuffled", AREA)
def classification(stage: Stage) -> Any:
    paths = stage.images(6)
    dataset = fout.TorchImageClassificationDataset(image_paths=paths, targets=list(range(6)), transform=mean)
    return sorted(_two_epochs(DataLoader(dataset, batch_size=2, shuffle=True, collate_fn=identity)))


@row("TorchImagePatchesDataset", AREA)
def patches(stage: Stage) -> Any:
    from support.matrix.rows.models import with_parts

    dataset = fout.TorchImagePatchesDataset(
        samples=with_parts(stage), patches_field="parts", transform=mean, ragged_batches=True
    )
    return _two_epochs(DataLoader(dataset, batch_size=2, collate_fn=identity))


@row("to_torch, a user's GetItem", AREA)
def get_items(stage: Stage) -> Any:
    dataset = stage.dataset(stage.images(6))
    return [
        _two_epochs(DataLoader(dataset.to_torch(SizeOfFile(), vectorize=vectorize), batch_size=2))
        and sorted(dataset.to_torch(SizeOfFile(), vectorize=vectorize)[at] for at in range(6))
        for vectorize in (False, True)
    ]


@row("to_torch in forked workers", AREA)
def forked(stage: Stage) -> Any:
    dataset = stage.dataset(stage.images(6))
    loader = DataLoader(
        dataset.to_torch(SizeOfFile()),
        batch_size=2,
        num_workers=2,
        multiprocessing_context="fork",
        worker_init_fn=fout.FiftyOneTorchDataset.worker_init,
        collate_fn=identity,
    )
    return _two_epochs(loader)


@row("TorchImageDataset in spawned workers", AREA, providers=("s3",))
def spawned(stage: Stage) -> Any:
    dataset = fout.TorchImageDataset(samples=stage.dataset(stage.images(6)), transform=to_tensor)
    loader = DataLoader(
        dataset, batch_size=2, num_workers=1, multiprocessing_context="spawn", persistent_workers=True
    )
    return [float(item.mean()) for item in _two_epochs(loader)]
