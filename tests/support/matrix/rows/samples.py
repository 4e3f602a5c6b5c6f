"""Going through samples and deriving others: workers, patches, clips, frames, groups."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import fiftyone as fo
import fiftyone.utils.image as foui
from fiftyone import ViewField as F

from support.matrix.row import row
from support.matrix.rows.models import with_parts
from support.matrix.stage import Stage

AREA: Final = "Samples and views"


def height(sample: Any) -> int:
    """What a worker makes of a sample's pixels."""
    return int(foui.read(sample.filepath).shape[0])


def store_size(sample: Any) -> None:
    sample["size"] = Path(sample.local_path).stat().st_size


@row("iteration with local_path", AREA)
def iteration(stage: Stage) -> Any:
    dataset = stage.dataset(stage.images(6))
    for sample in dataset.iter_samples(autosave=True):
        store_size(sample)
    return dataset


@row("map_samples in threads", AREA)
def map_in_threads(stage: Stage) -> Any:
    dataset = stage.dataset(stage.images())
    mapped = dataset.map_samples(height, parallelize_method="thread", num_workers=2, progress=False)
    return sorted(result for _, result in mapped)


@row("update_samples in processes", AREA)
def update_in_processes(stage: Stage) -> Any:
    dataset = stage.dataset(stage.images())
    dataset.add_sample_field("size", fo.IntField)
    dataset.update_samples(store_size, parallelize_method="process", num_workers=2, progress=False)
    return dataset


@row("patches, read and exported", AREA)
def patches(stage: Stage) -> Any:
    view = with_parts(stage).to_patches("parts")
    heights = [height(sample) for sample in view]
    view.export(stage.place.url("patches"), dataset_type=fo.types.ImageDirectory, progress=False)
    return {"heights": heights, "files": sorted(stage.files("patches"))}


@row("clips, exported as videos", AREA, probes=True)
def clips(stage: Stage) -> Any:
    (path,) = stage.videos(1)
    sample = fo.Sample(filepath=path, events=fo.TemporalDetection(label="zoom", support=[3, 9]))
    view = stage.dataset([sample]).to_clips("events")
    view.export(stage.place.url("clips"), dataset_type=fo.types.VideoDirectory, progress=False)
    return sorted(stage.files("clips"))


@row("frames, sampled into the place", AREA, probes=True)
def frames(stage: Stage) -> Any:
    dataset = stage.dataset(stage.videos(1))
    view = dataset.to_frames(
        sample_frames=True, fps=2, output_dir=stage.place.url("frames"), skip_failures=False, progress=False
    )
    return {
        "frames": view.values(["filepath", "frame_number"]),
        "heights": [height(frame) for frame in view],
        "files": stage.files("frames"),
    }


@row("dynamic groups", AREA)
def dynamic_groups(stage: Stage) -> Any:
    paths = stage.images(6)
    dataset = stage.dataset(
        fo.Sample(filepath=path, scene=str(at % 2), number=at) for at, path in enumerate(paths)
    )
    view = dataset.group_by("scene", order_by="number")
    return {
        "first": [height(sample) for sample in view],
        "all": [[height(sample) for sample in group] for group in view.iter_dynamic_groups()],
    }


@row("a view by metadata, read", AREA)
def filtered(stage: Stage) -> Any:
    dataset = stage.dataset(stage.images(6))
    dataset.compute_metadata(progress=False)
    view = dataset.match(F("metadata.height") < 100).sort_by("metadata.height")
    return [height(sample) for sample in view]
