"""A wheel: its files, and what its name and metadata directory say."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from safelight.dropin.packaging.archive import Member, read_archive, write_archive
from safelight.dropin.packaging.record import make_record, verify_record
from safelight.errors import BuildError

_FILE_NAME: Final = re.compile(r"(?P<name>[^-]+)-(?P<version>[^-]+)-(?P<tag>[^-]+-[^-]+-[^-]+)\.whl")


@dataclass(frozen=True, slots=True)
class Wheel:
    """The files of a wheel without RECORD, which is made when the wheel is written.

    Attributes:
        name: of the distribution, as the file name spells it
        version: as the file name spells it
        tag: `py3-none-any`
        members: by path
    """

    name: str
    version: str
    tag: str
    members: Mapping[str, Member]

    @property
    def file_name(self) -> str:
        return f"{self.name}-{self.version}-{self.tag}.whl"

    @property
    def dist_info(self) -> str:
        """The metadata directory."""
        return f"{self.name}-{self.version}.dist-info"

    def text(self, path: str) -> str:
        """A text file of the wheel.

        Raises:
            BuildError: it has no such file
        """
        if path not in self.members:
            raise BuildError(f"{self.file_name} has no {path}")
        return self.members[path].content().decode()

    @classmethod
    def read(cls, file: Path) -> Wheel:
        """Open a wheel and verify every file against its RECORD.

        Raises:
            BuildError: it is not a sound wheel
        """
        match = _FILE_NAME.fullmatch(file.name)
        if match is None:
            raise BuildError(f"{file.name} is not the name of a wheel: NAME-VERSION-PYTHON-ABI-PLATFORM.whl")
        if not file.is_file():
            raise BuildError(f"there is no file {file}")
        members = read_archive(file)
        wheel = cls(match["name"], match["version"], match["tag"], members)
        verify_record(members, wheel.dist_info)
        members.pop(f"{wheel.dist_info}/RECORD")
        return wheel

    def write(self, directory: Path) -> Path:
        """Write the wheel under its own name; the metadata directory comes last, as the format recommends."""
        ordered = sorted(
            self.members.values(), key=lambda member: (member.name.startswith(self.dist_info), member.name)
        )
        file = directory / self.file_name
        write_archive(file, [*ordered, make_record(ordered, self.dist_info)])
        return file
