"""Forked children: upstream makes them all the time, and obstore would hang in them."""

from __future__ import annotations

import multiprocessing
import os
import pickle
import select
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from safelight.errors import ObjectNotFoundError
from safelight.storage import forks, transfer
from safelight.storage.addresses import Addresses
from safelight.storage.portal import Portal
from safelight.storage.registry import StoreRegistry
from safelight.storage.uri import ObjectURI
from support.s3_server import S3Server
from support.sdk_rigs import Services, in_a_child
from support.stores import Rig, account, options_for

CHILD_SECONDS = 40


def in_forked_child(function: Callable[[], Any]) -> Any:
    """What `function` returns in a child of `os.fork`; raises what it raises there."""
    readable, writable = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            outcome = True, function()
        except BaseException as error:  # noqa: BLE001 - whatever it is, the parent gets it
            outcome = False, error
        os.write(writable, pickle.dumps(outcome))
        os._exit(0)
    os.close(writable)
    try:
        if not select.select([readable], [], [], CHILD_SECONDS)[0]:
            os.kill(child, signal.SIGKILL)
            pytest.fail("the forked child hangs")
        with os.fdopen(readable, "rb", closefd=False) as pipe:
            ok, value = pickle.loads(pipe.read())
    finally:
        os.waitpid(child, 0)
        os.close(readable)
    if not ok:
        raise value
    return value


def use_everything(rig: Rig, folder: Path) -> tuple[bytes, list[str], int]:
    """Write, read, list, copy and delete through `rig`."""
    uri = rig.uri(f"{os.getpid()}/a.jpg")
    rig.run(rig.store.put(uri, b"from a child"))
    rig.run(transfer.download(rig.store, uri, folder / "t"))
    rig.run(rig.store.copy(uri, uri.parent.child("b.jpg")))
    names = [key.rpartition("/")[2] for key in rig.keys(f"{os.getpid()}/")]
    rig.run(rig.store.delete([uri]))
    with pytest.raises(ObjectNotFoundError):
        rig.run(rig.store.head(uri))
    return (folder / "t").read_bytes(), names, rig.run(rig.store.head(uri.parent.child("b.jpg"))).size


EXPECTED = (b"from a child", ["a.jpg", "b.jpg"], 12)


def test_child_of_a_parent_that_used_the_store(cloud: Rig, tmp_path: Path) -> None:
    uri = cloud.fill("parent.jpg", b"parent")
    for _ in range(2):
        assert in_forked_child(lambda: use_everything(cloud, tmp_path)) == EXPECTED
        assert cloud.run(cloud.store.head(uri)).size == 6, "the parent goes on as before"


def test_obstore_is_of_no_use_to_children_of_a_parent_that_used_it(s3_rig: Rig) -> None:
    s3_rig.fill("parent.jpg", b"parent")
    assert not in_forked_child(forks.native_usable)
    assert forks.native_usable()


def test_children_use_every_kind_of_store(writable: Rig, tmp_path: Path) -> None:
    uri = writable.fill("parent.jpg", b"parent")
    assert in_forked_child(lambda: use_everything(in_a_child(writable), tmp_path)) == EXPECTED
    assert writable.run(writable.store.head(uri)).size == 6, "the parent goes on as before"


def test_grandchild(s3_rig: Rig, tmp_path: Path) -> None:
    s3_rig.fill("parent.jpg", b"parent")

    def child() -> Any:
        assert use_everything(s3_rig, tmp_path) == EXPECTED
        return in_forked_child(lambda: use_everything(s3_rig, tmp_path))

    assert in_forked_child(child) == EXPECTED


def test_errors_of_a_child_are_typed(cloud: Rig) -> None:
    cloud.fill("parent.jpg", b"parent")
    uri = cloud.uri("not/there.jpg")
    with pytest.raises(ObjectNotFoundError, match=r"not/there\.jpg"):
        in_forked_child(lambda: cloud.run(cloud.store.get(uri)))


def test_children_read_web_addresses_and_files(http_rig: Rig, local_rig: Rig, tmp_path: Path) -> None:
    for rig in (http_rig, local_rig):
        uri = rig.fill("a.jpg", b"read in a child")
        rig.run(rig.store.head(uri))

        def read(rig: Rig = rig, uri: ObjectURI = uri) -> bytes:
            rig.run(transfer.download(rig.store, uri, tmp_path / "t"))
            return (tmp_path / "t").read_bytes()

        assert in_forked_child(read) == b"read in a child"


@pytest.mark.parametrize("kind", ["oci", "databricks-volumes", "databricks-dbfs", "sftp", "ftp"])
def test_children_use_what_is_behind_an_sdk(
    services: Services, portal: Portal, kind: str, tmp_path: Path
) -> None:
    rig = services.rig(kind, portal)
    uri = rig.fill("parent.jpg", b"parent")
    for _ in range(2):
        assert in_forked_child(lambda: use_everything(rig, tmp_path)) == EXPECTED
        assert rig.run(rig.store.head(uri)).size == 6, "the parent goes on as before"
    portal.run(rig.registry.close())


def _worker(address: str) -> bytes:
    """In a pool's worker: everything from before the fork is inherited through the module."""
    assert _inherited is not None
    portal, registry = _inherited
    uri = registry.parse(address)
    data, _ = portal.run(registry.store_for(uri).get_range(uri, 0, 100))
    return data


_inherited: tuple[Portal, StoreRegistry] | None = None


def test_pool_of_forked_workers(s3_rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    uris = [s3_rig.fill(f"{number}.jpg", f"{number}".encode()) for number in range(20)]
    s3_rig.run(s3_rig.store.head(uris[0]))
    monkeypatch.setattr(__import__(__name__), "_inherited", (s3_rig.portal, s3_rig.registry), raising=False)
    globals()["_inherited"] = (s3_rig.portal, s3_rig.registry)
    with multiprocessing.get_context("fork").Pool(3) as pool:
        answers = pool.map_async(_worker, [str(uri) for uri in uris]).get(CHILD_SECONDS)
    assert answers == [f"{number}".encode() for number in range(20)]


def _use_s3(server: S3Server, address: str) -> tuple[bytes, bool]:
    """In a process of its own."""
    portal, registry = Portal(), StoreRegistry(options_for(account(server)))
    uri = Addresses().parse(address)
    try:
        return portal.run(registry.store_for(uri).get_range(uri, 0, 100))[0], forks.native_usable()
    finally:
        portal.run(registry.close())
        portal.close()


def _use_s3_in_a_fork(server: S3Server, address: str) -> tuple[bytes, bool]:
    answer: tuple[bytes, bool] = in_forked_child(lambda: _use_s3(server, address))
    return answer


@pytest.mark.parametrize("use", [_use_s3, _use_s3_in_a_fork])
def test_spawned_processes_and_early_forks_stay_fast(s3: S3Server, places: Any, use: Any) -> None:
    rig: Rig = places.rig("s3")
    uri = rig.fill("spawned.jpg", b"spawned")
    context = multiprocessing.get_context("spawn")
    plain = S3Server(s3.endpoint_url, s3.access_key, s3.secret_key)
    with context.Pool(1) as pool:
        assert pool.apply_async(use, (plain, str(uri))).get(CHILD_SECONDS) == (b"spawned", True)
