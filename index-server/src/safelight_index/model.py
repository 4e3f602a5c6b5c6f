"""What the index holds, in the words of the standards.

In reading order: PEP 503 (simple index), 592 (yanking), 658/714 (metadata files), 691 (JSON), 700 (sizes,
upload times, versions), 629 (version of the interface). A *project* has *files*; nothing here knows HTTP or
SQL.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from packaging.version import InvalidVersion, Version

API_VERSION = "1.1"
"""PEP 700: "The `api-version` must specify version 1.1 or later"."""


@dataclass(frozen=True, slots=True)
class File:
    """One published distribution file. Only `yanked` can change after it was published.

    Attributes:
        filename: as it was uploaded, unescaped, `+` included
        project: normalised name of its project
        version: as written in the file's metadata
        sha256: lower-case hex digest of the bytes; None only where a public index does not say
        size: PEP 700: "an integer which is the file size in bytes"; None as above
        upload_time: PEP 700: "the time the file was uploaded to the index", aware; None as above
        requires_python: PEP 345's Requires-Python, or None
        metadata_sha256: digest of the wheel's METADATA file (PEP 658), or None when there is none to serve
        yanked: PEP 592: None, or the reason ("" when none was given)
        listed: False keeps the file out of its project's page; it is served under /packages/ alone
        source: address of the bytes on the public index, None for our own files
    """

    filename: str
    project: str
    version: str
    sha256: str | None = None
    size: int | None = None
    upload_time: datetime | None = None
    requires_python: str | None = None
    metadata_sha256: str | None = None
    yanked: str | None = None
    listed: bool = True
    source: str | None = None


@dataclass(frozen=True)
class Project:
    """A project and its listed files, oldest version first."""

    name: str
    files: tuple[File, ...]

    @classmethod
    def of(cls, name: str, files: Iterable[File]) -> Project:
        """Build a project from its listed files in any order."""
        return cls(name, tuple(sorted((file for file in files if file.listed), key=_by_version)))

    @property
    def versions(self) -> tuple[str, ...]:
        """PEP 700: "a list of version strings specifying all of the project versions uploaded"."""
        return tuple(dict.fromkeys(file.version for file in self.files))


@dataclass(frozen=True, slots=True)
class Redirect:
    """The project is served elsewhere: the address of its page on the public index."""

    location: str


@dataclass(frozen=True, slots=True)
class LocalResource:
    """Bytes on our own disk.

    Attributes:
        path: the file; its bytes never change
        size: in bytes
        sha256: their digest, which is also the strong entity tag
        media_type: as sent in Content-Type
    """

    path: Path
    size: int
    sha256: str
    media_type: str


@dataclass(frozen=True, slots=True)
class RemoteResource:
    """Bytes on the public index, to be passed through."""

    url: str


def _by_version(file: File) -> tuple[bool, Version | str, str]:
    """Order by PEP 440; what is no version (old public files) comes first, by name."""
    try:
        return True, Version(file.version), file.filename
    except InvalidVersion:
        return False, file.version, file.filename
