"""Label files read ahead of an import."""

from __future__ import annotations

import gc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from safelight.files.copies import KEPT, Copies
from safelight.files.listing import one_snapshot
from safelight.files.read_ahead import (
    BATCH_BYTES,
    BATCH_COUNT,
    HELD_BYTES,
    LARGEST_DOCUMENT,
    ReadAhead,
    neighbours,
)
from safelight.runtime import get_runtime
from support.cloud import Cloud
from support.recording_proxy import RecordingProxy

COUNT = 40
SIZES = st.dictionaries(
    st.from_regex(r"[a-c]{1,4}\.(txt|xml)", fullmatch=True), st.integers(0, 3 << 20), max_size=30
)


@given(sizes=SIZES, name=st.from_regex(r"[a-c]{1,4}\.(txt|xml)", fullmatch=True))
def test_a_batch_begins_with_what_is_wanted_and_is_bounded(sizes: dict[str, int], name: str) -> None:
    batch = neighbours(f"s3://b/d/{name}", sizes)
    names = [path.removeprefix("s3://b/d/") for path in batch]
    assert bool(batch) == (sizes.get(name, LARGEST_DOCUMENT + 1) <= LARGEST_DOCUMENT)
    assert names[:1] == [name][: len(batch)]
    assert names == sorted(names)
    assert all(other.endswith(name[-4:]) and sizes[other] <= LARGEST_DOCUMENT for other in names)
    assert len(batch) <= BATCH_COUNT
    assert sum(sizes[other] for other in names) <= BATCH_BYTES


def test_what_is_held_is_bounded() -> None:
    held = ReadAhead()
    piece = bytes(HELD_BYTES // 4)
    for number in range(6):
        held.hold(f"s3://b/{number}", piece)
    held.hold("s3://b/5", piece)
    assert [held.get(f"s3://b/{number}") is None for number in range(6)] == [
        True,
        True,
        False,
        False,
        False,
        False,
    ]
    held.forget("s3://b/5")
    assert held.get("s3://b/5") is None


@pytest.mark.parametrize("mode", ["r", "rb"])
def test_an_import_reads_all_labels_with_few_waits(
    cloud: Cloud, requests_seen: RecordingProxy, mode: str
) -> None:
    urls = [cloud.put(f"labels/{number:03}.txt", f"é{number}\n".encode()) for number in range(COUNT)]
    files = get_runtime().files
    found = []
    with one_snapshot():
        for url in urls:
            with files.open(url, mode) as file:
                data = file.read()
                found.append(data if isinstance(data, str) else data.decode())
    assert found == [f"é{number}\n" for number in range(COUNT)]
    assert len(requests_seen.of("GET")) <= COUNT + 2


def test_own_writes_are_seen_and_so_are_missing_files(cloud: Cloud) -> None:
    urls = [cloud.put(f"labels/{number:03}.txt", b"old") for number in range(10)]
    files = get_runtime().files
    with one_snapshot():
        assert [files.read_text(url) for url in urls[:4]] == ["old"] * 4
        files.write(urls[5], b"new")
        files.delete_files([urls[6]])
        assert files.read_text(urls[5]) == "new"
        with pytest.raises(FileNotFoundError):
            files.read_text(urls[6])
        with pytest.raises(FileNotFoundError):
            files.read_text(cloud.url("labels/none.txt"))
        assert files.read_text(urls[9]) == "old"


def test_a_document_is_fetched_once_by_one_import(cloud: Cloud, requests_seen: RecordingProxy) -> None:
    url = cloud.put("metadata.json", b"old")
    files = get_runtime().files
    with one_snapshot():
        assert [files.read_text(url) for _ in range(3)] == ["old"] * 3
        assert len(requests_seen.of("GET")) == 1
        files.write(url, b"new")
        assert files.read_text(url) == "new"
    cloud.put("metadata.json", b"newer")
    assert files.read_text(url) == "newer"


def test_an_import_keeps_few_copies_and_leaves_none() -> None:
    copies = Copies()
    made = [copies.bring(f"s3://b/{number}", lambda path, to: to.write_text(path)) for number in range(20)]
    assert sum(path.exists() for path in made) == KEPT
    assert made[-1].read_text() == "s3://b/19"
    directory = made[-1].parent
    del copies
    gc.collect()
    assert not directory.exists()
