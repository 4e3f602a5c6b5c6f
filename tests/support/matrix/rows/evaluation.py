"""Evaluation, and the masks that it reads."""

from __future__ import annotations

from typing import Any, Final

import fiftyone as fo
import numpy as np

from support.matrix.row import row
from support.matrix.stage import Stage
from support.pictures import encode

AREA: Final = "Evaluation and masks"


def masks(stage: Stage) -> Any:
    """Images with the true mask and a guessed one, as files."""
    samples = []
    for at, path in enumerate(stage.images(3)):
        truth, guess = np.zeros((2, 32, 32), dtype=np.uint8)
        truth[4:24, 4:24] = 1
        guess[4:24, 4 : 12 + at] = 1
        guess[4:24, 12 + at : 24] = 2
        sample = fo.Sample(filepath=path)
        for field, mask in (("truth", truth), ("guess", guess)):
            url = stage.place.put(f"{field}/{at}.png", encode(mask, "PNG"))
            sample[field] = fo.Segmentation(mask_path=url)
        samples.append(sample)
    return stage.dataset(samples)


@row("evaluate_segmentations", AREA)
def segmentations(stage: Stage) -> Any:
    dataset = masks(stage)
    results = dataset.evaluate_segmentations(
        "guess", "truth", eval_key="eval", mask_targets={1: "thing", 2: "other"}, progress=False
    )
    return [results.report(), dataset.values("eval_accuracy")]


@row("evaluate_detections", AREA)
def detections(stage: Stage) -> Any:
    dataset = stage.dataset(
        fo.Sample(
            filepath=path,
            truth=fo.Detections(detections=[fo.Detection(label="cat", bounding_box=[0.1, 0.1, 0.4, 0.4])]),
            guess=fo.Detections(
                detections=[
                    fo.Detection(label="cat", bounding_box=[0.1, 0.1, 0.1 * at + 0.1, 0.4], confidence=0.9)
                ]
            ),
        )
        for at, path in enumerate(stage.images())
    )
    results = dataset.evaluate_detections("guess", "truth", eval_key="eval", compute_mAP=True, progress=False)
    return [results.mAP(), dataset.values("eval_tp")]


@row("masks and heatmaps, written and read", AREA)
def written(stage: Stage) -> Any:
    mask = np.arange(64, dtype=np.uint8).reshape(8, 8)
    (path,) = stage.images(1)
    sample = fo.Sample(filepath=path, half=fo.Segmentation(mask=mask), heat=fo.Heatmap(map=mask))
    dataset = stage.dataset([sample])
    sample.half.export_mask(stage.place.url("masks/0.png"), update=True)
    sample.heat.export_map(stage.place.url("maps/0.png"), update=True)
    sample.save()
    dataset.download_media(progress=False)
    sample.half.import_mask()
    return {
        "dataset": dataset,
        "mask": sample.half.mask,
        "map": sample.heat.get_map(),
        "files": stage.files("masks"),
    }
