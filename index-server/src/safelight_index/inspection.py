"""What an uploaded file really is, checked before anybody can download it.

A wheel's name, its METADATA and every line of its RECORD must agree (binary distribution format, PEP
427/491); a source distribution's name and its PKG-INFO must. Rules of single projects are in
`safelight_index.rules`.
"""

from __future__ import annotations

import re
import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from installer.exceptions import InstallerError
from installer.sources import WheelFile
from packaging.metadata import Metadata
from packaging.utils import (
    InvalidSdistFilename,
    InvalidWheelFilename,
    canonicalize_name,
    parse_sdist_filename,
    parse_wheel_filename,
)
from packaging.version import Version

from safelight_index.errors import InvalidDistributionError

_SAFE_FILENAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+!-]{0,250}")
_MAX_UNPACKED = 16 << 30
_MAX_METADATA = 16 << 20
_BAD_BYTES = (
    zipfile.BadZipFile,
    tarfile.TarError,
    zlib.error,
    EOFError,
    InstallerError,
    LookupError,  # a file that must be there is not
    NotImplementedError,  # a compression that zipfile does not know
    OSError,  # gzip's way to say that it is none
    RuntimeError,  # an encrypted entry
    ValueError,  # versions, metadata, text encodings
)
"""What the readers of archives and metadata raise when the bytes are wrong."""


@dataclass(frozen=True, slots=True)
class Distribution:
    """What a file turned out to be.

    Attributes:
        project: normalised name
        version: as parsed from the metadata
        requires_python: Requires-Python, or None
        metadata: the wheel's METADATA file, byte for byte; None for a source distribution
    """

    project: str
    version: Version
    requires_python: str | None
    metadata: bytes | None


def inspect(path: Path, filename: str) -> Distribution:
    """Check a complete file against its name.

    Args:
        path: where the bytes are
        filename: the name that they are to be published under

    Raises:
        InvalidDistributionError: what is wrong, in a sentence for the one who uploads
    """
    if not _SAFE_FILENAME.fullmatch(filename):
        raise InvalidDistributionError("a file name is made of letters, digits and . _ + ! - alone")
    with _explained(filename):
        if filename.endswith(".whl"):
            return _inspect_wheel(path, filename)
        if filename.endswith(".tar.gz"):
            return _inspect_sdist(path, filename)
    raise InvalidDistributionError(
        f"{filename}: only wheels (.whl) and source distributions (.tar.gz) are taken"
    )


def _inspect_wheel(path: Path, filename: str) -> Distribution:
    name, version, _, _ = parse_wheel_filename(filename)
    with zipfile.ZipFile(path) as archive:
        if sum(entry.file_size for entry in archive.infolist()) > _MAX_UNPACKED:
            raise InvalidDistributionError(f"{filename}: it unpacks to more than {_MAX_UNPACKED >> 30} GiB")
        _check_entry_names(archive, filename)
        wheel = _NamedWheel(archive, filename)
        wheel.validate_record(validate_contents=True)
        content = archive.read(f"{wheel.dist_info_dir}/METADATA")
    return _described(filename, name, version, content)


def _inspect_sdist(path: Path, filename: str) -> Distribution:
    name, version = parse_sdist_filename(filename)
    expected = f"{filename.removesuffix('.tar.gz')}/PKG-INFO"
    with tarfile.open(path, "r:gz") as archive:
        for member in archive:
            if member.name == expected and member.isreg() and member.size <= _MAX_METADATA:
                stream = archive.extractfile(member)
                content = stream.read() if stream else b""
                return _described(filename, name, version, content)
    raise InvalidDistributionError(f"{filename}: {expected} is missing")


class _NamedWheel(WheelFile):
    """`WheelFile` takes the wheel's name from its path; ours is staged under another one."""

    def __init__(self, archive: zipfile.ZipFile, filename: str) -> None:
        archive.filename = filename
        super().__init__(archive)


def _described(filename: str, name: str, version: Version, content: bytes) -> Distribution:
    # Not validated as a whole: tools write fields of newer standards, and that is no reason to refuse a file.
    metadata = Metadata.from_email(content, validate=False)
    if canonicalize_name(metadata.name) != name or metadata.version != version:
        raise InvalidDistributionError(
            f"{filename}: the metadata inside says {metadata.name} {metadata.version}, not what the name says"
        )
    requires_python = metadata.requires_python
    return Distribution(
        project=name,
        version=version,
        requires_python=None if requires_python is None else str(requires_python),
        metadata=content if filename.endswith(".whl") else None,
    )


def _check_entry_names(archive: zipfile.ZipFile, filename: str) -> None:
    for entry in archive.namelist():
        if entry.startswith("/") or "\\" in entry or ".." in entry.split("/"):
            raise InvalidDistributionError(f"{filename}: the entry {entry!r} would be written outside")


@contextmanager
def _explained(filename: str) -> Iterator[None]:
    """Turn whatever the readers of names, archives and metadata raise on bad bytes into one sentence."""
    try:
        yield
    except InvalidDistributionError:
        raise
    except (InvalidWheelFilename, InvalidSdistFilename) as error:
        raise InvalidDistributionError(str(error)) from error
    except WheelFile.validation_error as error:
        issues = "; ".join(error.issues[:3])
        raise InvalidDistributionError(f"its RECORD does not fit its files: {issues}") from error
    except _BAD_BYTES as error:
        raise InvalidDistributionError(f"{filename} is damaged: {error}") from error
