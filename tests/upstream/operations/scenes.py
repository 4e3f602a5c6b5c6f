"""Local 3D scenes and point clouds."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import fiftyone as fo
import fiftyone.utils.utils3d as fou3d

from upstream.bench import Bench
from upstream.recording import attempt, operation


def _scene(bench: Bench) -> Path:
    (cloud,) = bench.copy(bench.media.point_cloud)
    scene = fo.Scene(camera=fo.PerspectiveCamera(up="Z"))
    scene.add(fo.PointCloud("cloud", str(cloud)))
    scene.add(fo.BoxGeometry("box", width=1, height=2, depth=3))
    path = bench.directory / "scene.fo3d"
    scene.write(str(path), resolve_relative_paths=False)
    return path


def _dataset(bench: Bench) -> Any:
    dataset = fo.Dataset("scenes")
    dataset.add_sample(fo.Sample(filepath=str(_scene(bench))))
    return dataset


@operation
def scene(bench: Bench) -> Any:
    read = fo.Scene.from_fo3d(str(_scene(bench)))
    return [read.as_dict(), read.get_asset_paths(), attempt(fo.Scene.from_fo3d, "missing.fo3d")]


@operation
def metadata(bench: Bench) -> Any:
    dataset = _dataset(bench)
    dataset.add_sample(
        fo.Sample(filepath=str(bench.media.point_cloud))
    ) if dataset.media_type is None else None
    dataset.compute_metadata(progress=False)
    return dataset.first().metadata


@operation
def scene_assets(bench: Bench) -> Any:
    dataset = _dataset(bench)
    found = fou3d.get_scene_asset_paths(dataset.values("filepath"), progress=False)
    dataset.export(export_dir="out", dataset_type=fo.types.FiftyOneDataset, progress=False)
    return found


@operation
def projections(bench: Bench) -> Any:
    dataset = fo.Dataset("clouds")
    dataset.add_sample(fo.Sample(filepath=str(bench.media.point_cloud)))
    fou3d.compute_orthographic_projection_images(dataset, (16, 16), "out", progress=False)
    dataset.compute_metadata(progress=False)


@operation
def projections_of_scenes(bench: Bench) -> Any:
    fou3d.compute_orthographic_projection_images(
        _dataset(bench), (16, -1), "out", shading_mode="height", progress=False
    )


@operation
def projection_of_what_is_missing(bench: Bench) -> Any:
    missing = str(bench.directory / "missing.pcd")
    return attempt(fou3d.compute_orthographic_projection_image, missing, (8, 8))
