"""Jobs that go on when a file fails say how many failed, why, and where the rest is."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from typing import Any

import fiftyone as fo
import fiftyone.utils.image as foui
import fiftyone.utils.video as fouv
import pytest

from support.cloud import Cloud, MakeDataset
from support.matrix.models import MeanColour
from support.pictures import encode, photograph

# Forked workers inherit that warnings are errors, and connect to the database anew.
pytestmark = pytest.mark.filterwarnings("ignore:No uuidRepresentation:DeprecationWarning")


@pytest.fixture
def dataset(cloud: Cloud, make_dataset: MakeDataset) -> Any:
    """Two good images, two that are not there, and one that is none."""
    picture = encode(photograph("chelsea")[:60, :80])
    urls = [cloud.put(f"good/{number}.jpg", picture) for number in range(2)]
    urls += [cloud.url(f"missing/{number}.jpg") for number in range(2)]
    urls.append(cloud.put("broken/0.jpg", b"no image"))
    dataset = make_dataset(urls)
    parts = fo.Detections(detections=[fo.Detection(label="part", bounding_box=[0, 0, 0.5, 0.5])])
    dataset.set_values("parts", [parts.copy() for _ in urls])
    return dataset


@pytest.fixture
def warnings(caplog: pytest.LogCaptureFixture) -> Iterator[Callable[[], list[str]]]:
    """The summaries so far."""
    with caplog.at_level(logging.WARNING, "safelight"):
        yield lambda: [record.getMessage() for record in caplog.records if "passed over" in record.message]


def read(sample: Any) -> int:
    """What a worker makes of a sample."""
    return int(foui.read(sample.filepath).shape[0])


def store_height(sample: Any) -> None:
    sample["height"] = read(sample)


JOBS: dict[str, Callable[[Any, Cloud], object]] = {
    "compute_metadata": lambda data, _: data.compute_metadata(progress=False),
    "apply_model": lambda data, _: data.apply_model(MeanColour(), label_field="bright", progress=False),
    "compute_embeddings": lambda data, _: data.compute_embeddings(MeanColour(), progress=False),
    "compute_patch_embeddings": lambda data, _: data.compute_patch_embeddings(
        MeanColour(), "parts", progress=False
    ),
    "transform_images": lambda data, cloud: foui.transform_images(
        data,
        size=(8, 6),
        output_dir=cloud.url("small"),
        num_workers=1,
        skip_failures=True,
        progress=False,
    ),
    "reencode_images": lambda data, cloud: foui.reencode_images(
        data, ext=".png", output_dir=cloud.url("png"), num_workers=2, skip_failures=True, progress=False
    ),
    "map_samples": lambda data, _: list(
        data.map_samples(read, num_workers=2, parallelize_method="thread", skip_failures=True, progress=False)
    ),
}


@pytest.mark.parametrize("name", JOBS)
def test_what_was_passed_over_is_counted(
    dataset: Any, cloud: Cloud, warnings: Callable[[], list[str]], name: str
) -> None:
    JOBS[name](dataset, cloud)

    (summary,) = warnings()
    assert summary.startswith(f"{name}() passed over 3 failures (2 ObjectNotFoundError, 1 ")
    assert "missing/0.jpg" in summary
    assert summary.endswith("All of them: `fo.last_failures`")
    assert len(fo.last_failures) == 3
    assert {failure.kind for failure in fo.last_failures} > {"ObjectNotFoundError"}
    assert sum("missing/1.jpg" in failure.cause for failure in fo.last_failures) == 1


def test_failures_in_forked_workers_count(dataset: Any, warnings: Callable[[], list[str]]) -> None:
    dataset.add_sample_field("height", fo.IntField)
    dataset.update_samples(
        store_height, num_workers=2, parallelize_method="process", skip_failures=True, progress=False
    )

    (summary,) = warnings()
    assert summary.startswith("map_samples() passed over 3 failures")
    assert dataset.values("height") == [60, 60, None, None, None]


def test_videos_too(
    cloud: Cloud, make_dataset: MakeDataset, video_file: Any, warnings: Callable[[], list[str]]
) -> None:
    dataset = make_dataset([cloud.put("a.mp4", video_file), cloud.url("missing.mp4")])
    fouv.reencode_videos(dataset, output_dir=cloud.url("out"), skip_failures=True, progress=False)

    (summary,) = warnings()
    assert summary.startswith("reencode_videos() passed over 1 failure (1 ObjectNotFoundError).")


def test_a_job_without_failures_says_nothing(
    dataset: Any, warnings: Callable[[], list[str]], cloud: Cloud
) -> None:
    good = dataset.limit(2)
    before = fo.last_failures
    for job in JOBS.values():
        job(good, cloud)
    assert warnings() == []
    assert fo.last_failures == before


def test_a_job_that_does_not_skip_failures_raises(dataset: Any, warnings: Callable[[], list[str]]) -> None:
    with pytest.raises(FileNotFoundError, match=r"missing/0\.jpg"):
        dataset.apply_model(MeanColour(), label_field="bright", skip_failures=False, progress=False)
    assert warnings() == []


def test_local_files_are_counted_as_well(
    make_dataset: MakeDataset, tmp_path: Any, warnings: Callable[[], list[str]]
) -> None:
    make_dataset([str(tmp_path / "missing.jpg")]).compute_metadata(progress=False)
    (summary,) = warnings()
    assert summary.startswith("compute_metadata() passed over 1 failure (1 FileNotFoundError).")
