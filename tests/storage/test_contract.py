"""What every store does alike."""

from __future__ import annotations

import asyncio
import hashlib
import urllib.request
from collections.abc import AsyncIterator
from datetime import datetime, timedelta, timezone
from pathlib import Path
from urllib.error import HTTPError

import pytest

from safelight.errors import (
    BucketNotFoundError,
    IntegrityError,
    ObjectChangedError,
    ObjectExistsError,
    ObjectNotFoundError,
    RangeNotSatisfiableError,
    StorageError,
    UnsupportedOperationError,
)
from safelight.storage import transfer
from safelight.storage.base import PutOptions
from safelight.storage.relay import PART, Located, relay
from safelight.storage.uri import ObjectURI
from support.stores import Rig


def test_head_describes_the_object(readable: Rig) -> None:
    uri = readable.fill("a/photo.jpg", b"0123456789")
    info = readable.run(readable.store.head(uri))
    assert (info.uri, info.size) == (uri, 10)
    assert info.etag
    assert info.last_modified is not None
    assert abs(datetime.now(timezone.utc) - info.last_modified) < timedelta(minutes=5)


def test_get_reads_the_object_and_knows_it_beforehand(readable: Rig) -> None:
    uri = readable.fill("a.bin", b"0123456789")

    async def collect() -> tuple[int, bytes]:
        reader = await readable.store.get(uri)
        return reader.info.size, b"".join([chunk async for chunk in reader])

    assert readable.run(collect()) == (10, b"0123456789")


def test_empty_object(readable: Rig, tmp_path: Path) -> None:
    uri = readable.fill("empty.bin", b"")
    assert readable.run(readable.store.head(uri)).size == 0
    assert readable.read("empty.bin") == b""
    assert readable.run(transfer.download(readable.store, uri, tmp_path / "t")).size == 0
    assert (tmp_path / "t").read_bytes() == b""
    with pytest.raises(RangeNotSatisfiableError):
        readable.run(readable.store.get_range(uri, 0, 10))


@pytest.mark.parametrize(("start", "length"), [(0, 4), (3, 4), (6, 4), (8, 100), (0, 10), (0, 100), (9, 1)])
def test_range_reads_what_is_there_and_tells_the_whole_size(readable: Rig, start: int, length: int) -> None:
    uri = readable.fill("ranged.bin", b"0123456789")
    data, info = readable.run(readable.store.get_range(uri, start, length))
    assert data == b"0123456789"[start : start + length]
    assert info.size == 10


@pytest.mark.parametrize("start", [10, 11, 1 << 40])
def test_range_past_the_end_is_refused(readable: Rig, start: int) -> None:
    uri = readable.fill("ranged.bin", b"0123456789")
    with pytest.raises(RangeNotSatisfiableError, match=r"ranged\.bin"):
        readable.run(readable.store.get_range(uri, start, 5))


def test_range_of_another_version_is_refused(readable: Rig) -> None:
    uri = readable.fill("changing.bin", b"old" * 10)
    etag = readable.run(readable.store.head(uri)).etag
    assert readable.run(readable.store.get_range(uri, 0, 3, etag=etag))[0] == b"old"
    readable.fill("changing.bin", b"new!" * 10)
    with pytest.raises(ObjectChangedError, match=r"changing\.bin"):
        readable.run(readable.store.get_range(uri, 0, 3, etag=etag))


def test_missing_object(readable: Rig, tmp_path: Path) -> None:
    uri = readable.uri("not/there.jpg")
    store = readable.store
    for coroutine in (store.head(uri), store.get(uri), store.get_range(uri, 0, 1)):
        with pytest.raises(ObjectNotFoundError, match=r"not/there\.jpg") as caught:
            readable.run(coroutine)
        assert isinstance(caught.value, FileNotFoundError)
        assert caught.value.uri == uri.public_text
    with pytest.raises(ObjectNotFoundError):
        readable.run(transfer.download(store, uri, tmp_path / "t"))


@pytest.mark.parametrize("size", [0, 1, 1 << 20, (1 << 20) + 1, 20 << 20])
def test_download_is_byte_for_byte(readable: Rig, tmp_path: Path, size: int) -> None:
    body = bytes(range(251)) * (size // 251 + 1)
    uri = readable.fill("whole.bin", body[:size])
    info = readable.run(transfer.download(readable.store, uri, tmp_path / "t"))
    assert info.size == size
    assert (tmp_path / "t").read_bytes() == body[:size]


def test_large_download_in_parts(readable: Rig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transfer, "LARGE", 1 << 20)
    monkeypatch.setattr(transfer, "_PART", 300_001)
    body = hashlib.sha512(b"seed").digest() * (5 << 14)
    uri = readable.fill("large.bin", body)
    readable.run(transfer.download(readable.store, uri, tmp_path / "t"))
    assert (tmp_path / "t").read_bytes() == body


def test_put_from_memory_and_from_a_file(writable: Rig, tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.write_bytes(b"from a file")
    info = writable.run(writable.store.put(writable.uri("new/folder/file.bin"), source))
    assert info.size == 11
    writable.run(writable.store.put(writable.uri("memory.bin"), b"from memory"))
    assert writable.read("new/folder/file.bin") == b"from a file"
    assert writable.read("memory.bin") == b"from memory"
    assert sorted(writable.keys()) == ["memory.bin", "new/folder/file.bin"]


def test_put_tells_the_etag_that_head_tells(writable: Rig) -> None:
    uri = writable.uri("tagged.bin")
    written = writable.run(writable.store.put(uri, b"tagged"))
    assert written.etag == writable.run(writable.store.head(uri)).etag


def test_put_replaces_unless_told_not_to(writable: Rig) -> None:
    uri = writable.fill("a.bin", b"first")
    writable.run(writable.store.put(uri, b"second"))
    with pytest.raises(ObjectExistsError, match=r"a\.bin") as caught:
        writable.run(writable.store.put(uri, b"third", PutOptions(overwrite=False)))
    assert isinstance(caught.value, FileExistsError)
    assert writable.read("a.bin") == b"second"
    fresh = writable.uri("b.bin")
    writable.run(writable.store.put(fresh, b"fresh", PutOptions(overwrite=False)))
    assert writable.read("b.bin") == b"fresh"


def test_put_of_a_large_file_goes_in_parts(writable: Rig, tmp_path: Path) -> None:
    body = hashlib.sha512(b"multipart").digest() * (20 << 14)
    (tmp_path / "source").write_bytes(body)
    uri = writable.uri("multipart.bin")
    info = writable.run(writable.store.put(uri, tmp_path / "source"))
    if uri.provider == "s3":
        assert info.etag is not None
        assert "-" in info.etag
        assert info.md5 is None
    writable.run(transfer.download(writable.store, uri, tmp_path / "back"))
    assert (tmp_path / "back").read_bytes() == body


def test_put_of_a_file_that_is_not_there(writable: Rig, tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        writable.run(writable.store.put(writable.uri("x"), tmp_path / "missing"))
    assert writable.keys() == []


def test_content_type_is_stored_and_guessed(cloud: Rig) -> None:
    cloud.fill("a.JPG", b"x")
    cloud.run(cloud.store.put(cloud.uri("b"), b"x", PutOptions(content_type="image/x-b")))
    assert cloud.run(cloud.store.head(cloud.uri("a.JPG"))).content_type == "image/jpeg"
    assert cloud.run(cloud.store.head(cloud.uri("b"))).content_type == "image/x-b"


def test_cache_control_is_stored(s3_rig: Rig) -> None:
    s3_rig.run(s3_rig.store.put(s3_rig.uri("a"), b"x", PutOptions(cache_control="max-age=5")))
    headers = s3_rig.client.head_object(Bucket=s3_rig.base.bucket, Key=s3_rig.uri("a").key)
    assert headers["CacheControl"] == "max-age=5"


def test_list_recursive_and_flat(writable: Rig) -> None:
    for key in ("a.jpg", "d/b.jpg", "d/e/c.jpg", "dd/f.jpg"):
        writable.fill(key, b"12345")
    assert writable.keys() == ["a.jpg", "d/b.jpg", "d/e/c.jpg", "dd/f.jpg"]
    assert writable.keys(recursive=False) == ["a.jpg"]
    assert writable.prefixes() == ["d/", "dd/"]
    assert writable.keys("d/") == ["d/b.jpg", "d/e/c.jpg"]
    assert writable.keys("d/", recursive=False) == ["d/b.jpg"]
    assert writable.prefixes("d/") == ["d/e/"]
    assert writable.keys("d") == ["d/b.jpg", "d/e/c.jpg", "dd/f.jpg"], "a prefix is not a folder"


def test_listing_tells_size_and_etag_as_head_does(writable: Rig) -> None:
    uri = writable.fill("a.jpg", b"12345")
    head = writable.run(writable.store.head(uri))
    (listed,) = writable.pages()[0].objects
    assert (listed.uri, listed.size, listed.etag, listed.md5) == (uri, 5, head.etag, head.md5)


def test_empty_listing_is_no_error(writable: Rig) -> None:
    assert writable.keys("nothing/here/") == []
    assert writable.prefixes("nothing/here/") == []


#: File systems, which tell a folder in one answer; all others give a thousand objects at most.
WHOLE = {"ftp", "local", "memory", "sftp", "webdav"}


def test_listing_goes_on_after_a_page(writable: Rig) -> None:
    names = [f"{number:05d}" for number in range(53 if writable.name in WHOLE else 1003)]

    async def fill() -> None:
        left = iter(names)

        async def put() -> None:
            for name in left:
                await writable.store.put(writable.uri(f"many/{name}"), b"")

        await asyncio.gather(*(put() for _ in range(8)))

    writable.run(fill())
    assert writable.keys("many/") == [f"many/{name}" for name in names]
    assert writable.keys("many/", recursive=False) == [f"many/{name}" for name in names]
    writable.run(writable.store.delete([writable.uri(f"many/{name}") for name in names]))
    assert writable.keys("many/") == []


def test_delete_of_what_is_not_there_succeeds(writable: Rig) -> None:
    kept, gone = writable.fill("kept", b"x"), writable.fill("gone", b"x")
    writable.run(writable.store.delete([gone, writable.uri("never/was")]))
    writable.run(writable.store.delete([]))
    assert writable.keys() == ["kept"]
    assert writable.run(writable.store.head(kept)).size == 1


def test_copy_inside_the_store(writable: Rig) -> None:
    source = writable.fill("source.jpg", b"copied")
    writable.run(writable.store.copy(source, writable.uri("new/target.jpg")))
    assert writable.read("new/target.jpg") == b"copied"
    assert writable.read("source.jpg") == b"copied"
    with pytest.raises(ObjectNotFoundError, match=r"missing\.jpg"):
        writable.run(writable.store.copy(writable.uri("missing.jpg"), writable.uri("x")))


def test_presigned_get_and_put(cloud: Rig) -> None:
    uri = cloud.fill("odd name + 100%.jpg", b"signed")
    url = cloud.run(cloud.store.sign(uri, expires=timedelta(minutes=5)))
    with urllib.request.urlopen(url) as response:
        assert response.read() == b"signed"
    target = cloud.uri("put by url")
    url = cloud.run(cloud.store.sign(target, method="PUT", expires=timedelta(minutes=5)))
    put = urllib.request.Request(url, b"sent", {"Content-Type": "image/png"}, method="PUT")
    if cloud.name == "azure":
        put.add_header("x-ms-blob-type", "BlockBlob")  # Azure has no default
    with urllib.request.urlopen(put) as response:
        assert response.status in {200, 201}
    assert cloud.read("put by url") == b"sent"
    with pytest.raises(StorageError, match="PATCH"):
        cloud.run(cloud.store.sign(uri, method="PATCH", expires=timedelta(minutes=5)))


def test_presigned_urls_cannot_be_changed(cloud: Rig) -> None:
    if cloud.name == "moto":
        return  # moto does not check signatures
    url = cloud.run(cloud.store.sign(cloud.fill("a.jpg", b"a"), expires=timedelta(minutes=5)))
    cloud.fill("b.jpg", b"b")
    with pytest.raises(HTTPError, match="403"):
        urllib.request.urlopen(url.replace("a.jpg", "b.jpg"))


def test_missing_bucket(cloud: Rig) -> None:
    base = cloud.base
    missing = ObjectURI(base.provider, "no-such-bucket-anywhere", "a.jpg", endpoint=base.endpoint)
    store = cloud.registry.store_for(missing)

    async def first_page() -> None:
        async for _ in store.list(missing):
            return

    for coroutine in (
        store.get(missing),
        store.put(missing, b"x"),
        first_page(),
        store.get_range(missing, 0, 1),
    ):
        with pytest.raises(BucketNotFoundError, match="no-such-bucket-anywhere"):
            cloud.run(coroutine)
    with pytest.raises(ObjectNotFoundError):
        cloud.run(store.head(missing))


async def _chunks(*chunks: bytes) -> AsyncIterator[bytes]:
    for chunk in chunks:
        yield chunk


@pytest.mark.parametrize("sizes", [(), (0,), (5,), (3 << 20, 1, 9 << 20, 0, 8 << 20)], ids=str)
def test_put_of_chunks_as_they_arrive(writable: Rig, sizes: tuple[int, ...]) -> None:
    chunks = [bytes([number + 65]) * size for number, size in enumerate(sizes)]
    info = writable.run(writable.store.put(writable.uri("streamed.bin"), _chunks(*chunks)))
    assert info.size == sum(sizes)
    assert writable.read("streamed.bin") == b"".join(chunks)


def test_put_of_chunks_that_end_in_an_error_leaves_nothing(writable: Rig) -> None:
    async def broken() -> AsyncIterator[bytes]:
        yield b"x" * (9 << 20)
        raise IntegrityError("the source broke")

    with pytest.raises(IntegrityError, match="the source broke"):
        writable.run(writable.store.put(writable.uri("half.bin"), broken()))
    assert writable.keys() == []


def test_copy_between_stores(writable: Rig, local_rig: Rig) -> None:
    def located(rig: Rig, key: str) -> Located:
        return Located(rig.store, rig.uri(key))

    writable.fill("photo.jpg", b"travels")
    writable.run(relay(located(writable, "photo.jpg"), located(local_rig, "there/photo.jpg")))
    assert Path(local_rig.uri("there/photo.jpg").key).read_bytes() == b"travels"
    writable.run(relay(located(local_rig, "there/photo.jpg"), located(writable, "back.jpg")))
    assert writable.read("back.jpg") == b"travels"


def test_copy_of_a_large_object_between_stores(writable: Rig, local_rig: Rig) -> None:
    body = hashlib.sha512(b"relayed").digest() * ((2 * PART + 1000) // 64)
    local_rig.fill("large.bin", body)
    there = Located(writable.store, writable.uri("there.bin"))
    written = writable.run(relay(Located(local_rig.store, local_rig.uri("large.bin")), there))
    assert written.size == len(body)
    writable.run(relay(there, Located(local_rig.store, local_rig.uri("back.bin"))))
    assert local_rig.read("back.bin") == body


def test_what_a_provider_cannot_do_says_so(http_rig: Rig, local_rig: Rig) -> None:
    uri = http_rig.fill("a.jpg", b"a")
    store = http_rig.store

    async def first_page() -> None:
        async for _ in store.list(uri):
            return

    for coroutine in (
        store.put(uri, b"x"),
        store.delete([uri]),
        store.copy(uri, uri),
        store.sign(uri, method="PUT", expires=timedelta(hours=1)),
        first_page(),
        local_rig.store.sign(local_rig.uri("a"), expires=timedelta(hours=1)),
    ):
        with pytest.raises(UnsupportedOperationError):
            http_rig.run(coroutine)
    assert http_rig.run(store.sign(uri, expires=timedelta(hours=1))) == uri.text
