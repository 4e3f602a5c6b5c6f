"""Adding, merging and exporting: where media come from, where they go, and what is done with them."""

from __future__ import annotations

from contextlib import nullcontext
from functools import partial
from typing import Any, Final

import fiftyone as fo

from safelight.files import allow_remote_changes
from safelight.storage.uri import is_remote
from support.matrix.row import Row, add, row
from support.matrix.rows.detections import boxes
from support.matrix.rows.videos import labelled_videos
from support.matrix.stage import Stage
from support.places.local import LocalPlace

AREA: Final = "Datasets in and out: adding, merging, exporting"
_COCO: Final = fo.types.COCODetectionDataset


@row("add_images_dir, add_images_patt, from_images", AREA)
def _add_images(stage: Stage) -> Any:
    urls = stage.images(3, "in") + stage.images(2, "in/more")
    dataset = stage.dataset()
    dataset.add_images_dir(stage.place.url("in"), tags="everything", progress=False)
    dataset.add_images_patt(stage.place.url("in/*.jpg"), tags="pattern", progress=False)
    dataset.add_images(urls[:1], tags="listed", progress=False)
    return [
        dataset.values(["filepath", "tags"]),
        stage.keep(fo.Dataset.from_images_patt(stage.place.url("in/**/0[01].jpg"), progress=False)),
    ]


@row("add_videos_dir, add_videos_patt", AREA)
def _add_videos(stage: Stage) -> Any:
    stage.videos(2, "in")
    dataset = stage.dataset()
    dataset.add_videos_dir(stage.place.url("in"), progress=False)
    dataset.add_videos_patt(stage.place.url("in/*1.mp4"), progress=False)
    return dataset


@row("add_dir with tags, twice", AREA, reads_again="each import reads the labels as they are then")
def _add_dir(stage: Stage) -> Any:
    boxes(stage).export(
        stage.place.url("out"), dataset_type=_COCO, label_field="ground_truth", progress=False
    )
    dataset = stage.dataset()
    for tag in ("first", "second"):
        dataset.add_dir(stage.place.url("out"), _COCO, label_field="ground_truth", tags=tag, progress=False)
    return dataset


@row("merge_dir onto media that are there", AREA)
def _merge_dir(stage: Stage) -> Any:
    labelled = boxes(stage)
    labels = stage.place.url("labels/today.json")
    options = {"dataset_type": _COCO, "label_field": "ground_truth", "progress": False}
    labelled.export(labels_path=labels, export_media=False, **options)
    dataset = stage.dataset(labelled.values("filepath")[:2])
    dataset.merge_dir(data_path=stage.place.url("images"), labels_path=labels, **options)
    return dataset


@row("merge_samples by filepath", AREA)
def _merge_samples(stage: Stage) -> Any:
    labelled = boxes(stage)
    dataset = stage.dataset(labelled.values("filepath")[1:3])
    dataset.merge_samples(labelled, insert_new=False, progress=False)
    dataset.merge_samples(labelled.select_fields(), key_field="filepath", progress=False)
    return dataset


def _export_media(mode: Any, stage: Stage) -> Any:
    dataset = boxes(stage)
    options = {"data_path": "data.json"} if mode == "manifest" else {"export_media": mode}
    dataset.export(
        stage.place.url("out"), dataset_type=_COCO, label_field="ground_truth", progress=False, **options
    )
    return {"files": stage.files("out"), "media": stage.files("images")}


for _mode in (False, "manifest", "symlink"):
    add(Row(f"export, export_media={_mode!r}", AREA, partial(_export_media, _mode)))


@row("export, export_media='move', allowed", AREA)
def _export_and_move(stage: Stage) -> Any:
    root = stage.place.root
    with allow_remote_changes(root) if is_remote(root) else nullcontext():
        return _export_media("move", stage)


@row("export from here to this machine", AREA)
def _export_to_this_machine(stage: Stage) -> Any:
    target = stage.directory / "exported"
    boxes(stage).export(
        str(target), dataset_type=fo.types.VOCDetectionDataset, label_field="ground_truth", progress=False
    )
    return sorted(
        (path.relative_to(target).as_posix(), path.stat().st_size) for path in target.rglob("*.jpg")
    )


@row("export from this machine to here", AREA)
def _export_from_this_machine(stage: Stage) -> Any:
    local = Stage(LocalPlace(stage.directory / "on-this-machine"), stage.directory, stage.video_file)
    dataset = stage.keep(boxes(local))
    local.made.clear()
    dataset.export(stage.place.url("out"), dataset_type=_COCO, label_field="ground_truth", progress=False)
    return stage.files("out")


@row("export with rel_dir", AREA)
def _export_with_relative_directories(stage: Stage) -> Any:
    dataset = stage.dataset(stage.images(2, "images/a") + stage.images(2, "images/b"))
    dataset.export(
        stage.place.url("out"),
        dataset_type=fo.types.FiftyOneDataset,
        rel_dir=stage.place.url("images"),
        progress=False,
    )
    return stage.files("out")


@row("export of patches", AREA)
def _export_patches(stage: Stage) -> Any:
    patches = boxes(stage).to_patches("ground_truth")
    patches.export(
        stage.place.url("out"),
        dataset_type=fo.types.ImageClassificationDirectoryTree,
        label_field="ground_truth",
        progress=False,
    )
    return stage.files("out")


@row("export of clips", AREA, probes=True)
def _export_clips(stage: Stage) -> Any:
    clips = labelled_videos(stage).to_clips("events")
    clips.export(
        stage.place.url("out"),
        dataset_type=fo.types.VideoClassificationDirectoryTree,
        label_field="events",
        progress=False,
    )
    return stage.files("out")


@row("export of sampled frames", AREA, probes=True)
def _export_frames(stage: Stage) -> Any:
    frames = labelled_videos(stage).to_frames(
        sample_frames=True, output_dir=stage.place.url("frames"), fps=5, progress=False
    )
    frames.export(stage.place.url("out"), dataset_type=_COCO, label_field="boxes", progress=False)
    return {"frames": stage.files("frames"), "files": stage.files("out")}
