"""Formats for videos."""

from __future__ import annotations

import json
from functools import partial
from typing import Any, Final

import fiftyone as fo

from support.matrix.row import Row, add, row
from support.matrix.rows.detections import round_trip
from support.matrix.stage import Stage

AREA: Final = "Datasets in and out: videos"

_FORMATS: Final[dict[type, dict[str, Any]]] = {
    fo.types.CVATVideoDataset: {"frame_labels_field": "boxes"},
    fo.types.FiftyOneVideoLabelsDataset: {"frame_labels_field": "boxes"},
    fo.types.FiftyOneTemporalDetectionDataset: {"label_field": "events"},
    fo.types.VideoClassificationDirectoryTree: {"label_field": "scene"},
    fo.types.VideoDirectory: {},
}


def labelled_videos(stage: Stage) -> Any:
    """Two videos with a label of every kind."""
    samples = []
    for url in stage.videos():
        sample = fo.Sample(
            filepath=url,
            scene=fo.Classification(label="day"),
            events=fo.TemporalDetections(detections=[fo.TemporalDetection(label="meeting", support=[1, 10])]),
        )
        box = fo.Detection(label="road_sign", bounding_box=[0, 0, 0.5, 0.5])
        for number in (1, 2):
            sample.frames[number] = fo.Frame(boxes=fo.Detections(detections=[box.copy()]))
        samples.append(sample)
    return stage.dataset(samples)


def _video_round_trip(kind: type, options: dict[str, Any], stage: Stage) -> Any:
    return round_trip(stage, kind, labelled_videos(stage), options)


for _kind, _options in _FORMATS.items():
    add(Row(_kind.__name__, AREA, partial(_video_round_trip, _kind, _options), (_kind,), probes=True))


@row("ActivityNetDataset", AREA, types=(fo.types.ActivityNetDataset,), probes=True)
def _activity_net(stage: Stage) -> Any:
    stage.place.put("in/data/v_one.mp4", stage.video_file)
    labels = {
        "taxonomy": [{"nodeName": "Sleeping", "nodeId": 1, "parentName": None, "parentId": None}],
        "version": "1.3",
        "database": {
            "one": {
                "duration": 2.0,
                "subset": "validation",
                "resolution": "160x120",
                "url": "https://example.org",
                "annotations": [{"label": "Sleeping", "segment": [0.2, 1.1]}],
            }
        },
    }
    stage.place.put("in/labels.json", json.dumps(labels).encode())
    return stage.from_dir(stage.place.url("in"), dataset_type=fo.types.ActivityNetDataset, data_path="data")


@row("OpenLABELVideoDataset", AREA, types=(fo.types.OpenLABELVideoDataset,), probes=True)
def _open_label_video(stage: Stage) -> Any:
    stage.place.put("in/data/one.mp4", stage.video_file)
    box = {"name": "shape", "val": [80, 60, 40, 20]}
    labels = {
        "openlabel": {
            "metadata": {"schema_version": "1.0.0", "uri": "one.mp4"},
            "objects": {"0": {"name": "a car", "type": "Car"}},
            "frames": {"3": {"objects": {"0": {"object_data": {"bbox": [box]}}}}},
        }
    }
    stage.place.put("in/labels.json", json.dumps(labels).encode())
    return stage.from_dir(stage.place.url("in"), dataset_type=fo.types.OpenLABELVideoDataset)
