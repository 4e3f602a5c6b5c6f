"""Names of projects and files."""

from __future__ import annotations

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packaging.utils import canonicalize_name

from safelight_index.errors import ProjectNotFoundError
from safelight_index.names import (
    PRIVATE_FROM_THE_START,
    PrivateNames,
    is_valid_pattern,
    normalise,
    project_of,
)

_EDGE = string.ascii_letters + string.digits
NAMES = st.from_regex(r"[A-Za-z0-9]([A-Za-z0-9._-]{0,20}[A-Za-z0-9])?", fullmatch=True)


@given(NAMES)
def test_normalising_agrees_with_packaging_and_changes_nothing_twice(name: str) -> None:
    assert normalise(name) == canonicalize_name(name)
    assert normalise(normalise(name)) == normalise(name)


@given(st.text())
def test_any_other_text_is_no_project(text: str) -> None:
    try:
        assert canonicalize_name(text, validate=True) == normalise(text)
    except ValueError:
        with pytest.raises(ProjectNotFoundError):
            normalise(text)


def test_a_name_longer_than_any_real_one_is_no_project() -> None:
    with pytest.raises(ProjectNotFoundError):
        normalise("a" * 201)


@given(st.from_regex(r"[a-z][a-z0-9]{0,10}(_[a-z0-9]{1,5})?", fullmatch=True))
def test_a_wheel_and_its_metadata_belong_to_the_project_they_are_named_after(name: str) -> None:
    filename = f"{name}-1.22.1+safelight.3-py3-none-any.whl"
    assert project_of(filename) == project_of(f"{filename}.metadata") == canonicalize_name(name)


@pytest.mark.parametrize("filename", ["", "fiftyone", "x.whl", "../../etc/passwd", "README.md"])
def test_what_is_no_distribution_belongs_to_no_project(filename: str) -> None:
    assert project_of(filename) is None


@pytest.mark.parametrize(
    ("name", "private"),
    [
        ("fiftyone", True),
        ("safelight", True),
        ("safelight-server", True),
        ("fiftyone-brain", False),
        ("fiftyone-db", False),
        ("safelights", False),
        ("numpy", False),
    ],
)
def test_only_our_own_names_are_private_from_the_start(name: str, private: bool) -> None:
    assert (name in PrivateNames(PRIVATE_FROM_THE_START)) is private


@pytest.mark.parametrize("pattern", ["acme", "acme-*", "*-internal", "a"])
def test_a_pattern_is_a_normalised_name_with_at_most_one_star(pattern: str) -> None:
    assert is_valid_pattern(pattern)


@pytest.mark.parametrize("pattern", ["", "Acme", "a_b", "a**", "*-*", "-a", "a b", "a/b"])
def test_other_text_is_no_pattern(pattern: str) -> None:
    assert not is_valid_pattern(pattern)
