"""Alipan: its token, encryption in both directions, what it warns of."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from safelight.config import MediaCacheConfig, storage_options
from safelight.errors import (
    ConfigError,
    CredentialsError,
    InvalidURIError,
    ObjectExistsError,
    ObjectNotFoundError,
    SafelightError,
    UnsupportedOperationError,
)
from safelight.storage import transfer
from safelight.storage.base import PutOptions
from safelight.storage.portal import Portal
from safelight.storage.registry import StoreRegistry
from support.alipan_rig import redirected
from support.alipan_server import Alipan
from support.sdk_rigs import Services
from support.stores import QUICK, Rig

PLANTED = "PLANTED-5ecret"
BODY = hashlib.sha512(b"seed").digest() * 3000 + b"tail"


@pytest.fixture
def drive(services: Services) -> Alipan:
    server: Alipan = services.server("alipan")
    return server


@pytest.fixture
def rig_of(drive: Alipan, portal: Portal) -> Iterator[Callable[..., Rig]]:
    """Makes a place under an environment."""
    made: list[StoreRegistry] = []

    def make(**environ: str) -> Rig:
        environ.setdefault("ALIPAN_WEB_REFRESH_TOKEN", drive.add_token())
        options = storage_options(MediaCacheConfig(), environ)
        made.append(StoreRegistry(replace(options, retry=QUICK)))
        rig = Rig("alipan", portal, made[-1], made[-1].parse("alipan:///shelf/"))
        return redirected(rig, drive.url) if environ["ALIPAN_WEB_REFRESH_TOKEN"] else rig

    yield make
    for registry in made:
        portal.run(registry.close())


def test_the_seeds_variable(drive: Alipan, rig_of: Callable[..., Rig]) -> None:
    rig = rig_of()
    rig.fill("seed.jpg", b"by the token")
    assert drive.file("seed.jpg").body == b"by the token"
    who = rig.run(rig.store.identity())
    assert (who.principal, who.candidates[0].outcome) == ("user photographer", "chosen")


@pytest.mark.parametrize("kind", ["Simple", "ChaCha20", "AES256CBC"])
@pytest.mark.parametrize("size", [0, 1, 16, 1000, len(BODY)])
def test_encryption_in_both_directions(
    drive: Alipan, rig_of: Callable[..., Rig], kind: str, size: int, tmp_path: Path
) -> None:
    name = f"{kind}-{size}.bin"
    body = BODY[:size]
    writer = rig_of(ALIPAN_ENCRYPT_PASSWORD="tell nobody", ALIPAN_ENCRYPT_TYPE=kind)
    written = writer.run(writer.store.put(writer.uri(name), body))
    assert written.size == size
    stored = drive.file(name).body
    assert len(stored) > size
    assert body[:16] not in stored or size < 4
    reader = rig_of(ALIPAN_ENCRYPT_PASSWORD="tell nobody")
    uri = reader.uri(name)
    info = reader.run(transfer.download(reader.store, uri, tmp_path / "t"))
    assert (tmp_path / "t").read_bytes() == body
    assert info.size == size == reader.run(reader.store.head(uri)).size
    listed = {each.uri.name: each.size for page in reader.pages() for each in page.objects}
    assert listed[name] == size
    if size > 500:
        assert reader.run(reader.store.get_range(uri, 400, 100))[0] == body[400:500]
    nobody = rig_of()
    assert nobody.read(name) == stored, "without the password it is what it is"


def test_plain_files_are_read_with_a_password_too(rig_of: Callable[..., Rig]) -> None:
    plain = rig_of()
    for size in (0, 10, 100, len(BODY)):
        plain.fill(f"plain-{size}.bin", BODY[:size])
        reader = rig_of(ALIPAN_ENCRYPT_PASSWORD="tell nobody")
        assert reader.read(f"plain-{size}.bin") == BODY[:size]


def test_uploads_in_parts_and_replacing(drive: Alipan, rig_of: Callable[..., Rig], tmp_path: Path) -> None:
    rig = rig_of()
    (tmp_path / "big").write_bytes(bytes(range(256)) * (25 << 12))
    uri = rig.uri("deep/er/big.bin")
    rig.run(rig.store.put(uri, tmp_path / "big"))
    assert rig.read("deep/er/big.bin") == (tmp_path / "big").read_bytes()
    rig.run(rig.store.put(uri, b"new"))
    with pytest.raises(ObjectExistsError):
        rig.run(rig.store.put(uri, b"newer", PutOptions(overwrite=False)))
    assert rig.read("deep/er/big.bin") == b"new"
    with pytest.raises(ObjectNotFoundError):
        rig.run(rig.store.head(rig.uri("deep")))
    with pytest.raises(InvalidURIError):
        rig.fill("a//b", b"")


def test_a_token_that_does_not_do(rig_of: Callable[..., Rig], caplog: pytest.LogCaptureFixture) -> None:
    rig = rig_of(ALIPAN_WEB_REFRESH_TOKEN=PLANTED, ALIPAN_ENCRYPT_PASSWORD=PLANTED)
    for call in (rig.store.head, rig.store.get):
        with pytest.raises(CredentialsError, match="refresh token") as caught:
            rig.run(call(rig.uri("a.jpg")))
        error: SafelightError = caught.value
        shown = f"{error!r} {error} {vars(error)} {error.__cause__} {caplog.text} {rig.registry.options!r}"
        assert PLANTED not in shown
    none = rig_of(ALIPAN_WEB_REFRESH_TOKEN="")
    with pytest.raises(CredentialsError, match="ALIPAN_WEB_REFRESH_TOKEN"):
        none.run(none.store.head(none.uri("a.jpg")))


@pytest.mark.parametrize(
    ("environ", "reason"),
    [
        ({"ALIPAN_ENCRYPT_TYPE": "ROT13", "ALIPAN_ENCRYPT_PASSWORD": "x"}, "Simple, ChaCha20, AES256CBC"),
        ({"ALIPAN_ENCRYPT_TYPE": "Simple"}, "ALIPAN_ENCRYPT_PASSWORD"),
    ],
)
def test_settings_that_make_no_sense(environ: dict[str, str], reason: str) -> None:
    with pytest.raises(ConfigError, match=reason):
        storage_options(MediaCacheConfig(), environ)


def test_it_warns_that_nobody_promises_anything(
    rig_of: Callable[..., Rig], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING)
    rig_of()
    assert "nobody promises" in caplog.text


def test_what_alipan_cannot_do(rig_of: Callable[..., Rig]) -> None:
    rig = rig_of()
    uri = rig.fill("a.jpg", b"x")
    calls: list[Any] = [
        rig.store.sign(uri, expires=timedelta(hours=1)),
        rig.store.cors(uri),
        rig.store.set_cors(uri, []),
    ]
    for call in calls:
        with pytest.raises(UnsupportedOperationError):
            rig.run(call)
