"""Models: labels and embeddings, by image, batch, data loader, patch, frame and video."""

from __future__ import annotations

from typing import Any, Final

import fiftyone as fo

from support.matrix.models import Halves, MeanColour, MeanOfVideo, RandomNetwork
from support.matrix.row import Absent, add_absent, row
from support.matrix.stage import Stage

AREA: Final = "Models"

add_absent(
    Absent(
        "apply_model with models of the zoo",
        AREA,
        "their weights come from the network; models with random weights stand in for them",
    )
)


def with_parts(stage: Stage) -> Any:
    """Images with two boxes each."""
    boxes = ([0.0, 0.0, 0.5, 0.5], [0.25, 0.25, 0.5, 0.5])
    return stage.dataset(
        fo.Sample(
            filepath=path,
            parts=fo.Detections(detections=[fo.Detection(label="part", bounding_box=box) for box in boxes]),
        )
        for path in stage.images()
    )


@row("apply_model by image", AREA)
def by_image(stage: Stage) -> Any:
    dataset = stage.dataset(stage.images())
    dataset.apply_model(MeanColour(), label_field="bright", skip_failures=False, progress=False)
    return dataset


@row("apply_model by batch", AREA)
def by_batch(stage: Stage) -> Any:
    dataset = stage.dataset(stage.images())
    dataset.apply_model(MeanColour(), label_field="bright", batch_size=3, skip_failures=False, progress=False)
    return dataset


@row("apply_model by data loader", AREA)
def by_loader(stage: Stage) -> Any:
    dataset = stage.dataset(stage.images(6))
    for _ in range(2):  # the second pass finds everything in the cache
        dataset.apply_model(
            RandomNetwork(),
            label_field="network",
            batch_size=2,
            num_workers=0,
            skip_failures=False,
            progress=False,
        )
    return dataset


@row("apply_model by data loader in two workers", AREA)
def by_workers(stage: Stage) -> Any:
    dataset = stage.dataset(stage.images(6))
    dataset.apply_model(
        RandomNetwork(),
        label_field="network",
        batch_size=2,
        num_workers=2,
        skip_failures=False,
        progress=False,
    )
    return dataset


@row("apply_model, masks and heatmaps into the place", AREA)
def into_the_place(stage: Stage) -> Any:
    dataset = stage.dataset(stage.images(2))
    dataset.apply_model(
        Halves(), label_field="half", output_dir=stage.place.url("out"), skip_failures=False, progress=False
    )
    return {"dataset": dataset, "files": stage.files("out")}


@row("apply_model to frames", AREA, probes=True)
def to_frames(stage: Stage) -> Any:
    dataset = stage.dataset(stage.videos(1))
    dataset.compute_metadata(progress=False)
    dataset.apply_model(MeanColour(), label_field="frames.bright", skip_failures=False, progress=False)
    return dataset.values("frames.bright.confidence", unwind=True)


@row("apply_model to videos", AREA, probes=True)
def to_videos(stage: Stage) -> Any:
    dataset = stage.dataset(stage.videos())
    dataset.apply_model(MeanOfVideo(), label_field="bright", skip_failures=False, progress=False)
    return dataset


@row("compute_embeddings", AREA)
def embeddings(stage: Stage) -> Any:
    dataset = stage.dataset(stage.images())
    one_by_one = dataset.compute_embeddings(MeanColour(), skip_failures=False, progress=False)
    by_loader = dataset.compute_embeddings(
        RandomNetwork(), batch_size=2, num_workers=0, skip_failures=False, progress=False
    )
    return [one_by_one, by_loader]


@row("compute_patch_embeddings", AREA)
def patch_embeddings(stage: Stage) -> Any:
    dataset = with_parts(stage)
    dataset.compute_patch_embeddings(
        MeanColour(), "parts", embeddings_field="colour", skip_failures=False, progress=False
    )
    by_loader = dataset.compute_patch_embeddings(
        RandomNetwork(), "parts", batch_size=2, num_workers=0, skip_failures=False, progress=False
    )
    return [dataset.values("parts.detections.colour"), list(by_loader.values())]
