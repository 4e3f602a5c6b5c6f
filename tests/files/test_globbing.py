"""Glob patterns on keys match what `glob.glob` matches on a disk."""
# ruff: noqa: PTH207 - `glob` is what is compared with

from __future__ import annotations

import glob
from pathlib import Path

import pytest

from safelight.files.globbing import Glob

FILES = ["a.jpg", "b.jpg", "c.png", ".hidden.jpg", "d/e.jpg", "d/f/g.jpg", "d/.h/i.jpg", "x[1].jpg"]
PATTERNS = [
    "*.jpg",
    "?.jpg",
    "[ab].jpg",
    "[!a].jpg",
    "d/*.jpg",
    "*/*.jpg",
    "**/*.jpg",
    "**",
    "d/**",
    "x[[]1].jpg",
]


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("globbing")
    for name in FILES:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).touch()
    return root


@pytest.mark.parametrize("any_depth", [False, True])
@pytest.mark.parametrize("pattern", PATTERNS)
def test_matches_as_on_a_disk(tree: Path, pattern: str, any_depth: bool) -> None:
    wanted = Glob.parse(f"s3://bucket/top/{pattern}", any_depth=any_depth)
    below = {path.relative_to(tree).as_posix(): path for path in tree.rglob("*")}
    start = wanted.directory.removeprefix("s3://bucket/top").strip("/")
    names = [name.removeprefix(start).strip("/") for name in below if name.startswith(start)]
    found = {f"{start}/{name}".strip("/") for name in names if name and wanted.matches(name)}
    expected = {Path(name).as_posix() for name in glob.glob(pattern, root_dir=tree, recursive=any_depth)} - {
        "."
    }
    assert found - {start} == expected - {start}


def test_a_pattern_without_wildcards_names_itself() -> None:
    assert Glob.parse("s3://bucket/a/b.jpg") == Glob("s3://bucket/a", ("b.jpg",), any_depth=False)


def test_only_deep_patterns_need_a_deep_listing() -> None:
    assert not Glob.parse("s3://bucket/a/*.jpg").is_deep
    assert Glob.parse("s3://bucket/*/b.jpg").is_deep
    assert Glob.parse("s3://bucket/**", any_depth=True).is_deep
