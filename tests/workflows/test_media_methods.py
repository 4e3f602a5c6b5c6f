"""Datasets and views download, locate, measure and clear their cloud media."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

import fiftyone as fo
import numpy as np
import pytest

from safelight.errors import DownloadError
from support.cloud import Cloud, MakeDataset
from support.pictures import NAMES, encode, photograph
from support.recording_proxy import RecordingProxy

FILES = sorted(f"{name}.jpg" for name in NAMES)


def test_download_media_downloads_each_file_once(
    cloud: Cloud, requests_seen: RecordingProxy, make_dataset: MakeDataset
) -> None:
    dataset = make_dataset(cloud.put_photographs())

    dataset.download_media(progress=False)
    first = len(requests_seen.of("GET"))
    dataset.download_media(progress=False)

    assert cloud.cached_files() == FILES
    assert first == len(NAMES)
    assert len(requests_seen.of("GET", "HEAD")) == first


def test_update_downloads_what_has_changed_at_its_source(cloud: Cloud, make_dataset: MakeDataset) -> None:
    dataset = make_dataset([cloud.put("a.jpg", b"old"), cloud.put("b.jpg", b"same")])
    dataset.download_media(progress=False)
    cloud.put("a.jpg", b"new!")

    dataset.download_media(progress=False)
    stale = Path(dataset.first().local_path).read_bytes()
    dataset.download_media(update=True, progress=False)

    assert stale == b"old"
    assert [Path(path).read_bytes() for path in dataset.get_local_paths()] == [b"new!", b"same"]


def test_failures_end_in_one_warning_with_counts_and_causes(
    cloud: Cloud, make_dataset: MakeDataset, caplog: pytest.LogCaptureFixture
) -> None:
    missing = [cloud.url(f"missing/{index}.jpg") for index in range(5)]
    dataset = make_dataset([cloud.put("there.jpg", b"bytes"), *missing])

    with caplog.at_level(logging.WARNING):
        dataset.download_media(progress=False)

    (warning,) = [
        record.getMessage() for record in caplog.records if "could not be downloaded" in record.message
    ]
    assert "5 of 6 files" in warning
    assert any(url in warning for url in missing)
    assert cloud.cached_files() == ["there.jpg"]


def test_without_skip_failures_the_error_maps_addresses_to_causes(
    cloud: Cloud, make_dataset: MakeDataset
) -> None:
    missing = cloud.url("missing.jpg")
    dataset = make_dataset([missing])

    with pytest.raises(DownloadError) as caught:
        dataset.download_media(skip_failures=False, progress=False)

    assert isinstance(caught.value.failures[missing], FileNotFoundError)


def test_a_view_downloads_its_own_media_only(cloud: Cloud, make_dataset: MakeDataset) -> None:
    dataset = make_dataset(cloud.put_photographs())

    dataset.limit(2).download_media(progress=False)

    assert len(cloud.cached_files()) == 2


def test_all_media_fields_are_downloaded_unless_some_are_named(
    cloud: Cloud, make_dataset: MakeDataset
) -> None:
    mask = cloud.put("masks/m.png", encode(np.zeros((8, 8), dtype=np.uint8), "PNG"))
    sample = fo.Sample(
        filepath=cloud.put("images/i.jpg", encode(photograph("coffee"))),
        thumbnail=cloud.put("small/t.jpg", b"thumbnail"),
        page="https://example.org/page.html",
        ground_truth=fo.Segmentation(mask_path=mask),
    )
    dataset = make_dataset([sample])
    dataset.app_config.media_fields = ["filepath", "thumbnail"]
    dataset.save()

    dataset.download_media(media_fields="ground_truth", progress=False)
    masks = cloud.cached_files()
    dataset.download_media(progress=False)

    assert masks == ["m.png"]
    assert cloud.cached_files() == ["i.jpg", "m.png", "t.jpg"]


def test_a_field_without_media_is_refused(cloud: Cloud, make_dataset: MakeDataset) -> None:
    dataset = make_dataset([cloud.url("a.jpg")])

    with pytest.raises(ValueError, match="not a valid media field"):
        dataset.download_media(media_fields="tags")


def make_groups(cloud: Cloud, make_dataset: MakeDataset) -> Any:
    samples = []
    for index in range(2):
        group = fo.Group()
        for side in ("left", "right"):
            url = cloud.put(f"{side}/{side}{index}.jpg", encode(photograph("rocket")))
            samples.append(fo.Sample(filepath=url, group=group.element(side)))
    return make_dataset(samples)


def test_grouped_datasets_download_all_or_the_named_slices(cloud: Cloud, make_dataset: MakeDataset) -> None:
    dataset = make_groups(cloud, make_dataset)

    dataset.download_media(group_slices="right", progress=False)
    right = cloud.cached_files()
    dataset.download_media(progress=False)

    assert right == ["right0.jpg", "right1.jpg"]
    assert cloud.cached_files() == ["left0.jpg", "left1.jpg", "right0.jpg", "right1.jpg"]


def test_local_paths_of_a_grouped_dataset_are_those_of_the_active_slice(
    cloud: Cloud, make_dataset: MakeDataset
) -> None:
    dataset = make_groups(cloud, make_dataset)

    assert [Path(path).name for path in dataset.get_local_paths()] == ["left0.jpg", "left1.jpg"]
    assert cloud.cached_files() == ["left0.jpg", "left1.jpg"]


def test_get_local_paths_downloads_what_is_missing(cloud: Cloud, make_dataset: MakeDataset) -> None:
    dataset = make_dataset(cloud.put_photographs())

    paths = dataset.get_local_paths()

    assert paths == [sample.local_path for sample in dataset]
    assert all(Path(path).is_file() for path in paths)


def test_get_local_paths_can_just_say_where_files_will_be(cloud: Cloud, make_dataset: MakeDataset) -> None:
    dataset = make_dataset(cloud.put_photographs())

    paths = dataset.get_local_paths(download=False)

    assert [Path(path).name for path in paths] == [f"{name}.jpg" for name in NAMES]
    assert cloud.cached_files() == []


def test_get_local_paths_of_labels_has_the_shape_of_the_field(
    cloud: Cloud, make_dataset: MakeDataset
) -> None:
    masks = [cloud.put(f"m{index}.png", b"mask") for index in range(2)]
    detections = fo.Detections(detections=[fo.Detection(label="a", mask_path=mask) for mask in masks])
    dataset = make_dataset([fo.Sample(filepath=cloud.put("a.jpg", b"a"), objects=detections)])

    ((first, second),) = dataset.get_local_paths("objects.detections.mask_path")

    assert [Path(first).read_bytes(), Path(second).name] == [b"mask", "m1.png"]


def test_statistics_and_clearing_of_a_collection(cloud: Cloud, make_dataset: MakeDataset) -> None:
    dataset = make_dataset([cloud.put("a.jpg", b"123"), cloud.put("b.jpg", b"4567")])
    other = make_dataset([cloud.put("c.jpg", b"other")])
    dataset.download_media(progress=False)
    other.download_media(progress=False)

    both = dataset.cache_stats()
    dataset.clear_media()

    assert (both["current_size"], both["current_count"]) == (7, 2)
    assert dataset.limit(1).cache_stats()["current_count"] == 0
    assert cloud.cached_files() == ["c.jpg"]
    assert cloud.keys() == {"a.jpg", "b.jpg", "c.jpg"}


def test_a_progress_callback_gets_upstreams_progress_bar(cloud: Cloud, make_dataset: MakeDataset) -> None:
    dataset = make_dataset(cloud.put_photographs())
    seen: list[tuple[int, int]] = []

    dataset.download_media(progress=lambda bar: seen.append((bar.iteration, bar.total)))

    assert seen[-1] == (len(NAMES), len(NAMES))


def test_the_progress_bar_follows_upstreams_setting(
    cloud: Cloud,
    make_dataset: MakeDataset,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    dataset = make_dataset(cloud.put_photographs())
    monkeypatch.setattr(fo.config, "show_progress_bars", True)

    dataset.download_media()
    shown = capsys.readouterr().out
    dataset.clear_media()
    dataset.download_media(progress=False)

    assert f"/{len(NAMES)} [" in shown
    assert "files/s" in shown
    assert capsys.readouterr().out == ""


def test_local_datasets_are_left_alone(cloud: Cloud, make_dataset: MakeDataset, tmp_path: Path) -> None:
    path = tmp_path / "a.jpg"
    path.write_bytes(b"local")
    dataset = make_dataset([str(path)])

    dataset.download_media()
    dataset.clear_media()

    assert dataset.get_local_paths() == [str(path)]
    assert path.read_bytes() == b"local"
    assert dataset.cache_stats()["current_count"] == 0
    assert not cloud.cache_dir.exists()


def test_samples_without_a_file_have_no_local_path(cloud: Cloud, make_dataset: MakeDataset) -> None:
    dataset = make_dataset([cloud.put("a.jpg", b"a")])
    sample = dataset.first()

    assert sample.copy().local_path == sample.local_path
    assert dataset.select_fields().first().local_path == sample.local_path


def test_patches_bring_the_images_that_they_are_cut_from(cloud: Cloud, make_dataset: MakeDataset) -> None:
    boxes = [[0.0, 0.0, 0.5, 0.5], [0.5, 0.5, 0.5, 0.5]]
    sample = fo.Sample(filepath=cloud.put("a.jpg", encode(photograph("coffee"))))
    sample["parts"] = fo.Detections(detections=[fo.Detection(bounding_box=box) for box in boxes])
    patches = make_dataset([sample]).to_patches("parts")

    with patches.download_context(batch_size=1):
        paths = [patch.local_path for patch in patches]

    assert len(paths) == 2
    assert paths == patches.get_local_paths()
    assert cloud.cached_files() == ["a.jpg"]


def test_dynamic_groups_bring_all_their_members(cloud: Cloud, make_dataset: MakeDataset) -> None:
    samples = [
        fo.Sample(filepath=cloud.put(f"{index}.jpg", b"pixels"), scene=index % 2) for index in range(4)
    ]
    groups = make_dataset(samples).group_by("scene")

    groups.download_media(progress=False)

    assert len(cloud.cached_files()) == 4


def test_one_unusable_address_keeps_nobody_else_away(
    cloud: Cloud, make_dataset: MakeDataset, caplog: pytest.LogCaptureFixture
) -> None:
    dataset = make_dataset([cloud.put("a.jpg", b"a"), "oci://@/b.jpg"])

    with caplog.at_level(logging.WARNING):
        dataset.download_media(progress=False)

    assert cloud.cached_files() == ["a.jpg"]
    assert "oci://@/b.jpg" in caplog.text
