from __future__ import annotations

import os
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from safelight.cache import ledger as ledger_module
from safelight.cache.index import Entry, Index, IndexLostError
from safelight.cache.ledger import Ledger
from safelight.cache.marks import Mark, read_mark, write_mark
from safelight.cache.tree import Tree

Vandal = Callable[[Path], object]


def write(tree: Tree, name: str, size: int, *, accessed: float = 1000.0, marked: bool = True) -> None:
    path = Path(tree.media_dir, name)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(bytes(size))
    if marked:
        assert write_mark(str(path), Mark(size, '"tag"', b"\x01" * 16))
    os.utime(path, (accessed, accessed))


def index_path(tree: Tree) -> Path:
    return tree.cache_dir / "index.sqlite3"


def test_a_mark_says_what_the_file_was_made_from(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"")
    for mark in (Mark(3, '"a b"', b"\xff" * 16), Mark(0), Mark(1, None, b"0" * 16), Mark(1, "W/é")):
        assert write_mark(str(path), mark)
        assert read_mark(str(path)) == mark
    os.setxattr(path, "user.safelight", b"nonsense")
    assert read_mark(str(path)) is None


def test_a_new_index_says_that_it_knows_nothing_yet(tmp_path: Path) -> None:
    index = Index(tmp_path / "index.sqlite3")
    with pytest.raises(IndexLostError):
        index.totals()
    index.complete([Entry("a", 1, 2.0)])
    assert index.totals() == (1, 1)


def test_entries_come_back_oldest_first_page_by_page(tmp_path: Path) -> None:
    index = Index(tmp_path / "index.sqlite3")
    entries = [Entry(f"{i:03}", i, float(i // 3), f'"{i}"', bytes([i])) for i in range(20)]
    index.complete(reversed(entries))
    first = index.oldest(7)
    rest = index.oldest(50, (first[-1].accessed, first[-1].name))
    assert [*first, *rest] == entries
    assert index.lookup(["003", "999"]) == {"003": entries[3]}
    index.forget(["003"])
    assert index.totals() == (sum(range(20)) - 3, 19)


def truncate(path: Path) -> None:
    os.truncate(path, path.stat().st_size // 2)


def empty(path: Path) -> None:
    os.truncate(path, 0)


def overwrite(path: Path) -> None:
    path.write_bytes(os.urandom(8192))


def spoil_the_middle(path: Path) -> None:
    with path.open("r+b") as file:
        file.seek(4096)
        file.write(b"\xa5" * 20_000)


def foreign_database(path: Path) -> None:
    path.write_bytes(b"SQLite format 3\x00" + bytes(4080))


VANDALS: list[Vandal] = [Path.unlink, truncate, empty, overwrite, spoil_the_middle, foreign_database]


@pytest.mark.parametrize("vandal", VANDALS)
def test_a_lost_index_is_rebuilt_from_the_tree(tree: Tree, vandal: Vandal) -> None:
    ledger = Ledger(tree)
    for i in range(300):
        write(tree, f"s3/bucket/{i:03}.jpg", 10, accessed=1000.0 + i)
    assert ledger.totals() == (3000, 300)
    vandal(index_path(tree))
    assert ledger.totals() == (3000, 300)
    entry = ledger.lookup(["s3/bucket/007.jpg"])["s3/bucket/007.jpg"]
    assert entry == Entry("s3/bucket/007.jpg", 10, 1007.0, '"tag"', b"\x01" * 16)


@pytest.mark.parametrize("vandal", VANDALS)
def test_writing_to_a_lost_index_loses_nothing(tree: Tree, vandal: Vandal) -> None:
    ledger = Ledger(tree)
    for i in range(300):
        write(tree, f"s3/bucket/{i:03}.jpg", 10)
    ledger.totals()
    vandal(index_path(tree))
    write(tree, "s3/bucket/new.jpg", 5)
    ledger.record([Entry("s3/bucket/new.jpg", 5, 1.0)])
    assert ledger.totals() == (3005, 301)


def test_the_tree_answers_where_there_can_be_no_index(tree: Tree, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ledger_module, "locks_lie", lambda _path: True)
    ledger = Ledger(tree)
    write(tree, "s3/bucket/b.jpg", 10, accessed=2.0)
    write(tree, "s3/bucket/a.jpg", 20, accessed=1.0)
    ledger.record([Entry("s3/bucket/b.jpg", 10, 2.0)])
    assert ledger.totals() == (30, 2)
    assert [[entry.name for entry in page] for page in ledger.pages()] == [
        ["s3/bucket/a.jpg", "s3/bucket/b.jpg"]
    ]
    assert ledger.lookup(["s3/bucket/a.jpg"])["s3/bucket/a.jpg"].etag == '"tag"'
    assert not index_path(tree).exists()


def test_what_we_did_not_write_is_not_in_the_books(tree: Tree) -> None:
    write(tree, "s3/bucket/ours.jpg", 10)
    write(tree, "s3/bucket/theirs.jpg", 10, marked=False)
    write(tree, "s3/bucket/.safelight-0-1.part", 10)
    write(tree, "s3/loose.jpg", 10)
    Path(tree.media_dir, "s3/bucket/link.jpg").symlink_to(Path(tree.media_dir, "s3/bucket/ours.jpg"))
    assert [entry.name for entry in Ledger(tree).walk()] == ["s3/bucket/ours.jpg"]


def test_reconciling_finds_what_is_new_and_what_is_gone(tree: Tree) -> None:
    ledger = Ledger(tree)
    write(tree, "s3/bucket/a.jpg", 10)
    write(tree, "s3/bucket/b.jpg", 10)
    ledger.totals()
    Path(tree.media_dir, "s3/bucket/a.jpg").unlink()
    write(tree, "s3/bucket/c.jpg", 7)
    assert ledger.totals() == (20, 2)
    ledger.reconcile()
    assert ledger.totals() == (17, 2)


def test_threads_write_at_the_same_time(tree: Tree) -> None:
    ledger = Ledger(tree)
    ledger.totals()

    def write_many(first: int) -> None:
        for i in range(first, first + 20):
            ledger.record([Entry(f"s3/bucket/{i}", 1, 0.0)])

    threads = [threading.Thread(target=write_many, args=(100 * i,)) for i in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert ledger.totals() == (120, 120)
