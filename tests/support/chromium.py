"""The system's Chromium."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page, Route

#: A browser that asks nobody else, and needs neither a user namespace nor a graphics card.
_OPTIONS: Final = (
    "--no-sandbox",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--use-gl=angle",
    "--use-angle=swiftshader",
    "--enable-unsafe-swiftshader",
)


@contextmanager
def chromium() -> Iterator[Browser]:
    """A running browser."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=list(_OPTIONS))
        yield browser
        browser.close()


@contextmanager
def new_page(browser: Browser, height: int = 1000) -> Iterator[Page]:
    """A page with its own cache and storage, which reaches this machine only.

    Args:
        browser: where to open it
        height: of the window, in pixels
    """
    context = browser.new_context(viewport={"width": 1400, "height": height})
    page = context.new_page()

    def local_only(route: Route) -> None:
        if route.request.url.startswith(("http://127.0.0.1", "data:", "blob:")):
            route.continue_()
        else:
            route.abort()

    page.route("**/*", local_only)
    yield page
    context.close()
