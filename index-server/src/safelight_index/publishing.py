"""The one way into the index, for uploads and for the command line alike."""

from __future__ import annotations

import io
import sqlite3
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timezone
from pathlib import Path
from typing import BinaryIO

from safelight_index import rules
from safelight_index.blobs import BlobStore, StagedBlob
from safelight_index.catalogue import file_of
from safelight_index.database import Database
from safelight_index.errors import (
    DistributionExistsError,
    DistributionNotFoundError,
    InvalidDistributionError,
    PermissionDeniedError,
)
from safelight_index.inspection import Distribution, inspect
from safelight_index.model import File
from safelight_index.names import PrivateNames, project_of
from safelight_index.twin import twin_filename, write_twin


@dataclass(frozen=True, slots=True)
class Publisher:
    """Who publishes.

    Attributes:
        name: for the catalogue and the audit log
        may_claim: whether a name that is not on the private list yet may be added to it
        check: raises when a project, by its normalised name, is none that they may publish to
    """

    name: str
    may_claim: bool = False
    check: Callable[[str], None] = lambda _project: None


class Publishing:
    """Adds files to the catalogue of one state directory, and withdraws them."""

    def __init__(self, database: Database, blobs: BlobStore) -> None:
        self._database = database
        self._blobs = blobs

    def publish(
        self, filename: str, stream: BinaryIO, publisher: Publisher, expected_sha256: str | None = None
    ) -> File:
        """Check a file and publish it; publishing the same bytes again changes nothing.

        Args:
            filename: the name that it is to have
            stream: its bytes, read to the end
            publisher: who wants it
            expected_sha256: the digest that the sender computed, in hex, or None

        Raises:
            InvalidDistributionError: the file is not what its name says, or not what was sent
            DistributionExistsError: the name is taken by other bytes
            PermissionDeniedError: the project is not ours, and the publisher may not claim it
        """
        self._check_claim(project_of(filename), publisher)
        with self._blobs.stage(stream) as blob:
            if expected_sha256 is not None and expected_sha256.lower() != blob.sha256:
                raise InvalidDistributionError(
                    f"{filename}: the bytes that arrived do not have the digest that was sent"
                )
            known = self._find(filename)
            if known is not None:
                return _same(known, blob)
            distribution = inspect(blob.path, filename)
            rules.check(distribution, filename)
            files = [self._described(filename, distribution, blob)]
            if rules.needs_twin(distribution) and self._find(twin_filename(filename)) is None:
                files.append(self._publish_twin(filename, blob.path))
            self._blobs.commit(blob)
        return self._record(files, publisher)

    def publish_file(self, path: Path, publisher: Publisher) -> File:
        """Publish a file of this machine under its own name. Raises as `publish`."""
        with path.open("rb") as stream:
            return self.publish(path.name, stream, publisher)

    def yank(self, filename: str, reason: str | None) -> File:
        """Withdraw a file from new resolutions; who pinned it still gets it (PEP 592).

        Args:
            filename: the file
            reason: what installers show; None takes the yank back

        Raises:
            DistributionNotFoundError: there is no such file
        """
        with self._database.writing() as (connection, revision):
            connection.execute(
                "UPDATE files SET yanked = ?, revision = ? WHERE filename = ?", (reason, revision, filename)
            )
            file = _lookup(connection, filename)
        if file is None:
            raise DistributionNotFoundError(f"there is no file {filename!r} in this index")
        return file

    def claim(self, pattern: str, publisher: Publisher) -> None:
        """Put a name, or a pattern with one `*`, on the private list, from which nothing is ever removed."""
        with self._database.writing() as (connection, revision):
            _claim(connection, revision, pattern, publisher)

    def files(self) -> list[File]:
        """List every published file, listed or not."""
        with self._database.reading() as connection:
            return [
                file_of(row)
                for row in connection.execute("SELECT * FROM files ORDER BY project, uploaded_at")
            ]

    def private_names(self) -> PrivateNames:
        """Read the private list."""
        with self._database.reading() as connection:
            return PrivateNames(
                row["pattern"] for row in connection.execute("SELECT pattern FROM private_names")
            )

    def _check_claim(self, project: str | None, publisher: Publisher) -> None:
        if project is None:
            raise InvalidDistributionError("the file name is not that of a wheel or a source distribution")
        publisher.check(project)
        if not publisher.may_claim and project not in self.private_names():
            raise PermissionDeniedError(
                f"the name {project!r} is not on this index's private list: an administrator adds it with"
                f" `safelight-index names add {project}`"
            )

    def _find(self, filename: str) -> File | None:
        with self._database.reading() as connection:
            return _lookup(connection, filename)

    def _described(
        self, filename: str, distribution: Distribution, blob: StagedBlob, *, listed: bool = True
    ) -> File:
        return File(
            filename=filename,
            project=distribution.project,
            version=str(distribution.version),
            sha256=blob.sha256,
            size=blob.size,
            requires_python=distribution.requires_python,
            metadata_sha256=None if distribution.metadata is None else self._keep(distribution.metadata),
            listed=listed,
        )

    def _keep(self, content: bytes) -> str:
        with self._blobs.stage(io.BytesIO(content)) as blob:
            self._blobs.commit(blob)
            return blob.sha256

    def _publish_twin(self, filename: str, wheel: Path) -> File:
        name = twin_filename(filename)
        with tempfile.TemporaryFile(dir=self._blobs.incoming) as draft:
            with wheel.open("rb") as source:
                write_twin(source, filename, draft)
            draft.seek(0)
            with self._blobs.stage(draft) as blob:
                described = self._described(name, inspect(blob.path, name), blob, listed=False)
                self._blobs.commit(blob)
        return described

    def _record(self, files: list[File], publisher: Publisher) -> File:
        """Enter the files in one transaction, so that readers see all or none of them."""
        wanted, *others = files
        with self._database.writing() as (connection, revision):
            known = _lookup(connection, wanted.filename)
            if known is not None:  # somebody else published the name while we were checking
                return _same(known, wanted)
            _claim(connection, revision, wanted.project, publisher)
            for file in others:
                if _lookup(connection, file.filename) is None:
                    _insert(connection, revision, file, publisher)
            return _insert(connection, revision, wanted, publisher)


def open_publishing(state_dir: Path) -> Publishing:
    """Open a state directory for publishing, with or without a server running on it."""
    return Publishing(Database(state_dir), BlobStore(state_dir))


def _same(known: File, offered: File | StagedBlob) -> File:
    if known.sha256 != offered.sha256:
        raise DistributionExistsError(
            f"{known.filename} already exists with other bytes, and bytes never change: raise the version"
        )
    return known


def _lookup(connection: sqlite3.Connection, filename: str) -> File | None:
    row = connection.execute("SELECT * FROM files WHERE filename = ?", (filename,)).fetchone()
    return None if row is None else file_of(row)


def _claim(connection: sqlite3.Connection, revision: int, pattern: str, publisher: Publisher) -> None:
    connection.execute(
        "INSERT INTO private_names VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
        (pattern, time.time(), publisher.name, revision),
    )


def _insert(connection: sqlite3.Connection, revision: int, file: File, publisher: Publisher) -> File:
    now = time.time()
    connection.execute(
        "INSERT INTO files VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            file.filename,
            file.project,
            file.version,
            file.sha256,
            file.size,
            now,
            publisher.name,
            file.requires_python,
            file.metadata_sha256,
            file.yanked,
            file.listed,
            revision,
        ),
    )
    return replace(file, upload_time=datetime.fromtimestamp(now, timezone.utc))
