"""Formats for images with boxes: exported beside their media, and imported again."""

from __future__ import annotations

from functools import partial
from typing import Any, Final

import fiftyone as fo

from support.matrix.row import Row, add
from support.matrix.stage import Stage

AREA: Final = "Datasets in and out: images"
CLASSES: Final = ["cat", "dog"]

_FORMATS: Final[dict[type, dict[str, Any]]] = {
    fo.types.BDDDataset: {},
    fo.types.COCODetectionDataset: {},
    fo.types.CVATImageDataset: {},
    fo.types.FiftyOneImageDetectionDataset: {},
    fo.types.FiftyOneImageLabelsDataset: {},
    fo.types.KITTIDetectionDataset: {},
    fo.types.VOCDetectionDataset: {},
    fo.types.YOLOv4Dataset: {"classes": CLASSES},
    fo.types.YOLOv5Dataset: {"classes": CLASSES, "split": "val"},
}
"""With what export and import need beside the field."""


def boxes(stage: Stage) -> Any:
    """Images with one box for each class."""
    return stage.dataset(
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
        for number, url in enumerate(stage.images())
    )


def round_trip(stage: Stage, kind: type, dataset: Any, options: dict[str, Any]) -> Any:
    """Export a dataset and import it again: what the files are, and what comes back."""
    there = stage.place.url("exports/today")
    dataset.export(there, dataset_type=kind, progress=False, **options)
    options = {key: value for key, value in options.items() if key != "classes"}
    return {
        "files": stage.files("exports/today"),
        "samples": stage.from_dir(there, dataset_type=kind, **options),
    }


def _boxes_round_trip(kind: type, options: dict[str, Any], stage: Stage) -> Any:
    return round_trip(stage, kind, boxes(stage), {"label_field": "ground_truth", **options})


for _kind, _options in _FORMATS.items():
    add(Row(_kind.__name__, AREA, partial(_boxes_round_trip, _kind, _options), (_kind,)))
