"""Rules of single projects. Today one: the drop-in's own versions.

`fiftyone` is published as `X.Y.Z+safelight.N` alone: a local version (PEP 440) of the upstream release it was
built from. So nobody can publish stock bytes, or bytes that claim to be stock, under the name.
"""

from __future__ import annotations

import re

from safelight_index.errors import InvalidDistributionError
from safelight_index.inspection import Distribution

DROP_IN = "fiftyone"
_DROP_IN_VERSION = re.compile(r"\d+\.\d+\.\d+(?:\.post\d+)?\+safelight\.[1-9]\d*")


def check(distribution: Distribution, filename: str) -> None:
    """Check the rules of the distribution's project.

    Raises:
        InvalidDistributionError: a rule is broken
    """
    if distribution.project != DROP_IN:
        return
    if not _DROP_IN_VERSION.fullmatch(str(distribution.version)):
        raise InvalidDistributionError(
            f"{DROP_IN} {distribution.version}: the version must be X.Y.Z+safelight.N for upstream's X.Y.Z"
        )
    expected = f"{DROP_IN}-{distribution.version}-py3-none-any.whl"
    if filename != expected:
        raise InvalidDistributionError(
            f"this build of {DROP_IN} is published as {expected}, not as {filename}"
        )


def needs_twin(distribution: Distribution) -> bool:
    """Say whether the wheel is also served under its plain version (`safelight_index.twin`)."""
    return distribution.project == DROP_IN
