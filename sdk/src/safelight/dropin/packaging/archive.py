"""A zip file whose bytes depend on its contents only.

Members that came compressed are copied as they are, and new ones are stored without compression: what zlib
produces differs between its versions and forks, so compressing again would give other bytes on another
machine. Dates, modes and the order of members are fixed.

Layout (APPNOTE.TXT 6.3, sections 4.3.6 to 4.3.16): for each member a local header and its data, then the
central directory, then its end record.
"""

from __future__ import annotations

import os
import struct
import tempfile
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile, ZipInfo

from safelight.errors import BuildError

_LOCAL: Final = struct.Struct("<4s5H3L2H")
_CENTRAL: Final = struct.Struct("<4s6H3L5H2L")
_END: Final = struct.Struct("<4s4H2LH")
_VERSION_NEEDED: Final = 20  # 2.0: deflate
_MADE_BY_UNIX: Final = 3 << 8
_UTF8_NAME: Final = 1 << 11
_DATE: Final = (1 << 5) | 1  # 1980-01-01, the earliest that the format can say
_MODE: Final = 0o100644 << 16
_MODE_EXECUTABLE: Final = 0o100755 << 16
_ANY_EXECUTE: Final = 0o111 << 16
_LIMIT: Final = 0xFFFF_FFFF  # beyond it the format needs its 64-bit extension
_MEMBER_LIMIT: Final = 0xFFFF


@dataclass(frozen=True, slots=True)
class Member:
    """One file of an archive.

    Attributes:
        name: its path, with forward slashes
        data: its bytes as they lie in the archive
        size: of its content, in bytes
        crc: of its content
        method: how `data` is compressed: `ZIP_STORED` or `ZIP_DEFLATED`
        executable: whether it may be run
    """

    name: str
    data: bytes
    size: int
    crc: int
    method: int
    executable: bool = False

    @classmethod
    def of(cls, name: str, content: bytes) -> Member:
        """A new member, stored without compression."""
        return cls(name, content, len(content), zlib.crc32(content), ZIP_STORED)

    def content(self) -> bytes:
        """What the file holds.

        Raises:
            BuildError: the data are damaged
        """
        try:
            content = self.data if self.method == ZIP_STORED else zlib.decompress(self.data, -zlib.MAX_WBITS)
        except zlib.error as error:
            raise BuildError(f"{self.name} is damaged: {error}") from error
        if len(content) != self.size or zlib.crc32(content) != self.crc:
            raise BuildError(f"{self.name} is damaged: its checksum is wrong")
        return content


def read_archive(file: Path) -> dict[str, Member]:
    """The files of an archive by name, still compressed.

    Raises:
        BuildError: it is not a zip file, or uses what wheels do not use
    """
    try:
        with ZipFile(file) as archive, file.open("rb") as raw:
            members = [_read_member(raw, info) for info in archive.infolist() if not info.is_dir()]
    except (BadZipFile, struct.error) as error:
        raise BuildError(f"{file} is not a zip file: {error}") from error
    by_name = {member.name: member for member in members}
    if len(by_name) != len(members):
        raise BuildError(f"{file} has two members of one name")
    return by_name


def write_archive(file: Path, members: Iterable[Member]) -> None:
    """Write an archive with its members in the given order. The file appears whole or not at all.

    Raises:
        BuildError: too large for a plain zip file
    """
    file.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(prefix=f".{file.name}.", dir=file.parent)
    try:
        with os.fdopen(handle, "wb") as out:
            _write_members(out, list(members))
            out.flush()
            os.fsync(out.fileno())
        # mkstemp makes it private; a wheel is for whoever may read the directory.
        Path(temporary).chmod(0o644)
        Path(temporary).replace(file)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def _read_member(raw: BinaryIO, info: ZipInfo) -> Member:
    if info.compress_type not in (ZIP_STORED, ZIP_DEFLATED) or info.flag_bits & 1:
        raise BuildError(f"{info.filename} is encrypted, or compressed by other means than deflate")
    raw.seek(info.header_offset)
    *_, name_length, extra_length = _LOCAL.unpack(raw.read(_LOCAL.size))
    raw.seek(name_length + extra_length, os.SEEK_CUR)
    data = raw.read(info.compress_size)
    executable = bool(info.external_attr & _ANY_EXECUTE)
    return Member(info.filename, data, info.file_size, info.CRC, info.compress_type, executable)


def _write_members(out: BinaryIO, members: list[Member]) -> None:
    directory = bytearray()
    for member in members:
        offset = out.tell()
        name = member.name.encode()
        flags = 0 if member.name.isascii() else _UTF8_NAME
        common = (
            *(_VERSION_NEEDED, flags, member.method, 0, _DATE),
            *(member.crc, len(member.data), member.size, len(name), 0),
        )
        out.write(_LOCAL.pack(b"PK\x03\x04", *common) + name)
        out.write(member.data)
        mode = _MODE_EXECUTABLE if member.executable else _MODE
        made_by = _MADE_BY_UNIX | _VERSION_NEEDED
        directory += _CENTRAL.pack(b"PK\x01\x02", made_by, *common, 0, 0, 0, mode, offset) + name
    start = out.tell()
    if start + len(directory) > _LIMIT or len(members) > _MEMBER_LIMIT:
        raise BuildError("the wheel is too large for a zip file without 64-bit extensions")
    out.write(directory)
    out.write(_END.pack(b"PK\x05\x06", 0, 0, len(members), len(members), len(directory), start, 0))
