"""FiftyOne's own formats and tables: everything a dataset has, groups and scenes included."""

from __future__ import annotations

import json
from typing import Any, Final

import fiftyone as fo

from support.matrix.row import row
from support.matrix.rows.detections import boxes, round_trip
from support.matrix.rows.videos import labelled_videos
from support.matrix.stage import Stage
from support.pictures import encode, photograph
from support.point_cloud import motorcycle

AREA: Final = "Datasets in and out: FiftyOne's own formats"


@row("FiftyOneDataset", AREA, types=(fo.types.FiftyOneDataset,))
def _fiftyone_dataset(stage: Stage) -> Any:
    return round_trip(stage, fo.types.FiftyOneDataset, boxes(stage), {})


@row("LegacyFiftyOneDataset", AREA, types=(fo.types.LegacyFiftyOneDataset,))
def _legacy(stage: Stage) -> Any:
    return round_trip(stage, fo.types.LegacyFiftyOneDataset, boxes(stage), {})


@row("CSVDataset", AREA, types=(fo.types.CSVDataset,))
def _csv(stage: Stage) -> Any:
    dataset = stage.dataset(fo.Sample(filepath=url, weather="dry") for url in stage.images())
    options = {"fields": ["filepath", "weather"], "export_media": True}
    dataset.export(stage.place.url("out"), dataset_type=fo.types.CSVDataset, progress=False, **options)
    back = stage.from_dir(
        stage.place.url("out"), dataset_type=fo.types.CSVDataset, fields=["filepath", "weather"]
    )
    return {"files": stage.files("out"), "samples": back}


@row("FiftyOneDataset, videos with frames", AREA, probes=True)
def _videos(stage: Stage) -> Any:
    return round_trip(stage, fo.types.FiftyOneDataset, labelled_videos(stage), {})


@row("FiftyOneDataset, masks and heatmaps in files", AREA)
def _masks(stage: Stage) -> Any:
    mask = stage.place.put("masks/one.png", encode(photograph("chelsea")[:40, :40, 0], "PNG"))
    dataset = stage.dataset(
        fo.Sample(
            filepath=url,
            segmentation=fo.Segmentation(mask_path=mask),
            heatmap=fo.Heatmap(map_path=mask),
            things=fo.Detections(
                detections=[fo.Detection(label="cat", bounding_box=[0, 0, 1, 1], mask_path=mask)]
            ),
        )
        for url in stage.images(2)
    )
    return round_trip(stage, fo.types.FiftyOneDataset, dataset, {})


@row("FiftyOneDataset, groups", AREA)
def _groups(stage: Stage) -> Any:
    left, right = stage.images(2)
    [video] = stage.videos(1)
    group = fo.Group()
    dataset = stage.dataset(
        fo.Sample(filepath=url, group=group.element(name))
        for name, url in (("left", left), ("right", right), ("video", video))
    )
    return round_trip(stage, fo.types.FiftyOneDataset, dataset, {})


@row("FiftyOneDataset, 3D scenes with assets", AREA)
def _scenes(stage: Stage) -> Any:
    stage.place.put("scenes/points/cloud.pcd", motorcycle(32))
    scene = fo.Scene()
    scene.add(fo.PointCloud("cloud", "points/cloud.pcd"))
    stage.place.put("scenes/one.fo3d", json.dumps(scene.as_dict()).encode())
    dataset = stage.dataset([stage.place.url("scenes/one.fo3d")])
    return round_trip(stage, fo.types.FiftyOneDataset, dataset, {})


@row("dynamic groups, each exported", AREA)
def _dynamic_groups(stage: Stage) -> Any:
    dataset = stage.dataset(
        fo.Sample(filepath=url, scene=f"scene-{at % 2}", order=at) for at, url in enumerate(stage.images())
    )
    groups = dataset.group_by("scene", order_by="order")
    for at, group in enumerate(groups.iter_dynamic_groups()):
        group.export(stage.place.url(f"out/{at}"), dataset_type=fo.types.ImageDirectory, progress=False)
    return {"files": stage.files("out"), "members": groups.flatten().values("filepath")}


@row("FiftyOneDataset, an archive", AREA)
def _archive(stage: Stage) -> Any:
    there = stage.place.url("out/today.zip")
    boxes(stage).export(there, dataset_type=fo.types.FiftyOneDataset, progress=False)
    written = sorted(stage.files("out"))
    back = stage.keep(fo.Dataset.from_archive(there, dataset_type=fo.types.FiftyOneDataset, progress=False))
    return {"files": written, "samples": back}
