"""Which upstream is installed, and which upstreams the table of seams is proven against."""

from __future__ import annotations

import re
from importlib import metadata
from typing import Final, NamedTuple

OLDEST: Final = "1.20.0"
NEWEST: Final = "1.22.1"
"""Whose signatures the table spells."""

BUILD_LABEL: Final = "safelight"
"""Our builds are `X.Y.Z+safelight.N`: PEP 440 made local versions for a vendor's build of a release."""

MANIFEST: Final = "safelight.json"
"""A file in the metadata directory of our builds: what they were made from."""


class Release(NamedTuple):
    """The numbers of a version, without what follows them."""

    major: int
    minor: int
    micro: int

    @classmethod
    def parse(cls, version: str) -> Release:
        """Read `1.22.1`, `1.22.1+safelight.3` or `1.23.0rc1`.

        Raises:
            ValueError: it does not begin with two numbers
        """
        match = re.match(r"(\d+)\.(\d+)(?:\.(\d+))?", version)
        if match is None:
            raise ValueError(f"not a version: {version!r}")
        major, minor, micro = match.groups()
        return cls(int(major), int(minor), int(micro or 0))


def installed_version() -> str | None:
    """The version of the distribution `fiftyone`; None when there is none, as in a source checkout."""
    try:
        return metadata.version("fiftyone")
    except metadata.PackageNotFoundError:
        return None


def manifest() -> str | None:
    """The build manifest of the installed `fiftyone` as JSON; None when it is not a build of ours.

    The version alone does not tell: the build for requirements files carries upstream's own.
    """
    try:
        return metadata.distribution("fiftyone").read_text(MANIFEST)
    except metadata.PackageNotFoundError:
        return None


def is_supported(version: str) -> bool:
    """Whether the drift tests cover a version: any patch release of the minor versions between the ends."""
    release = Release.parse(version)
    return Release.parse(OLDEST) <= release and release[:2] <= Release.parse(NEWEST)[:2]


def applies(version: str | None, since: str | None, until: str | None) -> bool:
    """Whether a target with these bounds exists in a version; an unknown version is taken for the newest."""
    release = Release.parse(version or NEWEST)
    return not (since and release < Release.parse(since)) and not (until and release > Release.parse(until))
