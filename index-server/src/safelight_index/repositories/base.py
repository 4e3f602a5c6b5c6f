"""The interface that every repository has."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from safelight_index.model import LocalResource, Project, Redirect, RemoteResource


class Repository(Protocol):
    """A source of projects and files."""

    async def project_names(self) -> Sequence[str]:
        """List the normalised names of the projects, sorted."""
        ...

    async def project(self, name: str) -> Project | Redirect:
        """Return a project, or where its page is.

        Args:
            name: normalised

        Raises:
            ProjectNotFoundError: there is no such project here
            PublicIndexError: it could not be asked for
        """
        ...

    async def resource(self, filename: str) -> LocalResource | RemoteResource:
        """Return the bytes of a file, or of its metadata when the name ends in ".metadata".

        Raises:
            DistributionNotFoundError: there is no such file here
            PublicIndexError: it could not be asked for
        """
        ...
