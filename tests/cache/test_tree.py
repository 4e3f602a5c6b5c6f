"""The files of a cache on disk."""

from __future__ import annotations

from pathlib import Path

import pytest

from safelight.cache.tree import Tree


def write(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"x")
    return path


@pytest.mark.parametrize("number", [1, 256, 257, 1500])
def test_removing_takes_what_was_named_and_directories_that_are_empty_then(tree: Tree, number: int) -> None:
    media = Path(tree.media_dir)
    names = [f"s3/bucket/{i % 5}/{i}.jpg" for i in range(number)]
    for name in names:
        write(media / name)
    kept = write(media / "s3/bucket/0/kept.jpg")
    tree.remove([*names, "s3/bucket/never-there.jpg"])
    assert [path for path in media.rglob("*") if path.is_file()] == [kept]
    assert [path.name for path in (media / "s3/bucket").iterdir()] == ["0"]


@pytest.mark.parametrize("number", [1, 600])
def test_nothing_is_removed_through_a_link_out_of_the_cache(tree: Tree, tmp_path: Path, number: int) -> None:
    media = Path(tree.media_dir)
    outside = [write(tmp_path / "outside" / "sub" / f"{i}.jpg") for i in range(number)]
    (tmp_path / "outside" / "empty").mkdir()
    (media / "s3").mkdir()
    (media / "s3" / "link").symlink_to(tmp_path / "outside")
    linked = media / "s3" / "own" / "linked.jpg"
    linked.parent.mkdir()
    linked.symlink_to(outside[0])
    tree.remove(
        [*(f"s3/link/sub/{path.name}" for path in outside), "s3/link/empty/gone.jpg", "s3/own/linked.jpg"]
    )
    assert all(path.exists() for path in outside)
    assert (tmp_path / "outside" / "empty").is_dir()
    assert linked.is_symlink()
