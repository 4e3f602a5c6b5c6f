"""Worker processes of upstream's own see what their parent sees."""

from __future__ import annotations

import multiprocessing
from pathlib import Path
from typing import Any

import fiftyone as fo
import fiftyone.utils.image as foui
import pytest

from support.cloud import Cloud, MakeDataset
from support.pictures import NAMES, encode, photograph
from support.web_server import web_server

# Forked workers inherit that warnings are errors, and connect to the database anew.
pytestmark = pytest.mark.filterwarnings("ignore:No uuidRepresentation:DeprecationWarning")


def width(sample: Any) -> int:
    """What a worker makes of a sample's pixels."""
    pixels = foui.read(sample.filepath)
    return int(pixels.shape[1]) if Path(sample.local_path).is_file() else -1


@pytest.mark.parametrize("method", ["process", "thread"])
def test_samples_are_mapped_in_workers(cloud: Cloud, make_dataset: MakeDataset, method: str) -> None:
    dataset = make_dataset(cloud.put_photographs())
    # The parent has used the store already: native threads do not survive the fork.
    assert dataset.first().local_path

    widths = dict(
        dataset.map_samples(width, parallelize_method=method, num_workers=2, batch_size=2, progress=False)
    )

    assert [widths[sample_id] for sample_id in dataset.values("id")] == [
        photograph(name).shape[1] for name in NAMES
    ]


def store_width(sample: Any) -> None:
    sample["width"] = width(sample)


def test_samples_are_updated_in_workers(cloud: Cloud, make_dataset: MakeDataset) -> None:
    dataset = make_dataset(cloud.put_photographs())
    dataset.add_sample_field("width", fo.IntField)

    dataset.update_samples(store_width, parallelize_method="process", num_workers=2, progress=False)

    assert dataset.values("width") == [photograph(name).shape[1] for name in NAMES]


def read_in_child(url: str) -> tuple[int, ...]:
    """What a fresh interpreter sees: it imports upstream by itself."""
    shape: tuple[int, ...] = foui.read(url).shape
    return shape


@pytest.mark.parametrize("method", ["fork", "spawn"])
def test_a_users_own_pool_works(cloud: Cloud, method: str) -> None:
    url = cloud.put("coffee.jpg", encode(photograph("coffee")))
    assert foui.read(url).shape == (400, 600, 3)
    fo.media_cache.clear()

    with multiprocessing.get_context(method).Pool(1) as pool:
        assert pool.apply(read_in_child, (url,)) == (400, 600, 3)


def test_images_are_transformed_in_workers(cloud: Cloud, make_dataset: MakeDataset) -> None:
    dataset = make_dataset(cloud.put_photographs())

    foui.transform_images(
        dataset, size=(32, 24), output_dir=cloud.url("small"), num_workers=2, progress=False
    )

    assert {foui.read(path).shape for path in dataset.values("filepath")} == {(24, 32, 3)}


def test_web_images_are_cached_like_others(cloud: Cloud, make_dataset: MakeDataset, tmp_path: Path) -> None:
    (tmp_path / "coffee.png").write_bytes(encode(photograph("coffee"), "PNG"))
    with web_server(tmp_path) as server:
        dataset = make_dataset([f"{server}/coffee.png?token=secret"])
        dataset.download_media(progress=False)
    # The server is gone by now.
    assert foui.read(dataset.first().filepath).shape == (400, 600, 3)
    assert len(cloud.cached_files()) == 1
