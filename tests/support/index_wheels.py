"""Small distributions for the package index's tests, valid unless a test asks for a fault."""

from __future__ import annotations

import base64
import gzip
import hashlib
import io
import tarfile
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path


def make_wheel(
    directory: Path,
    name: str,
    version: str,
    *,
    content: str | None = None,
    requires: Sequence[str] = (),
    requires_python: str | None = None,
    tag: str = "py3-none-any",
    changes: Mapping[str, str | None] | None = None,
    filename: str | None = None,
) -> Path:
    """Write a wheel.

    Args:
        directory: where to
        name: the project, which is also its one module
        version: as in the file name and the metadata
        content: of the module; `__version__` when None
        requires: Requires-Dist lines
        requires_python: Requires-Python, or None
        tag: compatibility tag
        changes: entries to replace or (None) leave out after RECORD was written
        filename: another file name than the right one
    """
    dist_info = f"{name}-{version}.dist-info"
    metadata = ["Metadata-Version: 2.1", f"Name: {name}", f"Version: {version}"]
    metadata += [f"Requires-Python: {requires_python}"] if requires_python else []
    metadata += [f"Requires-Dist: {requirement}" for requirement in requires]
    files = {
        f"{name}/__init__.py": content or f"__version__ = {version!r}\n",
        f"{dist_info}/METADATA": "\n".join(metadata) + "\n",
        f"{dist_info}/WHEEL": f"Wheel-Version: 1.0\nGenerator: tests\nRoot-Is-Purelib: true\nTag: {tag}\n",
    }
    record = [f"{path},sha256={_digest(text)},{len(text.encode())}" for path, text in files.items()]
    files[f"{dist_info}/RECORD"] = "\n".join([*record, f"{dist_info}/RECORD,,"]) + "\n"
    for path, text in (changes or {}).items():
        if text is None:
            del files[path]
        else:
            files[path] = text
    directory.mkdir(parents=True, exist_ok=True)
    target = directory / (filename or f"{name}-{version}-{tag}.whl")
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, text in files.items():
            archive.writestr(zipfile.ZipInfo(path, (2026, 1, 1, 0, 0, 0)), text, zipfile.ZIP_DEFLATED)
    return target


def make_sdist(directory: Path, name: str, version: str, *, pkg_info: str | None = None) -> Path:
    """Write a source distribution; `pkg_info` replaces its metadata."""
    content = (pkg_info or f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n").encode()
    directory.mkdir(parents=True, exist_ok=True)
    target = directory / f"{name}-{version}.tar.gz"
    # Not `w:gz`: that writes the time into the file, and a test may want the same bytes twice.
    with gzip.GzipFile(target, "wb", mtime=0) as packed, tarfile.open(fileobj=packed, mode="w") as archive:
        for path, data in (("setup.py", b""), ("PKG-INFO", content)):
            entry = tarfile.TarInfo(f"{name}-{version}/{path}")
            entry.size = len(data)
            archive.addfile(entry, io.BytesIO(data))
    return target


def _digest(text: str) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=").decode()
