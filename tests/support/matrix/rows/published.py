"""Formats in which others publish datasets: upstream reads them, and writes none."""

from __future__ import annotations

import json
from typing import Any, Final

import fiftyone as fo
import numpy as np

from support.matrix.row import Absent, add_absent, row
from support.matrix.rows.detections import AREA
from support.matrix.stage import Stage
from support.pictures import encode

_IMAGE_ID: Final = "0a1b2c3d4e5f6071"

_OPEN_IMAGES: Final = {
    "metadata/classes.csv": "/m/01,Cat\n/m/02,Dog\n",
    "metadata/attributes.csv": "at,at place\non,on top of\n",
    "metadata/point_classes.csv": "LabelName,DisplayName\n/m/01,Cat\n",
    "metadata/segmentation_classes.csv": "/m/01\n",
    "metadata/hierarchy.json": '{"LabelName": "Entity"}',
    "labels/classifications.csv": (
        f"ImageID,Source,LabelName,Confidence\n{_IMAGE_ID},verification,/m/01,1\n"
    ),
    "labels/detections.csv": (
        "ImageID,Source,LabelName,Confidence,XMin,XMax,YMin,YMax,IsOccluded,IsTruncated,IsGroupOf,"
        f"IsDepiction,IsInside\n{_IMAGE_ID},xclick,/m/02,1,0.1,0.5,0.2,0.6,0,0,0,0,0\n"
    ),
    "labels/points.csv": (
        "ImageId,X,Y,Label,EstimatedYesNo,Source,YesVotes,NoVotes,UnsureVotes,TextLabel\n"
        f"{_IMAGE_ID},0.5,0.5,/m/01,yes,ih,3,0,0,\n"
    ),
    "labels/relationships.csv": (
        "ImageID,LabelName1,LabelName2,XMin1,XMax1,YMin1,YMax1,XMin2,XMax2,YMin2,YMax2,RelationshipLabel\n"
        f"{_IMAGE_ID},/m/01,/m/02,0.1,0.5,0.2,0.6,0.2,0.6,0.3,0.7,on\n"
    ),
    "labels/segmentations.csv": (
        "MaskPath,ImageID,LabelName,BoxID,BoxXMin,BoxXMax,BoxYMin,BoxYMax,PredictedIoU,Clicks\n"
        f"one.png,{_IMAGE_ID},/m/01,b1,0.0,0.5,0.0,0.5,0.9,\n"
    ),
}
"""As the project's own files, cut to one row each."""


def _put_open_images(stage: Stage) -> str:
    stage.picture(f"in/data/{_IMAGE_ID}.jpg")
    for name, text in _OPEN_IMAGES.items():
        stage.place.put(f"in/{name}", text.encode())
    mask = encode(np.full((40, 40), 255, np.uint8), "PNG")
    stage.place.put(f"in/labels/masks/{_IMAGE_ID[0].upper()}/one.png", mask)
    return stage.place.url("in")


@row("OpenImagesV6Dataset", AREA, types=(fo.types.OpenImagesV6Dataset,))
def _open_images_v6(stage: Stage) -> Any:
    return stage.from_dir(_put_open_images(stage), dataset_type=fo.types.OpenImagesV6Dataset)


@row("OpenImagesV7Dataset", AREA, types=(fo.types.OpenImagesV7Dataset,))
def _open_images_v7(stage: Stage) -> Any:
    return stage.from_dir(_put_open_images(stage), dataset_type=fo.types.OpenImagesV7Dataset)


@row("OpenLABELImageDataset", AREA, types=(fo.types.OpenLABELImageDataset,))
def _open_label_image(stage: Stage) -> Any:
    stage.images(2, "in/data")
    for name in ("00", "01"):
        box = {"name": "shape", "val": [80, 60, 40, 20]}
        labels = {
            "openlabel": {
                "metadata": {"schema_version": "1.0.0", "uri": f"{name}.jpg"},
                "objects": {"0": {"name": "a car", "type": "Car", "object_data": {"bbox": [box]}}},
            }
        }
        stage.place.put(f"in/labels/{name}.json", json.dumps(labels).encode())
    return stage.from_dir(stage.place.url("in"), dataset_type=fo.types.OpenLABELImageDataset)


@row("PlacesDataset", AREA, types=(fo.types.PlacesDataset,))
def _places(stage: Stage) -> Any:
    stage.images(2, "in/data")
    stage.place.put("in/labels/labels.json", json.dumps({"00": "attic", "01": "beach"}).encode())
    return stage.from_dir(stage.place.url("in"), dataset_type=fo.types.PlacesDataset)


add_absent(
    Absent(
        "FIWDataset",
        AREA,
        "upstream's importer does not take the `progress` that upstream gives it: it fails on local media.",
        (fo.types.FIWDataset,),
    )
)
