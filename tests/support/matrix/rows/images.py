"""Formats for images with one label each, with masks, or with none."""

from __future__ import annotations

from functools import partial
from typing import Any, Final

import fiftyone as fo
import numpy as np

from support.matrix.row import Row, add, row
from support.matrix.rows.detections import AREA, CLASSES, round_trip
from support.matrix.stage import Stage
from support.pictures import Pixels, encode

_MASK: Final[Pixels] = np.repeat(np.repeat(np.eye(4), 20, axis=0), 40, axis=1).astype(np.uint8)


def _classified(stage: Stage) -> Any:
    return stage.dataset(
        fo.Sample(filepath=url, weather=fo.Classification(label=CLASSES[at % 2], confidence=0.5))
        for at, url in enumerate(stage.images())
    )


def _classifications_round_trip(kind: type, stage: Stage) -> Any:
    return round_trip(stage, kind, _classified(stage), {"label_field": "weather"})


for _kind in (fo.types.FiftyOneImageClassificationDataset, fo.types.ImageClassificationDirectoryTree):
    add(Row(_kind.__name__, AREA, partial(_classifications_round_trip, _kind), (_kind,)))


@row("ImageDirectory", AREA, types=(fo.types.ImageDirectory,))
def _image_directory(stage: Stage) -> Any:
    return round_trip(stage, fo.types.ImageDirectory, stage.dataset(stage.images()), {})


@row("MediaDirectory", AREA, types=(fo.types.MediaDirectory,))
def _media_directory(stage: Stage) -> Any:
    return round_trip(stage, fo.types.MediaDirectory, stage.dataset(stage.images()), {})


@row("ImageSegmentationDirectory", AREA, types=(fo.types.ImageSegmentationDirectory,))
def _image_segmentation_directory(stage: Stage) -> Any:
    dataset = stage.dataset(
        fo.Sample(filepath=url, ground_truth=fo.Segmentation(mask=_MASK)) for url in stage.images()
    )
    return round_trip(stage, fo.types.ImageSegmentationDirectory, dataset, {"label_field": "ground_truth"})


@row("ImageSegmentationDirectory, masks in files", AREA)
def _segmentation_masks_in_files(stage: Stage) -> Any:
    dataset = stage.dataset(
        fo.Sample(
            filepath=url,
            ground_truth=fo.Segmentation(mask_path=stage.place.put(f"masks/{at}.png", encode(_MASK, "PNG"))),
        )
        for at, url in enumerate(stage.images())
    )
    return round_trip(stage, fo.types.ImageSegmentationDirectory, dataset, {"label_field": "ground_truth"})
