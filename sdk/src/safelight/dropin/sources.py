"""Upstream's source text, read without importing it: from the environment or from wheels."""

from __future__ import annotations

from collections.abc import Iterable
from importlib.machinery import PathFinder
from importlib.util import find_spec
from pathlib import Path
from typing import Protocol
from zipfile import ZipFile


class Source(Protocol):
    """Where modules can be read."""

    def has(self, module: str) -> bool:
        """Whether there is such a module."""

    def read(self, module: str) -> str | None:
        """The module's source text; None when it has none (missing, or compiled)."""


class InstalledSource:
    """The packages that this interpreter would import."""

    def __init__(self) -> None:
        self._roots: dict[str, tuple[Path, ...]] = {}
        self._files: dict[str, Path | None] = {}

    def has(self, module: str) -> bool:
        return self._file(module) is not None

    def read(self, module: str) -> str | None:
        file = self._file(module)
        return None if file is None else file.read_text(encoding="utf-8")

    def _file(self, module: str) -> Path | None:
        if module not in self._files:
            package, *rest = module.split(".")
            candidates = (
                file
                for directory in self._directories(package)
                for file in _candidates(directory.joinpath(*rest))
            )
            self._files[module] = next((file for file in candidates if file.is_file()), None)
        return self._files[module]

    def _directories(self, package: str) -> tuple[Path, ...]:
        if package not in self._roots:
            # Only of a top-level name: the spec of a submodule would import its parents. The path comes
            # first: other finders may do more than find when they are asked for `fiftyone`, as ours does.
            spec = PathFinder.find_spec(package) or find_spec(package)
            locations = spec.submodule_search_locations if spec else None
            self._roots[package] = tuple(Path(location) for location in locations or ())
        return self._roots[package]


class WheelSource:
    """The modules inside wheel files.

    Args:
        wheels: paths of the files; the first one that has a module wins
    """

    def __init__(self, wheels: Iterable[Path]) -> None:
        self._members: dict[str, Path] = {}
        for wheel in wheels:
            with ZipFile(wheel) as archive:
                for name in archive.namelist():
                    self._members.setdefault(name, wheel)

    def has(self, module: str) -> bool:
        return self._member(module) is not None

    def read(self, module: str) -> str | None:
        member = self._member(module)
        if member is None:
            return None
        with ZipFile(self._members[member]) as archive:
            return archive.read(member).decode("utf-8")

    def _member(self, module: str) -> str | None:
        names = (file.as_posix() for file in _candidates(Path(*module.split("."))))
        return next((name for name in names if name in self._members), None)


def _candidates(path: Path) -> tuple[Path, Path]:
    return path / "__init__.py", path.with_name(f"{path.name}.py")
