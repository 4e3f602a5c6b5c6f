"""Public names fall through to the public index; private names never do.

The choice is made by the persisted list of private names alone. It does not look at which files there are, so
that a withdrawn, misnamed or unreadable private file can never turn into somebody else's public one, and the
files of one project never come from two places.
"""

from __future__ import annotations

from collections.abc import Sequence

from safelight_index.errors import DistributionNotFoundError, ProjectNotFoundError
from safelight_index.model import LocalResource, Project, Redirect, RemoteResource
from safelight_index.names import PrivateNames, project_of
from safelight_index.repositories.base import Repository


class FallbackRepository:
    """Asks one of two repositories, by the name alone.

    Args:
        private: answers for names on the list
        public: answers for all others
        names: the list, live
    """

    def __init__(self, private: Repository, public: Repository, names: PrivateNames) -> None:
        self._private = private
        self._public = public
        self._names = names

    async def project_names(self) -> Sequence[str]:
        return await self._private.project_names()

    async def project(self, name: str) -> Project | Redirect:
        return await (self._private if name in self._names else self._public).project(name)

    async def resource(self, filename: str) -> LocalResource | RemoteResource:
        name = project_of(filename)
        if name is None or name in self._names:
            return await self._private.resource(filename)
        return await self._public.resource(filename)


class RedirectRepository:
    """Sends clients to the public index. They go without our token: it is another host.

    Args:
        public_index: address of the public index's project list
    """

    def __init__(self, public_index: str) -> None:
        self._public_index = public_index.rstrip("/")

    async def project_names(self) -> Sequence[str]:
        return []

    async def project(self, name: str) -> Redirect:
        return Redirect(f"{self._public_index}/{name}/")

    async def resource(self, filename: str) -> LocalResource:
        raise DistributionNotFoundError(f"this index has no file {filename!r}")


class NoRepository:
    """Has nothing: for networks without a public side."""

    async def project_names(self) -> Sequence[str]:
        return []

    async def project(self, name: str) -> Project:
        raise ProjectNotFoundError(f"this index has no project {name!r}, and does not ask any other")

    async def resource(self, filename: str) -> LocalResource:
        raise DistributionNotFoundError(f"this index has no file {filename!r}, and does not ask any other")
