"""The plain twin of a wheel: the same files as `X.Y.Z`, made from `X.Y.Z+safelight.N`.

A `requirements.txt` that names `.../packages/fiftyone-X.Y.Z-py3-none-any.whl` must find a wheel whose
METADATA says `X.Y.Z`: uv refuses one whose version is not its file name's. The twin is never listed (the page
offers the full version), and belongs to the first build of X.Y.Z, because lock files remember its digest.
"""

from __future__ import annotations

import base64
import csv
import hashlib
import io
import re
import zipfile
from typing import BinaryIO

from packaging.utils import parse_wheel_filename

_VERSION_LINE = re.compile(rb"^Version:[^\r\n]*", re.MULTILINE)


def twin_filename(filename: str) -> str:
    """Return the twin's file name, which has no local version."""
    _, version, _, _ = parse_wheel_filename(filename)
    return filename.replace(f"-{version}-", f"-{version.public}-", 1)


def write_twin(wheel: BinaryIO, filename: str, target: BinaryIO) -> None:
    """Write the twin of a checked wheel: the same bytes for the same wheel on the same machine.

    Args:
        wheel: the wheel that was published
        filename: its name
        target: where the twin goes
    """
    _, version, _, _ = parse_wheel_filename(filename)
    record: list[tuple[str, str, str]] = []
    with zipfile.ZipFile(wheel) as source, zipfile.ZipFile(target, "w") as twin:
        directory = next(entry for entry in source.namelist() if entry.endswith(".dist-info/METADATA"))
        old = directory.removesuffix("METADATA")
        new = f"{old.split('-', 1)[0]}-{version.public}.dist-info/"
        for entry in source.infolist():
            if entry.is_dir() or entry.filename == f"{old}RECORD":
                continue
            content = source.read(entry)
            if entry.filename == f"{old}METADATA":
                content = _VERSION_LINE.sub(f"Version: {version.public}".encode(), content, count=1)
            path = entry.filename.replace(old, new, 1) if entry.filename.startswith(old) else entry.filename
            record.append((path, _digest(content), str(len(content))))
            twin.writestr(_like(entry, path), content)
        record_path = f"{new}RECORD"
        record.append((record_path, "", ""))
        twin.writestr(_like(source.getinfo(f"{old}RECORD"), record_path), _lines(record))


def _like(entry: zipfile.ZipInfo, path: str) -> zipfile.ZipInfo:
    copy = zipfile.ZipInfo(path, entry.date_time)
    copy.compress_type, copy.external_attr = entry.compress_type, entry.external_attr
    return copy


def _digest(content: bytes) -> str:
    digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
    return f"sha256={digest}"


def _lines(record: list[tuple[str, str, str]]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(record)
    return text.getvalue()
