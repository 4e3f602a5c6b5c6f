"""Datasets exported to a bucket come back from it: what the matrix does not compare with local ones."""
# ruff: noqa: SIM118 - `Cloud.keys` is no dictionary's

from __future__ import annotations

import functools
import json
import operator
import zipfile
from io import BytesIO
from pathlib import Path
from typing import Any

import fiftyone as fo
import fiftyone.core.storage as fos
import numpy as np
import pytest

from support.cloud import Cloud, MakeDataset
from support.pictures import encode, photograph

CLASSES = ["cat", "dog"]


def put_images(cloud: Cloud, count: int = 4, folder: str = "images") -> list[str]:
    """Different small images, so that none can be taken for another."""
    picture = photograph("chelsea")
    return [
        cloud.put(f"{folder}/{number:02}.jpg", encode(np.ascontiguousarray(picture[10 * number : 120, :160])))
        for number in range(count)
    ]


@pytest.fixture
def detections(cloud: Cloud, make_dataset: MakeDataset) -> Any:
    """Images in a bucket, each with one box per class."""
    samples = [
        fo.Sample(
            filepath=url,
            tags=["validation"],
            ground_truth=fo.Detections(
                detections=[
                    fo.Detection(label=label, bounding_box=[0.1, 0.2, 0.1 * (number + 1), 0.3 * (at + 1)])
                    for at, label in enumerate(CLASSES)
                ]
            ),
        )
        for number, url in enumerate(put_images(cloud))
    ]
    return make_dataset(samples)


@pytest.fixture
def delete_later() -> Any:
    made: list[Any] = []
    yield made.append
    for dataset in made:
        dataset.delete()


def boxes_of(dataset: Any) -> dict[str, list[tuple[str, list[float]]]]:
    """By file name, each box with its label, as exactly as the coarsest format keeps it."""
    [field] = dataset.get_field_schema(embedded_doc_type=fo.Detections)
    found = {}
    for sample in dataset:
        boxes = [(box.label, [round(x, 1) for x in box.bounding_box]) for box in sample[field].detections]
        found[sample.filepath.rpartition("/")[2]] = sorted(boxes)
    return found


def test_fiftyone_dataset_round_trips_with_masks(
    cloud: Cloud, make_dataset: MakeDataset, delete_later: Any
) -> None:
    mask = encode(np.full((8, 8), 7, np.uint8), "png")
    samples = []
    for number, url in enumerate(put_images(cloud)):
        mask_url = cloud.put(f"masks/{number:02}.png", mask)
        samples.append(
            fo.Sample(
                filepath=url,
                segmentation=fo.Segmentation(mask_path=mask_url),
                things=fo.Detections(
                    detections=[fo.Detection(label="cat", bounding_box=[0, 0, 1, 1], mask_path=mask_url)]
                ),
                also=f"https://example.org/{number}?q=1",
            )
        )
    dataset = make_dataset(samples)
    target = cloud.url("native")
    dataset.export(target, dataset_type=fo.types.FiftyOneDataset, progress=False)
    exported = json.loads(cloud.get("native/samples.json"))["samples"]
    assert [sample["filepath"] for sample in exported] == [f"data/{at:02}.jpg" for at in range(4)]
    back = fo.Dataset.from_dir(target, dataset_type=fo.types.FiftyOneDataset, progress=False)
    delete_later(back)
    assert back.values("filepath") == [f"{target}/data/{at:02}.jpg" for at in range(4)]
    assert back.values("also") == dataset.values("also")
    for path in [
        *back.values("segmentation.mask_path"),
        *functools.reduce(operator.iadd, back.values("things.detections.mask_path"), []),
    ]:
        assert path.startswith(target + "/fields/")
        assert cloud.get(path.removeprefix(cloud.url(""))) == mask


def test_fiftyone_dataset_without_media_keeps_addresses(
    cloud: Cloud, detections: Any, delete_later: Any
) -> None:
    target = cloud.url("labels-only")
    detections.export(target, dataset_type=fo.types.FiftyOneDataset, export_media=False, progress=False)
    assert not any(key.startswith("labels-only/data") for key in cloud.keys())
    back = fo.Dataset.from_dir(target, dataset_type=fo.types.FiftyOneDataset, progress=False)
    delete_later(back)
    assert back.values("filepath") == detections.values("filepath")


def test_rel_dir_keeps_nested_directories(cloud: Cloud, make_dataset: MakeDataset, delete_later: Any) -> None:
    urls = put_images(cloud, 2, "images/a") + put_images(cloud, 2, "images/b")
    dataset = make_dataset(urls)
    target = cloud.url("nested")
    dataset.export(target, dataset_type=fo.types.FiftyOneDataset, rel_dir=cloud.url("images"), progress=False)
    back = fo.Dataset.from_dir(target, dataset_type=fo.types.FiftyOneDataset, progress=False)
    delete_later(back)
    expected = [f"{target}/data/{folder}/0{at}.jpg" for folder in "ab" for at in range(2)]
    assert back.values("filepath") == expected


def test_manifest_names_addresses(cloud: Cloud, detections: Any, delete_later: Any) -> None:
    kind = fo.types.COCODetectionDataset
    target = cloud.url("manifest")
    detections.export(
        target, dataset_type=kind, data_path="data.json", label_field="ground_truth", progress=False
    )
    manifest = json.loads(cloud.get("manifest/data.json"))
    assert sorted(manifest.values()) == sorted(detections.values("filepath"))
    back = fo.Dataset.from_dir(
        target, dataset_type=kind, data_path="data.json", label_field="ground_truth", progress=False
    )
    delete_later(back)
    assert sorted(back.values("filepath")) == sorted(detections.values("filepath"))


def test_image_directory_imports_from_a_bucket(cloud: Cloud, delete_later: Any) -> None:
    urls = put_images(cloud, 3, "photos") + put_images(cloud, 2, "photos/more")
    back = fo.Dataset.from_dir(cloud.url("photos"), dataset_type=fo.types.ImageDirectory, progress=False)
    delete_later(back)
    assert sorted(back.values("filepath")) == sorted(urls)
    pattern = fo.Dataset.from_images_patt(cloud.url("photos/*.jpg"), progress=False)
    delete_later(pattern)
    assert sorted(pattern.values("filepath")) == urls[:3]


def test_export_to_this_machine(cloud: Cloud, detections: Any, tmp_path: Any) -> None:
    detections.export(
        str(tmp_path / "out"),
        dataset_type=fo.types.VOCDetectionDataset,
        label_field="ground_truth",
        progress=False,
    )
    for at in range(4):
        assert (tmp_path / "out" / "data" / f"{at:02}.jpg").read_bytes() == cloud.get(f"images/{at:02}.jpg")


def test_symlink_export_copies_remote_media(cloud: Cloud, detections: Any, tmp_path: Any) -> None:
    detections.export(
        str(tmp_path / "out"), dataset_type=fo.types.ImageDirectory, export_media="symlink", progress=False
    )
    paths = sorted((tmp_path / "out").iterdir())
    assert [path.name for path in paths] == [f"{at:02}.jpg" for at in range(4)]
    assert not any(path.is_symlink() for path in paths)


def test_zip_export_is_one_object_and_imports_again(cloud: Cloud, detections: Any, delete_later: Any) -> None:
    before = cloud.keys()
    target = cloud.url("archives/today.zip")
    detections.export(target, dataset_type=fo.types.FiftyOneDataset, progress=False)
    assert cloud.keys() - before == {"archives/today.zip"}
    with zipfile.ZipFile(BytesIO(cloud.get("archives/today.zip"))) as archive:
        assert {f"today/data/{at:02}.jpg" for at in range(4)} <= set(archive.namelist())
    back = fo.Dataset.from_archive(target, dataset_type=fo.types.FiftyOneDataset, progress=False)
    delete_later(back)
    assert boxes_of(back) == boxes_of(detections)
    assert all(path.startswith(cloud.url("archives/today/data/")) for path in back.values("filepath"))


def test_media_on_the_web_are_exported(cloud: Cloud, make_dataset: MakeDataset, tmp_path: Path) -> None:
    signed = [fos.get_url(url) for url in put_images(cloud, 2)]
    dataset = make_dataset(signed)
    assert dataset.values("filepath") == signed
    dataset.export(str(tmp_path / "here"), dataset_type=fo.types.ImageDirectory, progress=False)
    dataset.export(cloud.url("there"), dataset_type=fo.types.ImageDirectory, progress=False)
    for name in ("00.jpg", "01.jpg"):
        assert (
            (tmp_path / "here" / name).read_bytes()
            == cloud.get(f"there/{name}")
            == cloud.get(f"images/{name}")
        )


def test_media_and_labels_in_separate_places(cloud: Cloud, detections: Any, delete_later: Any) -> None:
    kind = fo.types.COCODetectionDataset
    options = {"dataset_type": kind, "label_field": "ground_truth", "progress": False}
    labels = cloud.url("labels/today.json")
    detections.export(labels_path=labels, export_media=False, **options)
    back = fo.Dataset.from_dir(data_path=cloud.url("images"), labels_path=labels, **options)
    delete_later(back)
    assert boxes_of(back) == boxes_of(detections)
    assert sorted(back.values("filepath")) == sorted(detections.values("filepath"))
    back.merge_dir(data_path=cloud.url("images"), labels_path=labels, **options)
    assert len(back) == len(detections)
