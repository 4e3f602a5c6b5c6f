"""Addresses survive everywhere upstream writes a path: byte for byte."""

from __future__ import annotations

import timeit
from pathlib import Path

import fiftyone as fo
import fiftyone.core.media as fom
import fiftyone.core.storage as fos
import fiftyone.core.utils as fou
import pytest

from support.cloud import MakeDataset

ADDRESSES = [
    "s3://bucket/k.jpg",
    "s3://bucket/a//b.jpg",
    "s3://bucket/a/../k.jpg",
    "s3://bucket/./k.jpg",
    "s3://bucket/with space+plus%2Fpercent#hash.jpg",
    "s3://bucket/what?.jpg",
    "s3://bucket/é/ü.jpg",
    "s3://bucket/k.jpg?versionId=3",
    "https://host:8080/b/a/../k.jpg",
    "https://acct.blob.core.windows.net/c/k.jpg?sig=a%2Fb/c&se=2026",
    "gs://bucket/k.jpg",
    "oci://b@ns/k.jpg",
    "dbfs:/mnt/k.jpg",
]


@pytest.mark.parametrize("url", ADDRESSES)
def test_a_sample_keeps_its_address(url: str) -> None:
    sample = fo.Sample(filepath=url)
    assert sample.filepath == url
    assert sample.media_type == "image"


def test_addresses_survive_the_database(make_dataset: MakeDataset) -> None:
    dataset = make_dataset(
        fo.Sample(
            filepath=url,
            mask=fo.Segmentation(mask_path=url + ".png"),
            heatmap=fo.Heatmap(map_path=url + ".png"),
            things=fo.Detections(detections=[fo.Detection(bounding_box=[0, 0, 1, 1], mask_path=url)]),
        )
        for url in ADDRESSES
    )
    dataset.reload()
    assert dataset.values("filepath") == ADDRESSES
    assert dataset.values("mask.mask_path") == [url + ".png" for url in ADDRESSES]
    assert dataset.values("heatmap.map_path") == [url + ".png" for url in ADDRESSES]
    assert dataset.values("things.detections.mask_path") == [[url] for url in ADDRESSES]
    assert [dataset[url].filepath for url in ADDRESSES] == ADDRESSES
    clone = dataset.clone()
    try:
        assert clone.values("filepath") == ADDRESSES
        clone.merge_samples(dataset)
        assert clone.values("filepath") == ADDRESSES
        clone.set_values("filepath", [url + "?versionId=4" for url in ADDRESSES])
        assert clone.values("filepath") == [url + "?versionId=4" for url in ADDRESSES]
    finally:
        clone.delete()


def test_frames_and_groups_keep_addresses(make_dataset: MakeDataset) -> None:
    video = fo.Sample(filepath="s3://bucket/v//v.mp4")
    video.frames[1] = fo.Frame(filepath="s3://bucket/v//1.jpg")
    dataset = make_dataset([video])
    assert dataset.values("frames.filepath") == [["s3://bucket/v//1.jpg"]]
    group = fo.Group()
    grouped = make_dataset(
        [
            fo.Sample(filepath="s3://bucket/l//a.jpg", group=group.element("left")),
            fo.Sample(filepath="s3://bucket/r//a.mp4", group=group.element("right")),
            fo.Sample(filepath="s3://bucket/s//a.fo3d", group=group.element("scene")),
        ]
    )
    assert grouped.group_media_types == {"left": "image", "right": "video", "scene": "3d"}


@pytest.mark.parametrize(
    ("url", "media_type"),
    [
        ("s3://bucket/k.JPG?versionId=3", fom.IMAGE),
        ("https://host/k.mp4?sig=x.jpg", fom.VIDEO),
        ("https://host/x?file=1.jpg", fom.UNKNOWN),
        ("s3://bucket/scene.fo3d?versionId=3", fom.THREE_D),
        ("s3://bucket/cloud.pcd?versionId=3", fom.POINT_CLOUD),
        ("s3://bucket/log.mcap?versionId=3", fom.MULTIMODAL),
        ("s3://bucket/no-extension", fom.UNKNOWN),
        ("s3://bucket.jpg/no-extension", fom.UNKNOWN),
    ],
)
def test_the_media_type_is_that_of_the_name_without_its_query(url: str, media_type: str) -> None:
    assert fom.get_media_type(url) == media_type


def test_storage_path_functions() -> None:
    assert fos.normalize_path("s3://b/a/../k//x.jpg") == "s3://b/a/../k//x.jpg"
    assert fos.normpath("s3://out/./images/a//0.jpg") == "s3://out/images/a//0.jpg"
    assert fos.abspath("s3://b/d/../k") == "s3://b/k"
    assert fos.realpath("s3://b/d/../k") == "s3://b/k"
    assert fos.isabs("s3://b/k")
    assert fos.join("/local", "s3://b/d", "k") == "s3://b/d/k"
    if hasattr(fos, "commonpath"):  # since 1.22
        assert fos.commonpath(["s3://b/d/a", "s3://b/d/e/f"]) == "s3://b/d"
    assert fos.sep("s3://b/k") == "/"
    assert fos.get_glob_root("s3://b/d/*.jpg") == ("s3://b/d", True)


def test_unique_names_for_addresses() -> None:
    names = fou.UniqueFilenameMaker(output_dir="s3://out/data", ignore_existing=True)
    assert names.get_output_path("s3://b/x/k.jpg?versionId=3") == "s3://out/data/k.jpg"
    assert names.get_output_path("https://host/y/k.jpg?sig=a/b") == "s3://out/data/k-2.jpg"
    nested = fou.UniqueFilenameMaker(output_dir="s3://out", rel_dir="s3://b/top", ignore_existing=True)
    assert nested.get_output_path("s3://b/top/d//k.jpg") == "s3://out/d//k.jpg"
    assert fou.safe_relpath("s3://b/top/k.jpg", "s3://b/top") == "k.jpg"
    assert fou.safe_relpath("s3://b/k.jpg", "/local", default="k.jpg") == "k.jpg"


def test_local_paths_are_normalised_as_ever(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert fo.Sample(filepath="d/../k.jpg").filepath == str(tmp_path / "k.jpg")
    assert fos.normalize_path("~/k.jpg") == str(Path.home() / "k.jpg")
    assert fos.normpath("a\\b//c") == "a/b/c"
    assert fos.join("a", "/b", "c") == "/b/c"
    assert not fos.isabs("a")


def test_local_paths_cost_next_to_nothing() -> None:
    path = "/some/where/not/far/image.jpg"
    stock = fos.normalize_path.__wrapped__
    rounds = 20_000
    ours = min(timeit.repeat(lambda: fos.normalize_path(path), number=rounds, repeat=5)) / rounds
    bare = min(timeit.repeat(lambda: stock(path), number=rounds, repeat=5)) / rounds
    assert ours - bare < 20e-6
