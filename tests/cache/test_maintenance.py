from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

from safelight.cache.leases import Leases
from safelight.cache.ledger import Ledger
from safelight.cache.locks import RecordLocks, locks_lie
from safelight.cache.maintenance import recover, sweep
from safelight.cache.process import ProcessId, this_process
from safelight.cache.tree import Tree
from support.cache_rig import CacheRig


@pytest.fixture
def tree(tmp_path: Path) -> Tree:
    tree = Tree(tmp_path / "cache")
    tree.prepare()
    return tree


def leave_lease(tree: Tree, process: ProcessId) -> Path:
    lease = tree.cache_dir / "leases" / f"{process.token}.lease"
    lease.write_text(json.dumps(process.as_json()))
    return lease


def leave_partial(tree: Tree, token: str) -> Path:
    path = Path(tree.temporary_path(tree.make_parent(f"{tree.media_dir}/s3/bucket/a.jpg"), token))
    path.write_bytes(b"half")
    return path


@pytest.fixture
def ended() -> ProcessId:
    """The identity of a process that has ended."""
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    start = Path(f"/proc/{child.pid}/stat").read_text().rpartition(")")[2].split()[19]
    process = replace(this_process(), pid=child.pid, start=start)
    assert process.lives()
    child.communicate(b"\n")
    assert not process.lives()
    return process


def test_a_process_knows_itself_and_what_it_cannot_know() -> None:
    here = this_process()
    assert here.lives()
    assert replace(here, start="1").lives() is False
    assert replace(here, boot="before").lives() is False
    assert replace(here, host="elsewhere").lives() is None
    assert replace(here, namespace="container").lives() is None
    assert replace(here, start="").lives()
    assert replace(here, start="", pid=2**22 - 1).lives() is False


def test_what_a_killed_process_left_is_swept_and_what_a_living_one_writes_is_not(
    tree: Tree, ended: ProcessId
) -> None:
    leases = Leases(tree.cache_dir / "leases")
    lease = leave_lease(tree, ended)
    dead, alive = leave_partial(tree, ended.token), leave_partial(tree, leases.token)
    foreign = leave_partial(tree, leave_lease(tree, replace(this_process(), host="elsewhere")).stem)
    assert recover(tree, Ledger(tree), leases) == 1
    assert not dead.exists()
    assert not lease.exists()
    assert alive.exists()
    assert foreign.exists()
    assert recover(tree, Ledger(tree), leases) == 0


def test_partial_files_of_nobody_are_swept_when_they_are_old(tree: Tree) -> None:
    leases = Leases(tree.cache_dir / "leases")
    partial = leave_partial(tree, "0123456789abcdef")
    assert sweep(tree, leases) == 0
    os.utime(partial, (0, 0))
    assert sweep(tree, leases) == 1


def test_a_lease_of_another_machine_counts_for_a_day(tree: Tree) -> None:
    leases = Leases(tree.cache_dir / "leases")
    lease = leave_lease(tree, replace(this_process(), host="elsewhere"))
    assert leases.survey().living >= {lease.stem}
    os.utime(lease, (time.time() - 100_000, time.time() - 100_000))
    assert leases.survey().dead == {lease.stem}


def test_pins_end_with_their_context_and_with_their_process(tree: Tree, ended: ProcessId) -> None:
    leases, other = Leases(tree.cache_dir / "leases"), Leases(tree.cache_dir / "leases")
    leave_lease(tree, ended).with_suffix(".0.pins").write_text("s3/bucket/dead.jpg")
    with leases.pinned(["s3/bucket/a.jpg", "s3/bucket/b.jpg"]):
        assert other.pins() == {"s3/bucket/a.jpg", "s3/bucket/b.jpg"}
        assert other.pins(own=False) == frozenset()
    assert other.pins() == frozenset()


def test_a_damaged_lease_is_a_dead_one(tree: Tree) -> None:
    (tree.cache_dir / "leases/feed.lease").write_text("{")
    assert Leases(tree.cache_dir / "leases").survey().dead == {"feed"}


def test_locks_exclude_other_processes_and_end_with_them(tmp_path: Path) -> None:
    program = (
        "import sys, pathlib; from safelight.cache.locks import RecordLocks;"
        f"locks = RecordLocks(pathlib.Path({str(tmp_path / 'locks')!r}));"
        "print(locks.acquire('a'), flush=True); input()"
    )
    locks = RecordLocks(tmp_path / "locks")
    with subprocess.Popen(
        [sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == b"True\n"
        assert not locks.acquire("a")
        assert locks.acquire("b")
        child.kill()
        child.wait()
        assert locks.acquire("a")
    locks.release("a")
    locks.close()


def test_nobody_waits_for_ever_for_a_process_that_hangs(rig: CacheRig) -> None:
    uri = rig.put("photo.jpg", b"pixels")
    cache = rig.cache(lock_wait=0.2)
    name = cache.local_path_of(uri).partition("/media/")[2]
    program = (
        "import pathlib; from safelight.cache.locks import RecordLocks;"
        f"locks = RecordLocks(pathlib.Path({str(rig.directory / 'cache/locks')!r}));"
        f"print(locks.acquire({name!r}), flush=True); input()"
    )
    (rig.directory / "cache").mkdir()
    with subprocess.Popen(
        [sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == b"True\n"
        started = time.monotonic()
        assert Path(cache.get_local_path(uri)).read_bytes() == b"pixels"
        assert time.monotonic() - started >= 0.2
        child.kill()


def test_where_locks_cannot_be_made_everybody_has_them(tmp_path: Path) -> None:
    assert RecordLocks(tmp_path / "no/such/directory").acquire("a")


def test_locks_that_everybody_gets_are_noticed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert not locks_lie(tmp_path / "probe")
    monkeypatch.setattr("fcntl.lockf", lambda *_: None)
    monkeypatch.setattr("fcntl.fcntl", lambda *_: 0)
    assert locks_lie(tmp_path / "probe")
    assert list(tmp_path.iterdir()) == []


def test_verify_finds_files_that_changed_after_the_download(rig: CacheRig) -> None:
    uris = rig.put_many(3)
    cache = rig.cache()
    cache.download(uris)
    assert cache.verify() == []
    longer, other = Path(cache.local_path_of(uris[0])), Path(cache.local_path_of(uris[2]))
    longer.write_bytes(bytes(2000))
    other.write_bytes(bytes(1000))
    damage = {found.path: found.reason for found in cache.verify()}
    assert set(damage) == {str(longer), str(other)}
    assert "2000 bytes" in damage[str(longer)]
    assert "MD5" in damage[str(other)]
