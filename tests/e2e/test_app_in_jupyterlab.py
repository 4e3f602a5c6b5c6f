"""The App in a real JupyterLab, and below the path of a proxy: media come the same way as the pages."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import nbformat
import pytest

from safelight_server.quickstart.ports import find_free_port
from support.app_page import PATIENCE, AppPage, colours, pixels, vivid, wait_for_tiles
from support.app_server import App
from support.cloud import Cloud, MakeDataset
from support.jupyter import Jupyter, running_jupyter
from support.pictures import NAMES, encode, make_video, photograph

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(300)]


@pytest.fixture(scope="module")
def jupyter(app_environment: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Jupyter]:
    """A lab without notebooks."""
    with running_jupyter(tmp_path_factory.mktemp("jupyter"), app_environment) as jupyter:
        yield jupyter


def test_media_come_through_the_path_of_a_proxy(
    app: App, jupyter: Jupyter, app_page: AppPage, cloud: Cloud, make_dataset: MakeDataset
) -> None:
    pictures = [cloud.put(f"{name}.jpg", encode(photograph(name))) for name in NAMES]
    video = make_video(cloud.cache_dir.with_name("zoom.mp4"))
    videos = make_dataset([cloud.put("zoom.mp4", video)])
    port = app.url.rpartition(":")[2]
    base, path = jupyter.proxied(port), jupyter.proxied_path(port)
    app_page.page.goto(jupyter.login)
    asked: list[str] = []
    app_page.page.on("request", lambda request: asked.append(request.url))

    app_page.open_grid(f"{base}datasets/{make_dataset(pictures).name}?proxy={path}&polling=true", len(NAMES))
    app_page.dismiss_hints()
    assert all(colours(tile) > 2_000 for tile in app_page.tiles())
    sample = f"datasets/{videos.name}?id={videos.first().id}&proxy={path}&polling=true"
    viewer = app_page.open_sample(base + sample)
    app_page.wait_for(lambda: vivid(pixels(viewer)) > 0.05, "the video's first frame")
    assert app_page.statuses == {200, 206}
    assert app.url not in {url[: len(app.url)] for url in asked}, "nothing goes round the proxy"


def test_a_notebook_shows_remote_pictures(
    app_environment: dict[str, str],
    app_page: AppPage,
    cloud: Cloud,
    make_dataset: MakeDataset,
    tmp_path: Path,
) -> None:
    dataset = make_dataset(cloud.put(f"{name}.jpg", encode(photograph(name))) for name in NAMES)
    cell = nbformat.v4.new_code_cell(
        "import fiftyone as fo\n"
        f"session = fo.launch_app(fo.load_dataset({dataset.name!r}), port={find_free_port()}, auto=False)\n"
        "session.config.proxy_url = f'{LAB}proxy/{session.server_port}/'\n"
        "session.show(height=700)"
    )
    with running_jupyter(tmp_path, app_environment) as jupyter:
        cell.source = f"LAB = {jupyter.proxied('').removesuffix('proxy//')!r}\n{cell.source}"
        kernel = {"name": "python3", "display_name": "Python 3 (ipykernel)", "language": "python"}
        notebook = nbformat.v4.new_notebook(cells=[cell], metadata={"kernelspec": kernel})
        nbformat.write(notebook, tmp_path / "app.ipynb")
        page = app_page.page
        page.goto(jupyter.notebook("app.ipynb"))
        page.get_by_text("Python 3 (ipykernel) | Idle").wait_for(timeout=PATIENCE * 1000)
        page.locator(".jp-CodeCell .cm-content").first.click()
        page.keyboard.press("Shift+Enter")
        shown = page.wait_for_selector("iframe[src*=notebook]", timeout=PATIENCE * 1000)
        frame = shown.content_frame() if shown else None
        assert frame
        wait_for_tiles(frame, len(NAMES))
        assert colours(pixels(page)) > 20_000
    assert app_page.statuses == {200}
