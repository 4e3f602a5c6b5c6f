"""Checksums of Google Cloud Storage: the MD5 of what was written in one piece, else the CRC32C."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import google_crc32c
import pytest

from safelight.errors import IntegrityError
from safelight.storage import transfer
from safelight.storage.gcs.describe import md5_of
from safelight.storage.relay import Located, relay
from safelight.storage.uri import ObjectURI
from support.stores import QUICK, Rig


def compose(rig: Rig, name: str, body: bytes) -> ObjectURI:
    """Make an object of two, of which Google knows no MD5."""
    bucket = rig.client.bucket(rig.base.bucket)
    target = rig.uri(name)
    for at, piece in enumerate((body[: len(body) // 2], body[len(body) // 2 :])):
        bucket.blob(f"piece-{at}").upload_from_string(piece)
    store: Any = rig.store
    # Through the front, which notes that the object is composed.
    bucket = store._session.open().client.bucket(rig.base.bucket)
    bucket.blob(target.key).compose([bucket.blob("piece-0"), bucket.blob("piece-1")])
    return target


@pytest.mark.parametrize("key", ["folder/photo.jpg", "folder//photo.jpg"], ids=["native", "sdk"])
def test_composed_objects_are_verified_by_their_crc32c(gcs_rig: Rig, key: str, tmp_path: Path) -> None:
    body = os.urandom(100_000)
    uri = compose(gcs_rig, key, body)
    info = gcs_rig.run(transfer.download(gcs_rig.store, uri, tmp_path / "t"))
    assert (tmp_path / "t").read_bytes() == body
    assert info.md5 is None
    assert info.crc32c == google_crc32c.Checksum(body).digest()
    assert gcs_rig.run(gcs_rig.store.head(uri)).crc32c == info.crc32c
    reads = gcs_rig.store.blocking_reads(uri)  # type: ignore[attr-defined]  # a GCSStore
    assert (reads is None) == ("//" in key)
    if reads:
        with (tmp_path / "b").open("wb") as file:
            transfer.receive(reads.open(uri), file.fileno())
        assert (tmp_path / "b").read_bytes() == body


def test_large_composed_objects_too(
    gcs_rig: Rig, local_rig: Rig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transfer, "LARGE", 1 << 20)
    monkeypatch.setattr(transfer, "_PART", 300_001)
    body = os.urandom(2 << 20)
    uri = compose(gcs_rig, "large.bin", body)
    gcs_rig.run(transfer.download(gcs_rig.store, uri, tmp_path / "t"))
    assert (tmp_path / "t").read_bytes() == body
    target = Located(local_rig.store, local_rig.uri("copied.bin"))
    gcs_rig.run(relay(Located(gcs_rig.store, uri), target))
    assert Path(target.uri.key).read_bytes() == body


@pytest.mark.parametrize("large", [False, True])
def test_wrong_crc32c_is_found(
    gcs_rig: Rig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, large: bool
) -> None:
    uri = compose(gcs_rig, "broken.bin", os.urandom(100_000))
    if large:
        monkeypatch.setattr(transfer, "LARGE", 50_000)
    monkeypatch.setattr("safelight.storage.gcs.describe._decoded", lambda text: text and b"0000")
    with pytest.raises(IntegrityError, match=r"broken\.bin.*CRC32C"):
        gcs_rig.run(transfer.download(gcs_rig.store, uri, tmp_path / "t", QUICK))


def test_md5_of_etags() -> None:
    digest = bytes(range(16))
    assert md5_of(f'"{digest.hex()}"') == digest
    assert md5_of('"AAECAwQFBgcICQoLDA0ODw=="') == digest
    for other in (None, '"-CKicn4fknto"', '"CJj5rZ6Gy/4CEAE="', digest.hex()):
        assert md5_of(other) is None
