"""Our own files."""

from __future__ import annotations

from collections.abc import Sequence

from safelight_index.blobs import BlobStore
from safelight_index.catalogue import Catalogue
from safelight_index.errors import (
    CatalogueUnavailableError,
    DistributionNotFoundError,
    ProjectNotFoundError,
)
from safelight_index.model import LocalResource, Project
from safelight_index.names import METADATA_SUFFIX


class CatalogueRepository:
    """The projects of the catalogue, their bytes in the blob store."""

    def __init__(self, catalogue: Catalogue, blobs: BlobStore) -> None:
        self._catalogue = catalogue
        self._blobs = blobs

    async def project_names(self) -> Sequence[str]:
        return self._catalogue.project_names()

    async def project(self, name: str) -> Project:
        project = self._catalogue.project(name)
        if project is None:
            raise ProjectNotFoundError(f"this index has no project {name!r}")
        return project

    async def resource(self, filename: str) -> LocalResource:
        file = self._catalogue.file(filename)
        if file is not None and file.sha256 is not None:
            return self._local(file.sha256, "application/octet-stream")
        described = self._catalogue.file(filename.removesuffix(METADATA_SUFFIX))
        if filename.endswith(METADATA_SUFFIX) and described is not None and described.metadata_sha256:
            return self._local(described.metadata_sha256, "text/plain; charset=utf-8")
        raise DistributionNotFoundError(f"this index has no file {filename!r}")

    def _local(self, sha256: str, media_type: str) -> LocalResource:
        path = self._blobs.path_of(sha256)
        try:
            return LocalResource(path, path.stat().st_size, sha256, media_type)
        except OSError as error:
            raise CatalogueUnavailableError("a published file cannot be read from the disk") from error
