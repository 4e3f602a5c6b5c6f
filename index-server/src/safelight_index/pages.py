"""Finished pages, kept until their project changes."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass

from safelight_index.model import Project
from safelight_index.negotiation import Format
from safelight_index.responses import etag_of
from safelight_index.serializer import project_page

_MAX_BYTES = 32 << 20


@dataclass(frozen=True, slots=True)
class Page:
    """One page as it is sent."""

    project: Project
    content: bytes
    etag: str


class PageCache:
    """Pages by project, format and depth; the least used go first.

    The catalogue replaces a project's object when it changes, so identity is the whole test of freshness.
    """

    def __init__(self, max_bytes: int = _MAX_BYTES) -> None:
        self._max_bytes = max_bytes
        self._bytes = 0
        self._pages: OrderedDict[tuple[str, Format, int], Page] = OrderedDict()

    def page(self, project: Project, form: Format, depth: int) -> Page:
        """Return the page, written now or before."""
        key = project.name, form, depth
        page = self._pages.get(key)
        if page is not None and page.project is project:
            self._pages.move_to_end(key)
            return page
        content = project_page(project, form, depth)
        page = Page(project, content, etag_of(content))
        self._keep(key, page)
        return page

    def _keep(self, key: tuple[str, Format, int], page: Page) -> None:
        replaced = self._pages.pop(key, None)
        self._bytes += len(page.content) - (len(replaced.content) if replaced else 0)
        self._pages[key] = page
        while self._bytes > self._max_bytes and len(self._pages) > 1:
            _, dropped = self._pages.popitem(last=False)
            self._bytes -= len(dropped.content)
