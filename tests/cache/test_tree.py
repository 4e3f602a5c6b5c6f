"""The files of the cache: who uses one and who evicts one at the same moment."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from safelight.cache.tree import Tree, touch

HOUR = 3600.0


@pytest.fixture
def tree(tmp_path: Path) -> Tree:
    tree = Tree(tmp_path / "cache")
    tree.prepare()
    return tree


def old_file(tree: Tree, name: str = "old.jpg") -> Path:
    path = Path(tree.media_dir, name)
    path.write_bytes(b"old")
    os.utime(path, (time.time() - HOUR, time.time() - HOUR))
    return path


def discard(tree: Tree, path: Path) -> int | None:
    return tree.discard(path.name, unless_used_since=time.time() - HOUR / 2)


def test_an_idle_file_goes(tree: Tree) -> None:
    path = old_file(tree)
    assert discard(tree, path) == 3
    assert not path.exists()


def test_a_file_touched_while_it_is_evicted_stays_and_can_be_used(
    tree: Tree, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = old_file(tree)
    chmod = os.chmod
    seen: list[bool] = []

    def touched_meanwhile(target: str, mode: int) -> None:
        chmod(target, mode)
        if not seen:
            seen.append(touch(target, Path(target).stat().st_mtime_ns))

    monkeypatch.setattr(os, "chmod", touched_meanwhile)
    assert discard(tree, path) is None
    assert path.exists()
    assert seen == [False], "who comes between downloads it again"
    assert touch(str(path), 0), "and the next one finds it"


def test_a_file_with_a_second_name_keeps_its_mode(tree: Tree, tmp_path: Path) -> None:
    mine = tmp_path / "mine.jpg"
    mine.write_bytes(b"mine")
    mode = mine.stat().st_mode
    cached = Path(tree.media_dir, "mine.jpg")
    os.link(mine, cached)
    os.utime(cached, (time.time() - HOUR, time.time() - HOUR))
    assert discard(tree, cached) == 4
    assert mine.stat().st_mode == mode


def test_an_eviction_that_was_killed_costs_a_download_and_no_more(tree: Tree) -> None:
    path = old_file(tree)
    path.chmod(path.stat().st_mode | 0o1000)
    assert not touch(str(path), path.stat().st_mtime_ns)
    fresh = path.with_name(".fresh")
    fresh.write_bytes(b"new")
    tree.publish(str(fresh), str(path))
    assert touch(str(path), path.stat().st_mtime_ns)
