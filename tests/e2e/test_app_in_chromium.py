"""The App shows remote media in a real browser."""

from __future__ import annotations

import io
import os
import subprocess
import sys
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image

from safelight_server.quickstart.ports import find_free_port
from support import app_session
from support.pictures import NAMES, encode, make_video, photograph
from support.point_cloud import motorcycle
from support.s3_server import S3Server

if TYPE_CHECKING:
    from playwright.sync_api import Page, Response

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(300)]

SHOWN = 40


@contextmanager
def app(samples: list[str], environment: dict[str, str]) -> Iterator[str]:
    """Run the App on a dataset of these media; gives its page's URL."""
    name = f"app-{uuid.uuid4().hex[:8]}"
    port = find_free_port()
    made = (
        "import sys, fiftyone as fo\n"
        "dataset = fo.Dataset(sys.argv[1], persistent=True)\n"
        "dataset.add_samples([fo.Sample(filepath=path) for path in sys.argv[2:]], progress=False)\n"
    )
    variables = {**os.environ, **environment}
    subprocess.run([sys.executable, "-c", made, name, *samples], env=variables, check=True, timeout=120)
    process = subprocess.Popen(
        [sys.executable, app_session.__file__, str(port), name],
        env=variables,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        for line in process.stdout:
            if line.strip() == "ready":
                break
        yield f"http://127.0.0.1:{port}/datasets/{name}"
    finally:
        process.stdin.close()
        process.stdout.close()
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(30)


def colours(picture: bytes) -> int:
    """How many colours a screenshot has: pictures have thousands, pages a few dozen."""
    pixels = np.asarray(Image.open(io.BytesIO(picture)).convert("RGB")).reshape(-1, 3)
    return len(np.unique(pixels, axis=0))


class Media:
    """What a page loaded through the media route."""

    def __init__(self, page: Page) -> None:
        self.responses: list[Response] = []
        page.on("response", self._note)

    def _note(self, response: Response) -> None:
        if "/media?" in response.url:
            self.responses.append(response)

    def wait(self, page: Page) -> None:
        """Until the page has loaded something, and nothing more for a while."""
        seen = -1
        for _ in range(30):
            page.wait_for_timeout(2_000)
            if self.responses and len(self.responses) == seen:
                return
            seen = len(self.responses)

    @property
    def statuses(self) -> set[int]:
        return {response.status for response in self.responses}


@pytest.fixture
def environment(s3: S3Server, tmp_path: Path) -> dict[str, str]:
    return {**s3.environment, "FIFTYONE_MEDIA_CACHE_DIR": str(tmp_path / "cache")}


def open_sample(page: Page) -> None:
    """Click on the first sample of the grid."""
    dismiss_hints(page)
    box = page.locator("[data-cy=looker]").first.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.wait_for_timeout(500)
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.wait_for_selector("[data-cy=modal]", timeout=60_000)


def open_grid(page: Page, url: str, count: int) -> None:
    page.goto(url)
    page.wait_for_function(
        "count => document.querySelectorAll('[data-cy=looker]').length >= count", arg=count, timeout=60_000
    )


def test_a_grid_of_pictures_from_a_bucket(
    page: Page, s3: S3Server, bucket: str, environment: dict[str, str]
) -> None:
    for number in range(SHOWN):
        body = encode(photograph(NAMES[number % len(NAMES)]))
        s3.client().put_object(Bucket=bucket, Key=f"{number:03d}.jpg", Body=body)
    samples = [f"s3://{bucket}/{number:03d}.jpg" for number in range(SHOWN)]
    with app(samples, environment) as url:
        media = Media(page)
        open_grid(page, url, 20)
        media.wait(page)
        picture = page.screenshot()
    assert media.statuses == {200}
    assert len(media.responses) >= 20
    assert colours(picture) > 20_000, "photographs, not placeholders"


def test_a_video_from_a_bucket(
    page: Page, s3: S3Server, bucket: str, environment: dict[str, str], tmp_path: Path
) -> None:
    video = make_video(tmp_path / "zoom.mp4", frames=60)
    s3.client().upload_file(str(video), bucket, "zoom.mp4")
    with app([f"s3://{bucket}/zoom.mp4"], environment) as url:
        media = Media(page)
        open_grid(page, url, 1)
        media.wait(page)
        picture = page.screenshot()
    assert media.statuses <= {200, 206}
    assert any(response.status == 206 for response in media.responses)
    assert colours(picture) > 5_000


def test_the_assets_of_a_scene_reach_the_viewer(
    page: Page, s3: S3Server, bucket: str, environment: dict[str, str], tmp_path: Path
) -> None:

    written = (
        "import sys, fiftyone.core.threed as fo3d\n"
        "scene = fo3d.Scene()\n"
        "scene.add(fo3d.PointCloud('motorcycle', 'motorcycle.pcd'))\n"
        "scene.write(sys.argv[1])\n"
    )
    scene = tmp_path / "scene.fo3d"
    subprocess.run([sys.executable, "-c", written, str(scene)], check=True, timeout=120)
    s3.client().upload_file(str(scene), bucket, "scene.fo3d")
    s3.client().put_object(Bucket=bucket, Key="motorcycle.pcd", Body=motorcycle())
    with app([f"s3://{bucket}/scene.fo3d"], environment) as url:
        media = Media(page)
        open_grid(page, url, 1)
        open_sample(page)
        page.get_by_text("All assets loaded successfully").wait_for(timeout=60_000)
    assert media.statuses <= {200, 206}
    assert any("motorcycle.pcd" in response.url for response in media.responses)


def dismiss_hints(page: Page) -> None:
    """Close what upstream shows to newcomers: it takes clicks."""
    page.wait_for_timeout(6_000)
    button = page.get_by_text("Dismiss")
    if button.count():
        button.first.click()
