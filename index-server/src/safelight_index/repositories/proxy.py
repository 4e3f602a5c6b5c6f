"""The public index passed through, for networks where only this server may reach it.

Pages are read in either format and written again in the client's, with links that lead back here; files are
then fetched on demand. No header of our client goes out: not the token, and nothing else.
"""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Sequence

import httpx

from safelight_index.errors import DistributionNotFoundError, ProjectNotFoundError, PublicIndexError
from safelight_index.model import Project, RemoteResource
from safelight_index.names import METADATA_SUFFIX, project_of
from safelight_index.repositories.public_page import parse_page

_ACCEPT = "application/vnd.pypi.simple.v1+json, text/html;q=0.1"
_CACHE_SECONDS = 300.0
_CACHE_PAGES = 512


class ProxyRepository:
    """Reads the public index's pages, keeping each for five minutes.

    Args:
        client: how to reach it; the caller closes it
        public_index: address of its project list
    """

    def __init__(self, client: httpx.AsyncClient, public_index: str) -> None:
        self._client = client
        self._public_index = public_index.rstrip("/")
        self._pages: OrderedDict[str, tuple[float, Project]] = OrderedDict()

    async def project_names(self) -> Sequence[str]:
        return []

    async def project(self, name: str) -> Project:
        fetched_at, project = self._pages.get(name, (0.0, None))
        if project is None or time.monotonic() - fetched_at > _CACHE_SECONDS:
            project = await self._fetch(name)
            self._pages[name] = time.monotonic(), project
            self._pages.move_to_end(name)
            while len(self._pages) > _CACHE_PAGES:
                self._pages.popitem(last=False)
        return project

    async def resource(self, filename: str) -> RemoteResource:
        name = project_of(filename)
        if name is None:
            raise DistributionNotFoundError(f"{filename!r} is not the name of a distribution")
        wanted = filename.removesuffix(METADATA_SUFFIX)
        for file in (await self.project(name)).files:
            if file.filename == wanted and file.source is not None:
                return RemoteResource(file.source + filename[len(wanted) :])
        raise DistributionNotFoundError(f"the public index has no file {filename!r}")

    async def _fetch(self, name: str) -> Project:
        url = f"{self._public_index}/{name}/"
        try:
            response = await self._client.get(url, headers={"Accept": _ACCEPT}, follow_redirects=True)
        except httpx.HTTPError as error:
            raise PublicIndexError(f"the public index does not answer ({type(error).__name__})") from error
        if response.status_code == httpx.codes.NOT_FOUND:
            raise ProjectNotFoundError(f"the public index has no project {name!r}")
        if response.is_error:
            raise PublicIndexError(f"the public index answered {response.status_code} for {name!r}")
        content_type = response.headers.get("content-type", "")
        return parse_page(name, str(response.url), content_type, response.text)
