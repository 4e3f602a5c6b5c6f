"""`fos.upload_media`: every combination of its arguments, and where the files are afterwards."""

from __future__ import annotations

import itertools
import logging
from pathlib import Path
from typing import Any

import fiftyone as fo
import fiftyone.core.storage as fos
import pytest

from safelight.errors import ObjectNotFoundError
from safelight.runtime import get_runtime
from support.cloud import Cloud, MakeDataset


@pytest.fixture
def paths(tmp_path: Path) -> list[str]:
    """Local files in nested directories, two of the same name."""
    made = []
    for name in ("a/1.jpg", "a/2.jpg", "b/1.jpg"):
        path = tmp_path / "local" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(name.encode())
        made.append(str(path))
    return made


@pytest.fixture
def dataset(make_dataset: MakeDataset, paths: list[str]) -> Any:
    return make_dataset(paths)


OPTIONS = list(itertools.product([False, True], [False, True, "copy", "move"], [False, True], [False, True]))


@pytest.mark.parametrize(("rel", "cache", "update", "overwrite"), OPTIONS)
def test_every_combination(  # noqa: PLR0917 - one parameter for each argument
    cloud: Cloud,
    dataset: Any,
    paths: list[str],
    tmp_path: Path,
    rel: bool,
    cache: bool | str,
    update: bool,
    overwrite: bool,
) -> None:
    cloud.put("up/a/2.jpg" if rel else "up/2.jpg", b"old")
    uploaded = fos.upload_media(
        dataset,
        cloud.url("up"),
        rel_dir=str(tmp_path / "local") if rel else None,
        update_filepaths=update,
        cache=cache,
        overwrite=overwrite,
        progress=False,
    )
    names = ["a/1.jpg", "a/2.jpg", "b/1.jpg"] if rel else ["1.jpg", "2.jpg", "1-2.jpg"]
    assert uploaded == [cloud.url(f"up/{name}") for name in names]
    contents = [b"a/1.jpg", b"a/2.jpg" if overwrite else b"old", b"b/1.jpg"]
    assert [cloud.get(f"up/{name}") for name in names] == contents
    assert dataset.values("filepath") == (uploaded if update else paths)
    cached = [get_runtime().cache.is_cached(url) for url in uploaded]
    # What was there before is not what is here, so it must not be cached as if it were.
    assert cached == [bool(cache), bool(cache) and overwrite, bool(cache)]
    kept = [Path(path).exists() for path in paths]
    assert kept == [cache != "move", cache != "move" or not overwrite, cache != "move"]


def test_uploading_again_sends_nothing(cloud: Cloud, dataset: Any) -> None:
    first = fos.upload_media(dataset, cloud.url("up"), progress=False)
    counted: list[int] = []
    assert (
        fos.upload_media(dataset, cloud.url("up"), progress=lambda bar: counted.append(bar.iteration))
        == first
    )
    assert counted == []


def test_from_bucket_to_bucket_and_back(cloud: Cloud, make_dataset: MakeDataset, tmp_path: Path) -> None:
    dataset = make_dataset([cloud.put("in/1.jpg", b"1"), cloud.put("in/2.jpg", b"2")])
    uploaded = fos.upload_media(dataset, cloud.url("out"), update_filepaths=True, cache=True, progress=False)
    assert dataset.values("filepath") == uploaded == [cloud.url("out/1.jpg"), cloud.url("out/2.jpg")]
    fos.upload_media(dataset, str(tmp_path / "here"), update_filepaths=True, progress=False)
    assert dataset.values("filepath") == [str(tmp_path / "here" / "1.jpg"), str(tmp_path / "here" / "2.jpg")]
    assert (tmp_path / "here" / "2.jpg").read_bytes() == b"2"


def test_failures(
    cloud: Cloud, make_dataset: MakeDataset, paths: list[str], caplog: pytest.LogCaptureFixture
) -> None:
    missing = cloud.url("missing.jpg")
    dataset = make_dataset([paths[0], missing])
    with pytest.raises(ObjectNotFoundError, match=r"missing\.jpg"):
        fos.upload_media(dataset, cloud.url("up"), update_filepaths=True, progress=False)
    assert dataset.values("filepath") == [paths[0], missing]
    with caplog.at_level(logging.WARNING):
        fos.upload_media(
            dataset, cloud.url("up2"), update_filepaths=True, cache=True, skip_failures=True, progress=False
        )
    assert "1 of 2 files failed" in caplog.text
    assert dataset.values("filepath") == [cloud.url("up2/1.jpg"), missing]


def test_other_media_fields(cloud: Cloud, make_dataset: MakeDataset, paths: list[str]) -> None:
    dataset = make_dataset(
        [
            fo.Sample(
                filepath=paths[0],
                segmentation=fo.Segmentation(mask_path=paths[1]),
                things=fo.Detections(
                    detections=[
                        fo.Detection(bounding_box=[0, 0, 1, 1], mask_path=paths[1]),
                        fo.Detection(bounding_box=[0, 0, 1, 1]),
                    ]
                ),
            ),
            fo.Sample(filepath=paths[2]),
        ]
    )
    uploaded = fos.upload_media(
        dataset,
        cloud.url("masks"),
        media_field="segmentation.mask_path",
        update_filepaths=True,
        progress=False,
    )
    assert uploaded == [cloud.url("masks/2.jpg"), None]
    assert dataset.values("segmentation.mask_path") == uploaded
    fos.upload_media(
        dataset,
        cloud.url("boxes"),
        media_field="things.detections.mask_path",
        update_filepaths=True,
        progress=False,
    )
    assert dataset.values("things.detections.mask_path") == [[cloud.url("boxes/2.jpg"), None], None]
    assert dataset.values("filepath") == [paths[0], paths[2]]


def test_all_slices_of_groups(cloud: Cloud, make_dataset: MakeDataset, paths: list[str]) -> None:
    group = fo.Group()
    dataset = make_dataset(
        [
            fo.Sample(filepath=paths[0], group=group.element("left")),
            fo.Sample(filepath=paths[1], group=group.element("right")),
        ]
    )
    fos.upload_media(dataset, cloud.url("up"), update_filepaths=True, progress=False)
    assert cloud.keys() == {"up/1.jpg", "up/2.jpg"}
    everything = dataset.select_group_slices(_allow_mixed=True)
    assert everything.values("filepath") == [cloud.url("up/1.jpg"), cloud.url("up/2.jpg")]


def test_a_view_uploads_only_its_samples(cloud: Cloud, dataset: Any) -> None:
    fos.upload_media(dataset[1:2], cloud.url("up"), update_filepaths=True, progress=False)
    assert cloud.keys() == {"up/2.jpg"}
    assert dataset.values("filepath")[1] == cloud.url("up/2.jpg")


def test_arguments_are_checked(cloud: Cloud, dataset: Any) -> None:
    with pytest.raises(ValueError, match="cache must be"):
        fos.upload_media(dataset, cloud.url("up"), cache="link", progress=False)
    with pytest.raises((ValueError, AttributeError), match="none"):
        fos.upload_media(dataset, cloud.url("up"), media_field="none", progress=False)
