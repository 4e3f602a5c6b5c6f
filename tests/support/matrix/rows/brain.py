"""The methods of FiftyOne Brain."""

from __future__ import annotations

from typing import Any, Final

import fiftyone as fo
import fiftyone.brain as fob
import numpy as np

from support.matrix.models import MeanColour
from support.matrix.row import row
from support.matrix.rows.models import with_parts
from support.matrix.stage import Stage

AREA: Final = "Brain"


def with_copy(stage: Stage) -> Any:
    """Different images, and one of them again under another name."""
    paths = stage.images(6)
    first = stage.place.get(stage.place.key(paths[0]))
    return stage.dataset([*paths, stage.place.put("images/copy.jpg", first)])


@row("compute_visualization", AREA)
def visualization(stage: Stage) -> Any:
    results = fob.compute_visualization(
        with_copy(stage), model=MeanColour(), method="pca", skip_failures=False, progress=False
    )
    return np.abs(results.points)


@row("compute_similarity, sorted by it", AREA)
def similarity(stage: Stage) -> Any:
    dataset = with_copy(stage)
    fob.compute_similarity(
        dataset, model=MeanColour(), backend="sklearn", brain_key="sim", skip_failures=False, progress=False
    )
    return dataset.sort_by_similarity(dataset.first().id, k=3, brain_key="sim").values("filepath")


@row("compute_similarity of patches", AREA)
def patch_similarity(stage: Stage) -> Any:
    dataset = with_parts(stage)
    index = fob.compute_similarity(
        dataset,
        patches_field="parts",
        model=MeanColour(),
        backend="sklearn",
        brain_key="sim",
        skip_failures=False,
        progress=False,
    )
    return index.total_index_size


@row("compute_uniqueness", AREA)
def uniqueness(stage: Stage) -> Any:
    dataset = with_copy(stage)
    fob.compute_uniqueness(dataset, model=MeanColour(), skip_failures=False, progress=False)
    return dataset


@row("compute_exact_duplicates", AREA)
def exact_duplicates(stage: Stage) -> Any:
    dataset = with_copy(stage)
    found = fob.compute_exact_duplicates(dataset, num_workers=1, skip_failures=False, progress=False)
    return [[dataset[one].filepath, [dataset[each].filepath for each in same]] for one, same in found.items()]


@row("compute_near_duplicates", AREA)
def near_duplicates(stage: Stage) -> Any:
    dataset = with_copy(stage)
    index = fob.compute_near_duplicates(
        dataset, threshold=0.001, model=MeanColour(), skip_failures=False, progress=False
    )
    return dataset.select(index.duplicate_ids).values("filepath")


@row("compute_leaky_splits", AREA)
def leaky_splits(stage: Stage) -> Any:
    dataset = with_copy(stage)
    dataset.limit(4).tag_samples("train")
    dataset.skip(4).tag_samples("test")
    index = fob.compute_leaky_splits(
        dataset,
        splits=["train", "test"],
        threshold=0.001,
        model=MeanColour(),
        skip_failures=False,
        progress=False,
    )
    return sorted(index.leaks_view().values("filepath"))


@row("compute_hardness and compute_mistakenness", AREA)
def hardness(stage: Stage) -> Any:
    dataset = stage.dataset(
        fo.Sample(
            filepath=path,
            truth=fo.Classification(label="cat"),
            guess=fo.Classification(label="dog", confidence=0.6, logits=np.array([0.2, 0.1 * at])),
        )
        for at, path in enumerate(stage.images())
    )
    fob.compute_hardness(dataset, "guess", progress=False)
    fob.compute_mistakenness(dataset, "guess", label_field="truth", progress=False)
    return dataset.values(["hardness", "mistakenness"])
