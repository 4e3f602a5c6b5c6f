"""How many requests an import or export costs: one or two a file, and a few for the whole."""

from __future__ import annotations

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
