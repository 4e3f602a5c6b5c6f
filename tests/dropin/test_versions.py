from __future__ import annotations

import pytest

from safelight.dropin import versions
from safelight.dropin.versions import Release


@pytest.mark.parametrize(
    ("text", "release"),
    [
        ("1.22.1", (1, 22, 1)),
        ("1.22", (1, 22, 0)),
        ("1.22.1+safelight.12", (1, 22, 1)),
        ("1.23.0rc2", (1, 23, 0)),
        ("10.0.11.post1", (10, 0, 11)),
    ],
)
def test_releases_are_read_from_versions(text: str, release: tuple[int, int, int]) -> None:
    assert Release.parse(text) == release


def test_what_is_no_version_is_refused() -> None:
    with pytest.raises(ValueError, match="not a version: 'main'"):
        Release.parse("main")


@pytest.mark.parametrize(
    ("version", "supported"),
    [
        (versions.OLDEST, True),
        (versions.NEWEST, True),
        (f"{versions.NEWEST}+safelight.1", True),
        ("1.22.99", True),
        ("1.23.0", False),
        ("1.19.9", False),
        ("2.0.0", False),
    ],
)
def test_patch_releases_between_the_ends_are_supported(version: str, supported: bool) -> None:
    assert versions.is_supported(version) is supported


def test_the_label_of_our_builds_is_no_release_candidate() -> None:
    """Upstream takes any version with these letters for one."""
    assert "rc" not in versions.BUILD_LABEL
