"""What somebody sees of the App in a browser."""

from __future__ import annotations

import io
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from PIL import Image

from support.pictures import Pixels

if TYPE_CHECKING:
    from playwright.sync_api import Frame, Locator, Page, Response

PATIENCE: Final = 90.0
"""Seconds: on a busy machine the App's pages take their time."""

_DRAWN: Final = """
count => [...document.querySelectorAll('[data-cy=looker] canvas')].filter(canvas => {
    const middle = canvas.getContext('2d')?.getImageData(canvas.width / 2, canvas.height / 2, 1, 1);
    return middle && middle.data[3] > 0;
}).length >= count
"""
"""Whether so many tiles have a picture: an opaque middle."""


class AppPage:
    """A page with the App.

    Attributes:
        page: Playwright's
        media: every answer of the App's media route so far
    """

    def __init__(self, page: Page) -> None:
        self.page = page
        self.media: list[Response] = []
        page.on("response", self._note)

    def _note(self, response: Response) -> None:
        if "/media?" in response.url:
            self.media.append(response)

    @property
    def statuses(self) -> set[int]:
        """With which statuses the media route has answered."""
        return {response.status for response in self.media}

    def open_grid(self, url: str, drawn: int) -> None:
        """Open a page, and wait until so many tiles of its grid have their pictures."""
        self.page.goto(url)
        wait_for_tiles(self.page.main_frame, drawn)

    def open_sample(self, url: str) -> Locator:
        """Open a page with one sample, large; gives the viewer."""
        self.page.goto(url)
        modal = self.page.locator("[data-cy=modal]")
        modal.wait_for(timeout=PATIENCE * 1000)
        return modal

    def open_scene(self, url: str) -> None:
        """Open a page with one scene or point cloud, and wait until the viewer has all of its assets."""
        self.open_sample(url)
        self.page.get_by_text("All assets loaded successfully").wait_for(timeout=PATIENCE * 1000)

    def tiles(self) -> list[Pixels]:
        """What the tiles of the grid show, in their order, as far as they are in the window."""
        shown = pixels(self.page)
        boxes = [tile.bounding_box() for tile in self.page.locator("[data-cy=looker]").all()]
        return [_part(shown, box) for box in boxes if box and box["y"] + box["height"] <= len(shown)]

    def middle(self, viewer: Locator) -> Pixels:
        """The middle of a viewer, without what lies around and over its edges."""
        shown = pixels(viewer)
        height, width, _ = shown.shape
        return shown[height // 4 : height * 3 // 5, width // 8 : width * 5 // 8]

    def seek_to_middle(self) -> None:
        """Click into the middle of a video's time line."""
        canvas = self.page.locator("[data-cy=sample-canvas]").bounding_box()
        assert canvas is not None
        self.page.mouse.click(canvas["x"] + canvas["width"] / 2, canvas["y"] + canvas["height"] - 13)

    def dismiss_hints(self) -> None:
        """Close what upstream shows to newcomers after some seconds: it lies over the pictures."""
        self.page.get_by_text("Dismiss").first.click(timeout=PATIENCE * 1000)

    def wait_for(self, condition: Callable[[], bool], what: str) -> None:
        """Look again and again, until there is what is to be seen.

        Raises:
            AssertionError: it never came
        """
        deadline = time.monotonic() + PATIENCE
        while not condition():
            assert time.monotonic() < deadline, f"no sign of {what}"
            self.page.wait_for_timeout(500)


def wait_for_tiles(frame: Frame, drawn: int) -> None:
    """Wait until so many tiles of a grid have their pictures."""
    frame.wait_for_function(_DRAWN, arg=drawn, timeout=PATIENCE * 1000)


def pixels(shown: Page | Locator) -> Pixels:
    """What the browser shows."""
    return np.asarray(Image.open(io.BytesIO(shown.screenshot())).convert("RGB"))


def _part(shown: Pixels, box: Any) -> Pixels:
    left, top = int(box["x"]), int(box["y"])
    return shown[top : top + int(box["height"]), left : left + int(box["width"])]


def colours(shown: Pixels) -> int:
    """How many colours there are: photographs have thousands, pages a few dozen."""
    return len(np.unique(shown.reshape(-1, 3), axis=0))


def saturation(shown: Pixels) -> float:
    """How far from grey it is on average, 0 to 255."""
    return float(np.mean(shown.max(axis=2).astype(float) - shown.min(axis=2)))


def vivid(shown: Pixels) -> float:
    """The share of pixels with a strong colour, 0 to 1."""
    strength = shown.max(axis=2).astype(int) - shown.min(axis=2)
    return float(np.mean(strength > 40))
