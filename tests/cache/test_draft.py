"""Files before they have their names: without one where the file system can do that, and everywhere else."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from safelight.cache import draft as draft_module
from safelight.cache.draft import Draft, can_be_unnamed
from safelight.cache.tree import Tree
from support.cache_rig import CacheRig, content_of


@pytest.fixture(params=[True, False], ids=["unnamed", "named"])
def draft(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Draft]:
    with closing(Draft(str(tmp_path), f"{tmp_path}/part", unnamed=request.param)) as draft:
        os.write(draft.descriptor, b"new")
        draft.complete()
        yield draft


def test_this_machine_has_unnamed_files(tmp_path: Path) -> None:
    assert can_be_unnamed(str(tmp_path), f"{tmp_path}/part")
    assert list(tmp_path.iterdir()) == []


def test_a_file_system_without_them_is_found_out() -> None:
    assert not can_be_unnamed("/proc/self", "/proc/self/part")


def test_a_published_file_is_the_only_one(draft: Draft, tmp_path: Path) -> None:
    assert draft.publish(f"{tmp_path}/a", replace=False)
    draft.close()
    assert [path.name for path in tmp_path.iterdir()] == ["a"]
    assert (tmp_path / "a").read_bytes() == b"new"


@pytest.mark.parametrize("dangling", [False, True])
def test_what_has_the_name_stays_unless_it_is_to_be_replaced(
    draft: Draft, tmp_path: Path, dangling: bool
) -> None:
    place = tmp_path / "a"
    if dangling:
        place.symlink_to("nowhere")
    else:
        place.write_bytes(b"old")
    assert not draft.publish(str(place), replace=False)
    assert place.is_symlink() == dangling
    assert draft.publish(str(place), replace=True)
    draft.close()
    assert not place.is_symlink()
    assert place.read_bytes() == b"new"
    assert [path.name for path in tmp_path.iterdir()] == ["a"]


def test_nothing_is_left_of_what_is_not_published(draft: Draft, tmp_path: Path) -> None:
    draft.close()
    assert list(tmp_path.iterdir()) == []


def test_a_killed_process_leaves_nothing_of_an_unnamed_file(tmp_path: Path) -> None:
    script = (
        "import os, sys; from safelight.cache.draft import Draft; d = sys.argv[1];"
        "os.write(Draft(d, d + '/part', unnamed=True).descriptor, b'half'); os.kill(os.getpid(), 9)"
    )
    done = subprocess.run([sys.executable, "-c", script, tmp_path], check=False)
    assert done.returncode == -signal.SIGKILL
    assert list(tmp_path.iterdir()) == []


def test_a_directory_that_an_eviction_removed_meanwhile_is_made_again(
    rig: CacheRig, monkeypatch: pytest.MonkeyPatch
) -> None:
    uri = rig.put("folder/a.bin", content_of("a.bin", 1000))
    cache = rig.cache()
    path = Path(cache.local_path_of(uri))
    complete, removed = Draft.complete, []

    def late(draft: Draft) -> int | str:
        removed.append(path.parent)
        path.parent.rmdir()  # fails where the file has a name there
        return complete(draft)

    monkeypatch.setattr(Draft, "complete", late)
    assert cache.download([uri], skip_failures=False).downloaded == 1
    assert path.read_bytes() == content_of("a.bin", 1000)
    assert removed == [path.parent]


@pytest.mark.parametrize("size", [1000, 3_000_000])
def test_a_cache_works_where_every_file_needs_a_name(
    rig: CacheRig, monkeypatch: pytest.MonkeyPatch, size: int
) -> None:
    monkeypatch.setattr(draft_module, "_UNNAMED", 0)
    uris = rig.put_many(5, size)
    cache = rig.cache()
    assert cache.download(uris, skip_failures=False).downloaded == 5
    assert cache.download(uris, update=True, skip_failures=False).cached == 5
    rig.put("photo-0000.jpg", content_of("changed", size))
    assert cache.download(uris, update=True, skip_failures=False).downloaded == 1
    contents = [content_of("changed", size), content_of("photo-0001.jpg", size)]
    assert [Path(cache.local_path_of(uri)).read_bytes() for uri in uris[:2]] == contents
    assert len(rig.media_files()) == 5
    assert cache.stats()["current_size"] == 5 * size


def test_a_tree_that_cannot_link_names_its_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: object, **__: object) -> None:
        raise PermissionError

    monkeypatch.setattr(os, "link", refused)
    tree = Tree(tmp_path)
    tree.prepare()
    place = f"{tree.media_dir}/s3/bucket/a"
    with closing(tree.draft(place, "token")) as draft:
        assert draft.publish(place, replace=False)
    assert Path(place).exists()


def test_a_bucket_may_be_linked_to_a_file_system_without_unnamed_files(
    rig: CacheRig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    uri, cache = rig.put("photo.jpg", b"content"), rig.cache()
    place = Path(cache.local_path_of(uri))
    place.parent.parent.mkdir(parents=True)
    place.parent.symlink_to(elsewhere)
    opened = os.open

    def limited(path: str, flags: int, *rest: int, **named: int) -> int:
        if flags & os.O_TMPFILE == os.O_TMPFILE and path == str(place.parent):
            raise OSError(errno.EOPNOTSUPP, os.strerror(errno.EOPNOTSUPP), path)
        return opened(path, flags, *rest, **named)

    monkeypatch.setattr(os, "open", limited)
    assert cache.download([uri], skip_failures=False).downloaded == 1
    assert [path.name for path in elsewhere.iterdir()] == [place.name]
