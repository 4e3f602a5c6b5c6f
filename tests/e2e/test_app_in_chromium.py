"""The App shows remote media in a real browser: judged by what is to be seen, not by statuses alone."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from support.app_page import AppPage, colours, pixels, saturation, vivid
from support.app_server import App, running_app
from support.cloud import Cloud, MakeDataset
from support.pictures import NAMES, encode, make_long_video, photograph
from support.point_cloud import motorcycle
from support.recording_proxy import RecordingProxy

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(300)]

SHOWN = 40


def allow_pages(cloud: Cloud, origin: str) -> None:
    """Let the pages of an origin read the bucket."""
    command = Path(sys.executable).with_name("safelight")
    arguments = ["storage", "cors", "apply", f"s3://{cloud.bucket}", "--origin", origin]
    subprocess.run([command, *arguments], check=True)


def plain(*colour: int) -> bytes:
    """A picture of one colour."""
    return encode(np.full((200, 300, 3), colour, np.uint8), "PNG")


def test_a_grid_of_pictures_from_a_bucket(
    app: App, app_page: AppPage, cloud: Cloud, make_dataset: MakeDataset
) -> None:
    bodies = [encode(photograph(name)) for name in NAMES]
    dataset = make_dataset(cloud.put(f"{i:03d}.jpg", bodies[i % len(bodies)]) for i in range(SHOWN))
    app_page.page.set_viewport_size({"width": 1400, "height": 1800})
    app_page.open_grid(app.grid(dataset), SHOWN)
    assert app_page.statuses == {200}
    tiles = app_page.tiles()
    assert len(tiles) == SHOWN
    assert all(colours(tile) > 2_000 for tile in tiles), "photographs, not placeholders"


def test_a_grid_of_pictures_that_the_browser_gets_from_the_bucket_itself(
    app_environment: dict[str, str], app_page: AppPage, cloud: Cloud, make_dataset: MakeDataset
) -> None:
    dataset = make_dataset(cloud.put(f"{name}.jpg", encode(photograph(name))) for name in NAMES)
    with running_app({**app_environment, "SAFELIGHT_APP_SIGNED_URLS": "true"}) as app:
        allow_pages(cloud, app.url)
        app_page.page.goto(app.grid(dataset))

        def are_photographs() -> bool:
            tiles = app_page.tiles()
            return len(tiles) == len(NAMES) and all(colours(tile) > 200 for tile in tiles)  # one is grey

        # Scripts may not look at a canvas with pictures from elsewhere: what is seen has to tell.
        app_page.wait_for(are_photographs, "photographs in all tiles")
    assert app_page.statuses == {307}


def test_masks_and_heatmaps_from_a_bucket_lie_over_their_pictures(
    app: App, app_page: AppPage, cloud: Cloud, make_dataset: MakeDataset
) -> None:
    import fiftyone as fo
    from fiftyone.core.odm import ActiveFields

    half = np.zeros((200, 300), np.uint8)
    half[:, :150] = 1
    mask = fo.Segmentation(mask_path=cloud.put("mask.png", encode(half, "PNG")))
    heatmap = fo.Heatmap(map_path=cloud.put("map.png", encode(half * 255, "PNG")), range=[0, 255])
    bare, masked, heated = (cloud.put(f"{name}.png", plain(128, 128, 128)) for name in ("a", "b", "c"))
    dataset = make_dataset([bare, fo.Sample(masked, mask=mask), fo.Sample(heated, heatmap=heatmap)])
    dataset.app_config.active_fields = ActiveFields(paths=["mask", "heatmap"])
    dataset.save()

    app_page.open_grid(app.grid(dataset), 3)
    app_page.dismiss_hints()
    without, *with_labels = app_page.tiles()
    assert saturation(without) < 1, "grey"
    for tile in with_labels:
        left, right = np.array_split(tile, 2, axis=1)
        assert saturation(left) > 30, "coloured where the label is"
        assert saturation(right) < 5, "grey where it is not"


def test_the_grid_shows_thumbnails_from_a_bucket(
    app: App, app_page: AppPage, cloud: Cloud, make_dataset: MakeDataset
) -> None:
    import fiftyone as fo

    picture, thumbnail = cloud.put("large.png", plain(0, 0, 255)), cloud.put("small.png", plain(255, 0, 0))
    dataset = make_dataset([fo.Sample(picture, thumbnail_path=thumbnail)])
    dataset.app_config.media_fields = ["filepath", "thumbnail_path"]
    dataset.app_config.grid_media_field = "thumbnail_path"
    dataset.save()

    app_page.open_grid(app.grid(dataset), 1)
    (tile,) = app_page.tiles()
    red, _, blue = tile.mean(axis=(0, 1))
    assert red > 200
    assert blue < 50
    assert not any("large.png" in answer.url for answer in app_page.media)


@pytest.fixture
def long_video(cloud: Cloud, make_dataset: MakeDataset, tmp_path: Path) -> Any:
    """A dataset of one video with its metadata: red, then blue from the middle on."""
    import fiftyone as fo

    video = make_long_video(tmp_path / "long.mp4")
    metadata = fo.VideoMetadata.build_for(str(video))
    return make_dataset([fo.Sample(cloud.put("long.mp4", video), metadata=metadata)])


def test_a_video_is_sought_without_being_downloaded(
    app: App, app_page: AppPage, app_store: RecordingProxy, long_video: Any
) -> None:
    app_store.requests.clear()
    viewer = app_page.open_sample(app.sample(long_video, long_video.first()))
    app_page.wait_for(lambda: vivid(pixels(viewer)) > 0.3, "the first frame")
    red, _, blue = np.median(app_page.middle(viewer), axis=(0, 1))
    assert red > blue

    app_page.seek_to_middle()

    def is_blue() -> bool:
        red, _, blue = np.median(app_page.middle(viewer), axis=(0, 1))
        return bool(blue > 100 > red)

    app_page.wait_for(is_blue, "a frame of the second half")
    assert app_page.statuses == {206}
    assert sum(request.sent for request in app_store.of("GET")) < long_video.first().metadata.size_bytes / 3
    assert len(app_store.of("HEAD")) <= 1, "ranges say how long the object is"


@pytest.fixture
def scenes(cloud: Cloud, tmp_path: Path, make_dataset: MakeDataset) -> Any:
    """Two scenes: an empty one, and one with a point cloud that is beside it."""
    import fiftyone.core.threed as fo3d

    empty, scene = fo3d.Scene(), fo3d.Scene()
    scene.add(fo3d.PointCloud("motorcycle", "motorcycle.pcd"))
    empty.write(str(tmp_path / "empty.fo3d"))
    scene.write(str(tmp_path / "scene.fo3d"))
    cloud.put("motorcycle.pcd", motorcycle(step=4))
    return make_dataset([cloud.put(name, tmp_path / name) for name in ("empty.fo3d", "scene.fo3d")])


def test_scenes_and_point_clouds_from_a_bucket_are_drawn(
    app: App, app_page: AppPage, cloud: Cloud, make_dataset: MakeDataset, scenes: Any
) -> None:
    clouds = make_dataset([cloud.url("motorcycle.pcd")])

    def coloured() -> float:
        return vivid(app_page.middle(app_page.page.locator("[data-cy=modal]")))

    app_page.open_scene(app.sample(scenes, scenes.first()))
    nothing = coloured()  # axes
    for dataset in (scenes, clouds):
        app_page.open_scene(app.sample(dataset, dataset.last()))
        app_page.wait_for(lambda: coloured() > nothing + 0.005, "points")
    assert app_page.statuses <= {200, 206}
