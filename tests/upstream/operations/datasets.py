"""Samples, datasets, views, and what computes on them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import fiftyone as fo
import fiftyone.brain as fob
import fiftyone.core.utils as fou
import numpy as np
from fiftyone import ViewField as F

from upstream.bench import Bench
from upstream.operations.paths import PATHS
from upstream.recording import attempt, operation, operation_for


class _MeanColor(fo.Model):  # type: ignore[misc] # upstream is untyped
    """A model whose prediction shows exactly which pixels it was given."""

    media_type = "image"
    transforms = None
    preprocess = False
    ragged_batches = False
    has_embeddings = True

    def predict(self, arg: Any) -> Any:
        return fo.Classification(label="mean", confidence=float(np.mean(arg)))

    def embed(self, arg: Any) -> Any:
        return np.array([np.mean(arg), np.std(arg)])


@operation_for({path or "empty": path for path in PATHS})
def sample(_: Bench, path: str) -> Any:
    made = fo.Sample(filepath=path)
    return [made.filepath, made.media_type, made.filename, Path(made.filepath).is_absolute()]


@operation
def change_of_path(bench: Bench) -> Any:
    dataset = bench.dataset()
    first = dataset.first()
    first.filepath = "/elsewhere/a b.jpg"
    first.save()
    refused = attempt(setattr, first, "filepath", "/elsewhere/a.mp4")
    dataset.set_values("filepath", [f"relative/{n}.jpg" for n in range(len(dataset))])
    return [
        refused,
        dataset.values("filepath"),
        dataset["relative/0.jpg"].number,
        attempt(lambda: dataset["/no"]),
    ]


@operation_for(
    {
        "glob": {"images_patt": "*.jpg"},
        "directory": {"images_dir": "."},
        "deep": {"images_dir": ".", "recursive": True},
    }
)
def from_images(bench: Bench, options: dict[str, Any]) -> Any:
    bench.copy(*bench.media.images)
    here = {
        key: str(bench.directory / "copies" / value) if isinstance(value, str) else value
        for key, value in options.items()
    }
    maker = fo.Dataset.from_images_patt if "images_patt" in here else fo.Dataset.from_images_dir
    return maker(name="x", progress=False, **here).values("filepath")


@operation
def add_and_merge(bench: Bench) -> Any:
    dataset = bench.dataset()
    other = dataset.clone("other")
    other.set_values("number", [10 * n for n in other.values("number")])
    dataset.merge_samples(other, fields="number", progress=False)
    dataset.merge_samples([fo.Sample(filepath=str(bench.media.images[0]), note="x")], progress=False)
    dataset.delete_samples(dataset.match(F("number") == 30))
    return dataset.values("number")


@operation
def views(bench: Bench) -> Any:
    dataset = bench.dataset()
    return [
        dataset.match_tags("odd").values("filepath"),
        dataset.filter_labels("objects", F("label") == "cat").count("objects.detections"),
        dataset.select_by("filepath", [str(bench.media.images[1])]).count(),
        dataset.sort_by("filepath", reverse=True).first().filepath,
        dataset.exists("metadata").count(),
        dataset.limit(2).to_patches("objects").count(),
        dataset.distinct("tags"),
        dataset.count_values("kind.label"),
        dataset.bounds("number"),
        len(dataset.take(2, seed=1)),
        dataset.match(F("filepath").ends_with(".png")).count(),
    ]


@operation
def save_contexts(bench: Bench) -> Any:
    dataset = bench.dataset()
    for each in dataset.iter_samples(autosave=True, progress=False):
        each["width"] = len(each.filepath)
    with dataset.save_context() as context:
        for each in dataset:
            each.tags.append("saved")
            context.save(each)
    dataset.save_view("odd", dataset.match_tags("odd"))
    return [dataset.list_saved_views(), dataset.load_saved_view("odd").count()]


@operation_for(
    {
        "thread": {"parallelize_method": "thread"},
        "process": {"parallelize_method": "process", "num_workers": 2},
    }
)
def update_samples(bench: Bench, options: dict[str, Any]) -> Any:
    dataset = bench.dataset()
    dataset.update_samples(_store_file_size, progress=False, **options)
    dataset.reload()
    return dataset.values("file_size")


def _store_file_size(each: Any) -> None:
    each["file_size"] = Path(each.filepath).stat().st_size


@operation
def apply_model(bench: Bench) -> Any:
    dataset = bench.dataset()
    dataset.apply_model(_MeanColor(), label_field="mean", progress=False)
    dataset.compute_embeddings(_MeanColor(), embeddings_field="vector", progress=False)
    embeddings = dataset.compute_patch_embeddings(_MeanColor(), "objects", progress=False)
    return [dataset.values("mean.confidence"), sorted(len(each) for each in embeddings.values())]


@operation
def skip_failures_of_a_model(bench: Bench) -> Any:
    dataset = bench.dataset()
    dataset.add_sample(fo.Sample(filepath="/missing.jpg"))
    dataset.apply_model(_MeanColor(), label_field="mean", progress=False)
    strict = attempt(dataset.apply_model, _MeanColor(), "strict", skip_failures=False, progress=False)
    return [dataset.values("mean.label"), strict["raised"]]


@operation
def duplicates(bench: Bench) -> Any:
    dataset = bench.dataset()
    dataset.add_samples([fo.Sample(filepath=str(path)) for path in bench.copy(*bench.media.images[:2])])
    found = fob.compute_exact_duplicates(dataset, num_workers=1, progress=False)
    return [[len(copies) for copies in found.values()], fou.compute_filehash(str(bench.media.images[0]))]


@operation
def evaluations(bench: Bench) -> Any:
    dataset = bench.dataset()
    dataset.clone_sample_field("objects", "predictions")
    dataset.clone_sample_field("area", "predicted_area")
    boxes = dataset.evaluate_detections("predictions", gt_field="objects", eval_key="boxes", progress=False)
    pixels = dataset.evaluate_segmentations(
        "predicted_area", gt_field="area", eval_key="pixels", progress=False
    )
    return [boxes.metrics(), pixels.metrics()]


@operation
def groups(bench: Bench) -> Any:
    dataset = fo.Dataset("groups")
    dataset.add_group_field("group", default="left")
    group = fo.Group()
    paths = zip(("left", "right"), bench.media.images, strict=False)
    dataset.add_samples([fo.Sample(filepath=str(path), group=group.element(name)) for name, path in paths])
    dataset.add_sample(fo.Sample(filepath=str(bench.media.video), group=group.element("film")))
    dataset.export(export_dir="out", dataset_type=fo.types.FiftyOneDataset, progress=False)
    dataset.compute_metadata(progress=False)
    dataset.group_slice = "right"
    return [
        dataset.group_media_types,
        dataset.first().filepath,
        dataset.select_group_slices(["left", "right"]).count(),
        [sorted(each) for each in dataset.iter_groups(progress=False)],
        [sorted(each) for each in dataset.limit(1).iter_groups(group_slices=["left"], progress=False)],
    ]


@operation
def public_names(_: Bench) -> Any:
    return {
        "fiftyone": sorted(name for name in dir(fo) if not name.startswith("_")),
        "Dataset": sorted(name for name in dir(fo.Dataset) if not name.startswith("_")),
        "Sample": sorted(name for name in dir(fo.Sample) if not name.startswith("_")),
    }
