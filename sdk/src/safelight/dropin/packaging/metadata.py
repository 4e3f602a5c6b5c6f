"""Edits of METADATA, line by line: whatever we do not mean to change keeps its bytes.

Core metadata (https://packaging.python.org/en/latest/specifications/core-metadata/) is a block of headers, an
empty line, and the description.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from safelight.errors import BuildError

METADATA_VERSION: Final = "2.2"
"""The newest that Poetry 1.x of its day reads: of a newer one it silently locks no dependencies at all."""

_NEWER_HEADERS: Final = ("License-File", "Import-Name", "Import-Namespace")
_REQUIREMENT: Final = re.compile(r"\s*(?P<name>[A-Za-z0-9._-]+)\s*(?P<extras>\[[^]]*])?\s*(?P<rest>.*)")


@dataclass(frozen=True, slots=True)
class Requirement:
    """A Requires-Dist value, taken apart as far as merging needs."""

    name: str
    extras: str
    specifier: str
    marker: str

    @classmethod
    def parse(cls, text: str) -> Requirement:
        """Read `name[extras] specifier; marker`.

        Raises:
            BuildError: it does not begin with a name
        """
        before, _, marker = text.partition(";")
        match = _REQUIREMENT.fullmatch(before)
        if match is None:
            raise BuildError(f"not a requirement: {text!r}")
        specifier = match["rest"].strip().removeprefix("(").removesuffix(")").replace(" ", "")
        return cls(match["name"], match["extras"] or "", specifier, marker.strip())

    @property
    def key(self) -> tuple[str, str]:
        """What two requirements share when they can be one: the normalised name, and the marker."""
        return re.sub(r"[-_.]+", "-", self.name).lower(), self.marker

    def merged(self, other: Requirement) -> Requirement:
        """Both at once."""
        specifiers = dict.fromkeys(filter(None, [*self.specifier.split(","), *other.specifier.split(",")]))
        return Requirement(self.name, self.extras or other.extras, ",".join(specifiers), self.marker)

    def __str__(self) -> str:
        marker = f"; {self.marker}" if self.marker else ""
        return f"{self.name}{self.extras}{self.specifier}{marker}"


@dataclass(frozen=True, slots=True)
class MetadataEdit:
    """What changes in METADATA.

    Attributes:
        version: the new version
        requirements: to add; one that upstream has too, under the same marker, is merged into upstream's line
        extras: names to add to upstream's
        notice: a paragraph for the beginning of the description
    """

    version: str
    requirements: tuple[str, ...]
    extras: tuple[str, ...]
    notice: str

    def apply(self, metadata: str) -> str:
        """The edited METADATA.

        Raises:
            BuildError: it is not core metadata
        """
        head, separator, description = metadata.partition("\n\n")
        headers = [_downgraded(line) for line in head.split("\n")]
        lines = [line for line in headers if line is not None]
        _replace(lines, "Version", self.version)
        self._add_requirements(lines)
        return "\n".join(lines) + (separator or "\n\n") + f"{self.notice}\n\n" + description

    def _add_requirements(self, lines: list[str]) -> None:
        upstream: dict[tuple[str, str], int] = {}
        for index, line in enumerate(lines):
            if line.startswith("Requires-Dist:"):
                upstream[Requirement.parse(_value(line)).key] = index
        plain: list[str] = []
        optional: list[str] = []
        for text in self.requirements:
            wanted = Requirement.parse(text)
            if wanted.key in upstream:
                index = upstream[wanted.key]
                merged = Requirement.parse(_value(lines[index])).merged(wanted)
                lines[index] = f"Requires-Dist: {merged}"
            else:
                (optional if "extra" in wanted.marker else plain).append(f"Requires-Dist: {wanted}")
        extras = _values(lines, "Provides-Extra")
        new_extras = [f"Provides-Extra: {extra}" for extra in self.extras if extra not in extras]
        # Plain requirements before the first extra, ours of extras after upstream's last.
        last = _last(lines, "Requires-Dist", "Requires-Python", "Version") + 1
        first_extra = next((i for i, line in enumerate(lines) if line.startswith("Provides-Extra:")), last)
        lines[last:last] = [*new_extras, *optional]
        lines[first_extra:first_extra] = plain


def headers(metadata: str) -> Mapping[str, list[str]]:
    """The headers of METADATA by name, each with its values in order."""
    found: dict[str, list[str]] = {}
    for line in metadata.partition("\n\n")[0].split("\n"):
        name, colon, value = line.partition(":")
        if colon and not line[:1].isspace():
            found.setdefault(name, []).append(value.strip())
    return found


def _downgraded(line: str) -> str | None:
    """A header as `METADATA_VERSION` has it; None for one that it does not have."""
    name = line.partition(":")[0]
    if name == "Metadata-Version":
        return f"Metadata-Version: {METADATA_VERSION}"
    if name == "License-Expression":
        return f"License: {_value(line)}"
    newer = name in _NEWER_HEADERS or (name == "Dynamic" and _value(line).title() in _NEWER_HEADERS)
    return None if newer else line


def _replace(lines: list[str], name: str, value: str) -> None:
    for index, line in enumerate(lines):
        if line.startswith(f"{name}:"):
            lines[index] = f"{name}: {value}"
            return
    raise BuildError(f"METADATA has no {name}")


def _last(lines: list[str], *names: str) -> int:
    for name in names:
        found = [index for index, line in enumerate(lines) if line.startswith(f"{name}:")]
        if found:
            return found[-1]
    raise BuildError(f"METADATA has none of {', '.join(names)}")


def _values(lines: Iterable[str], name: str) -> list[str]:
    return [_value(line) for line in lines if line.startswith(f"{name}:")]


def _value(line: str) -> str:
    return line.partition(":")[2].strip()
