"""The datasets that actions act on, as their owner makes them; no media is needed."""

from __future__ import annotations

from typing import Any

import fiftyone as fo
import numpy as np

PREPARATION = "prepared"


def build(kind: str, name: str) -> Any:
    """A persistent dataset of this kind and name."""
    dataset = {"images": _images, "video": _video, "groups": _groups}[kind](name)
    dataset.persistent = True
    return dataset


def _detections(index: int) -> Any:
    box = [0.1, 0.1, 0.2 + 0.01 * index, 0.2]
    return fo.Detections(
        detections=[
            fo.Detection(label="cat", bounding_box=box, tags=["first"], confidence=0.5),
            fo.Detection(label="dog", bounding_box=[0.5, 0.5, 0.3, 0.3], confidence=0.9),
        ]
    )


def _images(name: str) -> Any:
    dataset = fo.Dataset(name)
    dataset.add_samples(
        [
            fo.Sample(
                filepath=f"/nowhere/{name}/{index}.png",
                tags=["train"],
                ground_truth=_detections(index),
                predictions=_detections(index + 1),
                weather=fo.Classification(label="sunny" if index % 2 else "rain", confidence=0.7),
                guess=fo.Classification(label="sunny", confidence=0.6),
                uniqueness=index / 10,
                vector=[float(index), 1.0, 2.0],
                place=fo.GeoLocation(point=[8.5 + index, 47.3]),
            )
            for index in range(6)
        ],
        progress=False,
    )
    dataset.create_index([("place.point", "2dsphere")])
    dataset.save_view("rainy", dataset.match_labels(filter=fo.ViewField("label") == "rain", fields="weather"))
    dataset.save_workspace("desk", fo.Space(children=[]))
    dataset.evaluate_detections("predictions", gt_field="ground_truth", eval_key="first_eval", progress=False)
    config = fo.core.runs.RunConfig()
    config.answer = 42
    dataset.register_run("first_run", config)
    results = dataset.init_run_results("first_run")
    results.table = list(range(50))
    dataset.save_run_results("first_run", results)
    return dataset


def _video(name: str) -> Any:
    dataset = fo.Dataset(name)
    metadata = fo.VideoMetadata(total_frame_count=4, frame_rate=1, frame_width=64, frame_height=48)
    for index in range(2):
        sample = fo.Sample(filepath=f"/nowhere/{name}/{index}.mp4", tags=["train"], metadata=metadata)
        sample["events"] = fo.TemporalDetections(
            detections=[fo.TemporalDetection(label="jump", support=[1, 2])]
        )
        for number in range(1, 4):
            sample.frames[number] = fo.Frame(
                filepath=f"/nowhere/{name}/{index}-{number}.png", objects=_detections(number)
            )
        dataset.add_sample(sample)
    return dataset


def _groups(name: str) -> Any:
    dataset = fo.Dataset(name)
    dataset.add_group_field("group", default="left")
    for index in range(3):
        group = fo.Group()
        dataset.add_samples(
            [
                fo.Sample(
                    filepath=f"/nowhere/{name}/{index}-{side}.png",
                    group=group.element(side),
                    objects=_detections(index),
                    vector=np.arange(3.0),
                )
                for side in ("left", "right")
            ],
            progress=False,
        )
    return dataset
