"""`compute_metadata()` of every type of media."""

from __future__ import annotations

from typing import Any, Final

import fiftyone as fo
import fiftyone.core.threed as fo3d

from support.matrix.row import row
from support.matrix.stage import Stage
from support.pictures import encode, photograph
from support.point_cloud import motorcycle

AREA: Final = "Metadata"


def scene(stage: Stage) -> str:
    """A 3D scene with a point cloud and a mesh beside it."""
    definition = fo3d.Scene()
    definition.add(fo3d.PointCloud("motorcycle", "clouds/motorcycle.pcd", flag_for_projection=True))
    definition.add(fo3d.StlMesh("box", "meshes/box.stl"))
    written = stage.directory / "scene.fo3d"
    definition.write(str(written))
    stage.place.put("3d/clouds/motorcycle.pcd", motorcycle(step=16))
    stage.place.put("3d/meshes/box.stl", b"solid box" * 10)
    return stage.place.put("3d/scene.fo3d", written)


def _metadata(dataset: Any, **options: Any) -> list[Any]:
    dataset.compute_metadata(skip_failures=False, progress=False, **options)
    return [each and each.to_dict() for each in dataset.values("metadata")]


@row("metadata of images", AREA)
def images(stage: Stage) -> Any:
    paths = stage.images() + [
        stage.place.put(f"others/a.{suffix}", encode(photograph("coffee")[:80, :90], kind))
        for suffix, kind in (("png", "PNG"), ("bmp", "BMP"), ("webp", "WEBP"), ("tif", "TIFF"))
    ]
    return _metadata(stage.dataset(paths))


@row("metadata of videos", AREA, probes=True)
def videos(stage: Stage) -> Any:
    return _metadata(stage.dataset(stage.videos()), num_workers=1)


@row("metadata of 3D scenes", AREA)
def scenes(stage: Stage) -> Any:
    return _metadata(stage.dataset([scene(stage)]))


@row("metadata of point clouds", AREA)
def point_clouds(stage: Stage) -> Any:
    return _metadata(stage.dataset([stage.place.put("a.pcd", motorcycle(step=16))]))


@row("metadata of multimodal recordings", AREA)
def recordings(stage: Stage) -> Any:
    return _metadata(stage.dataset([stage.place.put("drive.mcap", b"\x89MCAP0\r\n" * 100)]))


@row("metadata of groups", AREA, probes=True)
def groups(stage: Stage) -> Any:
    members = {"left": stage.images(1)[0], "video": stage.videos(1)[0], "lidar": scene(stage)}
    group = fo.Group()
    samples = [fo.Sample(filepath=path, group=group.element(name)) for name, path in members.items()]
    dataset = stage.dataset()
    dataset.add_group_field("group", default="left")
    dataset.add_samples(samples, progress=False)
    dataset.compute_metadata(skip_failures=False, progress=False)
    return dataset
