"""Download contexts: media come in batches, just before their samples, and stay while they are needed."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import Any

import fiftyone as fo
import pytest

from safelight.errors import DownloadError
from support.cloud import Cloud, MakeDataset

COUNT = 10
SIZE = 1000


@pytest.fixture
def dataset(cloud: Cloud, make_dataset: MakeDataset) -> Any:
    """Ten files of 1000 bytes."""
    return make_dataset([cloud.put(f"{index}.jpg", bytes([index]) * SIZE) for index in range(COUNT)])


def names(indices: range) -> list[str]:
    return [f"{index}.jpg" for index in indices]


def test_batches_arrive_before_their_first_sample(cloud: Cloud, dataset: Any) -> None:
    seen = []

    with dataset.download_context(batch_size=4):
        for sample in dataset:
            seen.append(cloud.cached_files())
            assert Path(sample.local_path).stat().st_size == SIZE

    assert [len(files) for files in seen] == [4, 4, 4, 4, 8, 8, 8, 8, 10, 10]
    assert seen[0] == names(range(4))


def test_any_iteration_counts(cloud: Cloud, dataset: Any) -> None:
    with dataset.download_context(batch_size=4):
        for sample in itertools.islice(dataset.select_fields("id").iter_samples(progress=False), 5):
            assert sample.id

    assert len(cloud.cached_files()) == 8


def test_asking_for_a_file_downloads_its_batch(cloud: Cloud, dataset: Any) -> None:
    samples = list(dataset)

    with dataset.download_context(batch_size=3):
        assert samples[5].local_path

    assert cloud.cached_files() == names(range(3)) + names(range(5, 8))


def test_batches_by_size_end_near_the_target(cloud: Cloud, dataset: Any) -> None:
    with dataset.download_context(target_size_bytes=3 * SIZE):
        counts = [len(cloud.cached_files()) for _ in dataset]

    assert counts == [3, 3, 3, 6, 6, 6, 9, 9, 9, 10]


def test_a_file_larger_than_the_target_is_a_batch_of_its_own(cloud: Cloud, dataset: Any) -> None:
    with dataset.download_context(target_size_bytes=1):
        counts = [len(cloud.cached_files()) for _ in dataset]

    assert counts == list(range(1, COUNT + 1))


def test_a_negative_target_is_one_batch_with_everything(cloud: Cloud, dataset: Any) -> None:
    with dataset.download_context(target_size_bytes=-1):
        assert len(cloud.cached_files()) == COUNT


def test_the_default_batch_size_is_that_of_the_settings(
    cloud: Cloud, dataset: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fo.media_cache_config, "download_size_bytes", 2 * SIZE)

    with dataset.download_context():
        assert len(cloud.cached_files()) == 2


def test_clear_leaves_nothing_behind(cloud: Cloud, dataset: Any) -> None:
    with dataset.download_context(batch_size=4, clear=True):
        for sample in dataset:
            assert Path(sample.local_path).is_file()

    assert cloud.cached_files() == []


def test_a_cache_smaller_than_the_dataset_is_enough(
    cloud: Cloud, dataset: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FIFTYONE_MEDIA_CACHE_SIZE_BYTES", str(3 * SIZE))
    from safelight import runtime

    runtime.reset()

    with dataset.download_context(batch_size=2):
        present = [(index, cloud.cached_files()) for index, _ in enumerate(dataset)]

    assert all(f"{index}.jpg" in files for index, files in present)
    assert max(len(files) for _, files in present) <= 3


def test_failures_are_skipped_or_raised_as_asked(cloud: Cloud, make_dataset: MakeDataset) -> None:
    dataset = make_dataset([cloud.put("a.jpg", b"a"), cloud.url("missing.jpg"), cloud.put("c.jpg", b"c")])

    with dataset.download_context(batch_size=1):
        reached = [sample.id for sample in dataset]
    with pytest.raises(DownloadError), dataset.download_context(skip_failures=False, batch_size=1):
        list(dataset)

    assert len(reached) == 3
    assert cloud.cached_files() == ["a.jpg", "c.jpg"]


def test_groups_come_with_all_their_slices(cloud: Cloud, make_dataset: MakeDataset) -> None:
    samples = []
    for index in range(3):
        group = fo.Group()
        for side in ("left", "right"):
            url = cloud.put(f"{side}{index}.jpg", b"pixels")
            samples.append(fo.Sample(filepath=url, group=group.element(side)))
    dataset = make_dataset(samples)

    with dataset.download_context(batch_size=1):
        for index, group in enumerate(dataset.iter_groups()):
            assert set(group) == {"left", "right"}
            assert len(cloud.cached_files()) == 2 * (index + 1)


def test_nothing_happens_after_the_context(cloud: Cloud, dataset: Any) -> None:
    with dataset.download_context(batch_size=1):
        pass

    for _ in dataset:
        pass

    assert len(cloud.cached_files()) == 1


def test_a_batch_must_hold_something(dataset: Any) -> None:
    with pytest.raises(ValueError, match="must be positive"):
        dataset.download_context(batch_size=0)
