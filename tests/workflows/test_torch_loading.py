"""PyTorch loaders and users' GetItems get cloud media, in this process and in workers of either kind."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import fiftyone as fo
import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torch.utils.data import DataLoader

from safelight.errors import ObjectNotFoundError
from support.cloud import Cloud, MakeDataset
from support.pictures import NAMES, encode, photograph
from support.stand_ins import provide_stand_in

provide_stand_in("torchvision")
import fiftyone.utils.torch as fout  # noqa: E402 - it needs the line above

# Forked workers inherit that warnings are errors, and connect to the database anew.
pytestmark = pytest.mark.filterwarnings("ignore:No uuidRepresentation:DeprecationWarning")

Array = NDArray[Any]


class OpensItself(fout.GetItem):  # type: ignore[misc] # upstream is untyped
    """What users write: it opens the file on its own."""

    @property
    def required_keys(self) -> list[str]:
        return ["filepath", "page"]

    def __call__(self, d: dict[str, Any]) -> dict[str, Any]:
        with Path(d["filepath"]).open("rb") as file:
            return {"size": len(file.read()), "page": d["page"]}


def total_and_shape(image: Array) -> tuple[int, tuple[int, ...]]:
    """A transform that pickles by name, for spawned workers."""
    return int(image.sum()), image.shape


EXPECTED = [total_and_shape(photograph(name)) for name in NAMES]


@pytest.fixture
def dataset(cloud: Cloud, make_dataset: MakeDataset) -> Any:
    """The photographs as PNG, whose pixels are exactly those of the originals."""
    return make_dataset(
        fo.Sample(
            filepath=cloud.put(f"{name}.png", encode(photograph(name), "PNG")),
            page="s3://not-media/page.html",
        )
        for name in NAMES
    )


def sizes(cloud: Cloud) -> list[int]:
    return [len(cloud.get(f"{name}.png")) for name in NAMES]


@pytest.mark.parametrize("vectorize", [False, True])
def test_a_getitem_gets_local_files_and_everything_else_as_it_is(
    cloud: Cloud, dataset: Any, vectorize: bool
) -> None:
    loaded = dataset.to_torch(OpensItself(), vectorize=vectorize)

    rows = loaded.__getitems__(list(range(len(NAMES))))

    assert [row["size"] for row in rows] == sizes(cloud)
    assert {row["page"] for row in rows} == {"s3://not-media/page.html"}


@pytest.mark.parametrize("context", ["fork", "spawn"])
def test_getitems_work_in_worker_processes(cloud: Cloud, dataset: Any, context: str) -> None:
    # The parent has used the store, as it does in real scripts.
    assert dataset.first().local_path
    loader = DataLoader(
        dataset.to_torch(OpensItself()),
        batch_size=2,
        # A spawned worker imports upstream anew: seconds.
        num_workers=1,
        multiprocessing_context=context,
        worker_init_fn=fout.FiftyOneTorchDataset.worker_init,
    )

    found = [int(size) for batch in loader for size in batch["size"]]

    assert found == sizes(cloud)


def identity(batch: list[Any]) -> list[Any]:
    return batch


@pytest.mark.parametrize("context", ["fork", "spawn", None])
def test_image_datasets_work_in_worker_processes(dataset: Any, context: str | None) -> None:
    loader = DataLoader(
        fout.TorchImageDataset(samples=dataset, use_numpy=True, force_rgb=True, transform=total_and_shape),
        batch_size=3,
        num_workers=1 if context else 0,
        multiprocessing_context=context,
        collate_fn=identity,
    )

    assert [image for batch in loader for image in batch] == EXPECTED


@pytest.mark.parametrize("skip_failures", [False, True])
def test_a_missing_file_fails_its_own_row_only(
    cloud: Cloud, make_dataset: MakeDataset, skip_failures: bool
) -> None:
    missing = cloud.url("missing.png")
    dataset = make_dataset([fo.Sample(filepath=cloud.put("there.png", b"there"), page="p")])
    dataset.add_sample(fo.Sample(filepath=missing, page="p"))
    loaded = dataset.to_torch(OpensItself(), skip_failures=skip_failures)

    if not skip_failures:
        with pytest.raises(ObjectNotFoundError, match=r"missing\.png"):
            loaded.__getitems__([0, 1])
        return
    good, bad = loaded.__getitems__([0, 1])

    assert good["size"] == 5
    assert isinstance(bad, ObjectNotFoundError)


class MeanColour(torch.nn.Module):  # type: ignore[misc] # mypy does not follow torch
    """A network with one number per channel as its answer."""

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        return images.float().mean(dim=(2, 3))


class ImagesOfEqualSize(fout.ImageGetItem):  # type: ignore[misc] # upstream is untyped
    """Reads an image by upstream's own loader, and cuts a square out of it."""

    def __call__(self, d: dict[str, Any]) -> torch.Tensor:
        pixels = np.asarray(super().__call__(d))[:256, :256]
        return torch.from_numpy(np.ascontiguousarray(pixels.transpose(2, 0, 1)))


def test_a_network_sees_the_same_pixels_as_locally(dataset: Any) -> None:
    loaded = dataset.to_torch(ImagesOfEqualSize(use_numpy=True))

    (answers,) = (MeanColour()(batch) for batch in DataLoader(loaded, batch_size=len(NAMES)))

    expected = [photograph(name)[:256, :256].mean(axis=(0, 1)) for name in NAMES]
    assert answers.numpy() == pytest.approx(np.array(expected), abs=0.01)


def test_models_without_a_loader_get_local_files_too(cloud: Cloud, dataset: Any) -> None:
    inputs = fout.get_model_inputs_from_get_item(list(dataset), OpensItself())

    assert [item["size"] for item in inputs] == sizes(cloud)


def test_local_files_are_handed_over_as_they_are(make_dataset: MakeDataset, tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(b"local")
    dataset = make_dataset([fo.Sample(filepath=str(path), page="p")])

    assert dataset.to_torch(OpensItself())[0] == {"size": 5, "page": "p"}


_MAKE_DATASET = """
import sys
from support.stand_ins import provide_stand_in
provide_stand_in("torchvision")
from fiftyone.utils.torch import TorchImageDataset
assert "botocore" not in sys.modules
TorchImageDataset(image_paths=[sys.argv[1]])
print("botocore" in sys.modules)
"""


@pytest.mark.parametrize(("path", "imported"), [("s3://nowhere/a.png", "True"), ("/nowhere/a.png", "False")])
def test_what_workers_need_is_imported_before_they_are_forked(path: str, imported: str) -> None:
    command = [sys.executable, "-c", _MAKE_DATASET, path]
    surroundings = os.environ | {"PYTHONPATH": str(Path(__file__).parents[1])}
    done = subprocess.run(command, env=surroundings, capture_output=True, text=True, check=False)
    assert done.stdout.strip() == imported, done.stderr


def test_whoever_reads_it_gets_the_error(cloud: Cloud) -> None:
    loaded = fout.TorchImageDataset(image_paths=["gs:///no-bucket.png"], skip_failures=True)
    assert isinstance(loaded[0], Exception)
