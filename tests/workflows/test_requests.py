"""How many requests an import or export costs: one or two a file, and a few for the whole."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import fiftyone as fo
import pytest

from support.cloud import Cloud, MakeDataset
from support.pictures import encode, photograph
from support.recording_proxy import RecordingProxy

COUNT = 30


@pytest.fixture
def dataset(cloud: Cloud, make_dataset: MakeDataset) -> Any:
    picture = encode(photograph("chelsea")[:60, :80])
    box = fo.Detection(label="cat", bounding_box=[0.1, 0.1, 0.5, 0.5])
    return make_dataset(
        fo.Sample(
            filepath=cloud.put(f"images/{number:02}.jpg", picture),
            metadata=fo.ImageMetadata(width=80, height=60),
            ground_truth=fo.Detections(detections=[box.copy()]),
        )
        for number in range(COUNT)
    )


# Beside one request per file there are a few listings and probes of directories, whatever their number.
FEW = 10

# A copy inside the store asks for the source's size first, and then for the copy.
EXPORTS = {
    fo.types.VOCDetectionDataset: 3 * COUNT,
    fo.types.YOLOv5Dataset: 3 * COUNT,
    fo.types.COCODetectionDataset: 2 * COUNT,
}
IMPORTS = {
    fo.types.VOCDetectionDataset: COUNT,
    fo.types.YOLOv5Dataset: COUNT,
    fo.types.COCODetectionDataset: 0,
}


@pytest.mark.parametrize("kind", EXPORTS, ids=lambda kind: kind.__name__)
def test_requests_per_file(cloud: Cloud, dataset: Any, requests_seen: RecordingProxy, kind: Any) -> None:
    options = {"dataset_type": kind, "label_field": "ground_truth", "progress": False}
    dataset.export(cloud.url("out"), **options)
    assert len(requests_seen.requests) <= EXPORTS[kind] + FEW
    requests_seen.requests.clear()
    back = fo.Dataset.from_dir(cloud.url("out"), **options)
    back.delete()
    assert len(requests_seen.requests) <= IMPORTS[kind] + FEW


def test_metadata_of_a_thousand_images_take_one_small_request_each(
    cloud: Cloud, make_dataset: MakeDataset, requests_seen: RecordingProxy
) -> None:
    picture = encode(photograph("chelsea")[:60, :80])
    with ThreadPoolExecutor(16) as threads:
        urls = list(threads.map(lambda at: cloud.put(f"many/{at:04}.jpg", picture), range(1000)))
    dataset = make_dataset(urls)
    requests_seen.requests.clear()
    dataset.compute_metadata(progress=False)
    assert dataset.count("metadata.width") == 1000
    assert len(requests_seen.requests) <= 1000
    assert {(request.method, request.range) for request in requests_seen.requests} == {
        ("GET", "bytes=0-65535")
    }
