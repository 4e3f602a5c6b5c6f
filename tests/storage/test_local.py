"""What only the local store does."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from safelight.errors import ObjectNotFoundError, StorageError
from safelight.storage.addresses import Addresses
from safelight.storage.local.walking import children, descendants
from support.stores import Rig


def test_folders_and_pipes_are_no_objects(local_rig: Rig) -> None:
    folder = Path(local_rig.base.key)
    (folder / "folder").mkdir(parents=True)
    os.mkfifo(folder / "pipe")
    for name in ("folder", "pipe"):
        for coroutine in (
            local_rig.store.head(local_rig.uri(name)),
            local_rig.store.get(local_rig.uri(name)),
        ):
            with pytest.raises(ObjectNotFoundError, match=name):
                local_rig.run(coroutine)
    assert local_rig.keys() == []


def test_a_file_below_a_file(local_rig: Rig) -> None:
    local_rig.fill("file", b"x")
    with pytest.raises(ObjectNotFoundError, match="file/below"):
        local_rig.run(local_rig.store.head(local_rig.uri("file/below")))
    with pytest.raises(StorageError, match="file/below"):
        local_rig.run(local_rig.store.put(local_rig.uri("file/below"), b"y"))


def test_a_failed_put_leaves_nothing(local_rig: Rig, tmp_path: Path) -> None:
    local_rig.fill("kept", b"x")
    (tmp_path / "source").mkdir()
    with pytest.raises(OSError, match="kept"):
        local_rig.run(local_rig.store.put(local_rig.uri("kept"), tmp_path / "source"))
    assert [file.name for file in Path(local_rig.base.key).iterdir()] == ["kept"]
    assert Path(local_rig.uri("kept").key).read_bytes() == b"x"


def test_links_to_folders_are_not_followed(local_rig: Rig) -> None:
    local_rig.fill("folder/a.jpg", b"x")
    Path(local_rig.base.key, "loop").symlink_to(local_rig.base.key)
    Path(local_rig.base.key, "linked.jpg").symlink_to(Path(local_rig.base.key, "folder", "a.jpg"))
    assert local_rig.keys() == ["folder/a.jpg", "linked.jpg"]


def test_relative_paths(local_rig: Rig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    uri = Addresses().parse("sub/a.txt")
    local_rig.run(local_rig.store.put(uri, b"relative"))
    assert (tmp_path / "sub" / "a.txt").read_bytes() == b"relative"
    assert children("su") == ([], ["sub/"])
    assert list(descendants("sub")) == ["sub/a.txt"]


NAMES = st.text(st.sampled_from("ab./-"), min_size=1, max_size=6).filter(
    lambda name: not {"", ".", ".."} & set(name.split("/"))
)


@given(
    st.sets(NAMES, max_size=8), st.text(st.sampled_from("ab./-"), max_size=3).filter(lambda p: ".." not in p)
)
def test_lists_as_an_object_store_would(
    tmp_path_factory: pytest.TempPathFactory, names: set[str], prefix: str
) -> None:
    root = f"{tmp_path_factory.mktemp('tree')}/"
    files = set()
    for name in sorted(names):
        path = Path(root + name)
        if not path.exists() and not any(parent.is_file() for parent in path.parents):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(b"")
            files.add(root + name)
    if "//" in prefix or prefix.startswith("/") or "/./" in f"/{prefix}":
        return  # paths in which the file system sees others
    assert list(descendants(root + prefix)) == sorted(f for f in files if f.startswith(root + prefix))
