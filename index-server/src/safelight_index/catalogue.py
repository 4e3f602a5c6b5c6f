"""Files and private names as a server process holds them: in memory, in step with the database."""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from datetime import datetime, timezone

from safelight_index.model import File, Project
from safelight_index.names import PrivateNames


class Catalogue:
    """Every file and every project by its name: a look-up costs the same at any size."""

    def __init__(self) -> None:
        self.private_names = PrivateNames()
        self._files: dict[str, File] = {}
        self._by_project: dict[str, dict[str, File]] = defaultdict(dict)
        self._projects: dict[str, Project] = {}

    def load(self, connection: sqlite3.Connection, since: int) -> None:
        """Take in the rows that were written after the revision `since`."""
        names = connection.execute("SELECT pattern FROM private_names WHERE revision > ?", (since,))
        self.private_names.update(row["pattern"] for row in names)
        changed = set()
        for row in connection.execute("SELECT * FROM files WHERE revision > ?", (since,)):
            file = file_of(row)
            self._files[file.filename] = self._by_project[file.project][file.filename] = file
            changed.add(file.project)
        for name in changed:
            self._projects[name] = Project.of(name, self._by_project[name].values())

    def file(self, filename: str) -> File | None:
        """Return a file by its exact name."""
        return self._files.get(filename)

    def project(self, name: str) -> Project | None:
        """Return a project by its normalised name. The object stays the same until the project changes."""
        return self._projects.get(name)

    def project_names(self) -> list[str]:
        """List the projects that have listed files."""
        return sorted(name for name, project in self._projects.items() if project.files)


def file_of(row: sqlite3.Row) -> File:
    """Read a row of the `files` table."""
    return File(
        filename=row["filename"],
        project=row["project"],
        version=row["version"],
        sha256=row["sha256"],
        size=row["size"],
        upload_time=datetime.fromtimestamp(row["uploaded_at"], timezone.utc),
        requires_python=row["requires_python"],
        metadata_sha256=row["metadata_sha256"],
        yanked=row["yanked"],
        listed=bool(row["listed"]),
    )
