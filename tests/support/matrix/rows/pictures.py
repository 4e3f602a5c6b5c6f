"""Pictures and videos made from others: drawn labels, transforms, projections of point clouds."""

from __future__ import annotations

from typing import Any, Final

import fiftyone as fo
import fiftyone.utils.image as foui
import fiftyone.utils.utils3d as fou3d
import fiftyone.utils.video as fouv

from support.matrix.row import row
from support.matrix.rows.metadata import scene
from support.matrix.rows.models import with_parts
from support.matrix.stage import Stage
from support.point_cloud import motorcycle

AREA: Final = "New media from others"


@row("draw_labels on images", AREA)
def drawn_images(stage: Stage) -> Any:
    drawn = with_parts(stage).draw_labels(stage.place.url("drawn"), label_fields="parts", progress=False)
    return {"paths": drawn, "files": stage.files("drawn")}


@row("draw_labels on videos", AREA, probes=True)
def drawn_videos(stage: Stage) -> Any:
    (path,) = stage.videos(1)
    sample = fo.Sample(filepath=path)
    for number in range(1, 21):
        box = fo.Detection(label="zoom", bounding_box=[0.2, 0.2, 0.5, 0.5])
        sample.frames[number] = fo.Frame(boxes=fo.Detections(detections=[box]))
    dataset = stage.dataset([sample])
    drawn = dataset.draw_labels(stage.place.url("drawn"), label_fields="frames.boxes", progress=False)
    return {"paths": drawn, "files": sorted(stage.files("drawn"))}


@row("transform_images", AREA)
def transformed_images(stage: Stage) -> Any:
    dataset = stage.dataset(stage.images())
    foui.transform_images(
        dataset, size=(40, 30), output_dir=stage.place.url("small"), num_workers=2, progress=False
    )
    return {"dataset": dataset, "files": stage.files("small")}


@row("reencode_images", AREA)
def reencoded_images(stage: Stage) -> Any:
    dataset = stage.dataset(stage.images())
    foui.reencode_images(
        dataset, ext=".png", output_dir=stage.place.url("png"), num_workers=1, progress=False
    )
    return {"dataset": dataset, "files": stage.files("png")}


@row("transform_videos", AREA, probes=True)
def transformed_videos(stage: Stage) -> Any:
    dataset = stage.dataset(stage.videos(1))
    fouv.transform_videos(dataset, fps=5, size=(80, 60), output_dir=stage.place.url("small"), progress=False)
    dataset.compute_metadata(progress=False)
    return dataset


@row("reencode_videos", AREA, probes=True)
def reencoded_videos(stage: Stage) -> Any:
    dataset = stage.dataset(stage.videos(1))
    fouv.reencode_videos(dataset, output_dir=stage.place.url("new"), progress=False)
    dataset.compute_metadata(progress=False)
    return dataset


@row("orthographic projections", AREA)
def projections(stage: Stage) -> Any:
    dataset = stage.dataset([stage.place.put("a.pcd", motorcycle(step=16))])
    fou3d.compute_orthographic_projection_images(
        dataset, (64, 64), stage.place.url("ortho"), shading_mode="height", progress=False
    )
    return {"dataset": dataset, "files": stage.files("ortho")}


@row("orthographic projections of 3D scenes", AREA)
def scene_projections(stage: Stage) -> Any:
    dataset = stage.dataset([scene(stage)])
    fou3d.compute_orthographic_projection_images(
        dataset, (64, 64), stage.place.url("ortho"), shading_mode="height", progress=False
    )
    return {"dataset": dataset, "files": stage.files("ortho")}
