"""Names of projects and files, and the list of names that are ours alone.

A private name is never looked up anywhere else, whether we have files of it or not: that is what makes
dependency confusion impossible. So the list is persisted (`private_names` in the database) and only ever
grows.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from fnmatch import fnmatchcase
from functools import lru_cache

from packaging.utils import is_normalized_name

from safelight_index._pypiserver import guess_pkgname_and_version, normalize_pkgname
from safelight_index.errors import ProjectNotFoundError

PRIVATE_FROM_THE_START = ("fiftyone", "safelight", "safelight-*")
"""The drop-in's own name, and the family name of whatever we may publish later."""

METADATA_SUFFIX = ".metadata"
"""PEP 658: "the metadata file ... at the same location as the distribution file, with .metadata appended"."""

_VALID_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?")
_VALID_PATTERN = re.compile(r"[a-z0-9*](?:[a-z0-9*-]*[a-z0-9*])?")
_MAX_LENGTH = 200


def normalise(name: str) -> str:
    """Normalise a project name as PEP 503 says.

    Raises:
        ProjectNotFoundError: no project can have this name
    """
    if len(name) > _MAX_LENGTH or not _VALID_NAME.fullmatch(name):
        raise ProjectNotFoundError("this is not a project name")
    return str(normalize_pkgname(name))


def is_valid_pattern(pattern: str) -> bool:
    """Say whether `pattern` is a normalised name, or one with `*` for any characters."""
    return bool(_VALID_PATTERN.fullmatch(pattern)) and "*" not in pattern.replace("*", "", 1)


@lru_cache(maxsize=4096)
def project_of(filename: str) -> str | None:
    """Return the normalised name of the project that a file name (or its metadata's) begins with."""
    guess = guess_pkgname_and_version(filename.removesuffix(METADATA_SUFFIX))
    if guess is None:
        return None
    name = str(normalize_pkgname(guess[0]))
    return name if is_normalized_name(name) else None


class PrivateNames:
    """The names that never fall back, exact ones and patterns."""

    def __init__(self, patterns: Iterable[str] = ()) -> None:
        self._exact: set[str] = set()
        self._globs: set[str] = set()
        self.update(patterns)

    def update(self, patterns: Iterable[str]) -> None:
        """Add names; none can be taken away."""
        for pattern in patterns:
            (self._globs if "*" in pattern else self._exact).add(pattern)

    def __contains__(self, name: str) -> bool:
        return name in self._exact or any(fnmatchcase(name, glob) for glob in self._globs)

    def __iter__(self) -> Iterator[str]:
        return iter(sorted(self._exact | self._globs))
