"""Schemes that fsspec brings: whom the servers let in, whom we trust, which schemes there are."""

from __future__ import annotations

import asyncio
import socket
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from safelight.config import MediaCacheConfig, storage_options
from safelight.errors import (
    AccessDeniedError,
    CredentialsError,
    EndpointError,
    InvalidURIError,
    MissingExtraError,
    ObjectNotFoundError,
    SafelightError,
    StoreUnavailableError,
    UnsupportedOperationError,
)
from safelight.storage.portal import Portal
from safelight.storage.registry import StoreRegistry
from safelight.storage.uri import ObjectURI
from safelight_server.quickstart.ports import find_free_port
from support.file_servers import PASSWORD, USER, FileServer
from support.sdk_rigs import Services
from support.stores import QUICK, Rig

PLANTED = "PLANTED-5ecret"


@pytest.fixture
def sftp(services: Services) -> FileServer:
    server: FileServer = services.server("sftp")
    return server


@pytest.fixture
def rig_of(portal: Portal) -> Iterator[Callable[..., Rig]]:
    """Makes a place under some settings, reached as a user of it would."""
    made: list[StoreRegistry] = []

    def make(address: str, **kwargs: Any) -> Rig:
        options = storage_options(MediaCacheConfig(extra_client_kwargs=kwargs), {})
        made.append(StoreRegistry(replace(options, retry=replace(QUICK, read_timeout=5))))
        return Rig("fsspec", portal, made[-1], made[-1].parse(address))

    yield make
    for registry in made:
        portal.run(registry.close())


def address(server: FileServer, user: str = USER, password: str = PASSWORD) -> str:
    return f"{server.scheme}://{user}:{quote(password, safe='')}@127.0.0.1:{server.port}/shelf/"


def test_a_server_whose_key_nobody_knows_gets_no_password(
    sftp: FileServer, rig_of: Callable[..., Rig], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    with pytest.raises(EndpointError, match="known_hosts"):
        rig_of(address(sftp)).fill("a.jpg", b"x")
    (tmp_path / ".ssh").mkdir()
    (tmp_path / ".ssh" / "known_hosts").write_text(sftp.host_key)
    known = rig_of(address(sftp))
    known.fill("a.jpg", b"known")
    assert (sftp.folder / "shelf" / "a.jpg").read_bytes() == b"known"
    (tmp_path / ".ssh" / "known_hosts").write_text(sftp.other_host_key)
    with pytest.raises(EndpointError, match="another one"):
        rig_of(address(sftp)).fill("b.jpg", b"x")


def test_user_and_password_of_the_settings(sftp: FileServer, rig_of: Callable[..., Rig]) -> None:
    arguments = {"username": USER, "password": PASSWORD, "host_key_policy": "auto_add"}
    rig = rig_of(f"sftp://127.0.0.1:{sftp.port}/shelf/", sftp=arguments)
    rig.fill("settings.jpg", b"settings")
    assert rig.read("settings.jpg") == b"settings"
    who = rig.run(rig.store.identity())
    assert (who.endpoint, who.principal) == ("sftp://127.0.0.1", f"user {USER}")
    assert who.candidates[0].outcome == "not set"
    assert PASSWORD not in repr(who) + repr(rig.registry.options)


@pytest.mark.parametrize("scheme", ["sftp", "ftp"])
def test_a_wrong_password_is_refused_and_not_shown(
    services: Services, rig_of: Callable[..., Rig], scheme: str, caplog: pytest.LogCaptureFixture
) -> None:
    trust: dict[str, Any] = {"sftp": {"host_key_policy": "auto_add"}} if scheme == "sftp" else {}
    rig = rig_of(address(services.server(scheme), password=PLANTED), **trust)
    for call in (rig.store.head, rig.store.get):
        with pytest.raises(CredentialsError) as caught:
            rig.run(call(rig.uri("a.jpg")))
        error: SafelightError = caught.value
        assert PLANTED not in f"{error!r} {error} {vars(error)} {error.__cause__} {caplog.text}"
    assert PLANTED not in repr(rig.base) + repr(rig.registry.options) + repr(rig.run(rig.store.identity()))


@pytest.mark.parametrize("scheme", ["sftp", "ftp"])
def test_nobody_answers(rig_of: Callable[..., Rig], scheme: str) -> None:
    rig = rig_of(f"{scheme}://127.0.0.1:{find_free_port()}/shelf/")
    with pytest.raises(StoreUnavailableError, match=r"a\.jpg"):
        rig.run(rig.store.head(rig.uri("a.jpg")))


@pytest.mark.parametrize("scheme", ["sftp", "ftp"])
def test_unfinished_files_have_other_names_and_are_not_listed(
    services: Services, portal: Portal, scheme: str
) -> None:
    server: FileServer = services.server(scheme)
    rig = services.rig(scheme, portal)
    rig.fill("kept.jpg", b"old")
    folder = server.folder / rig.base.key

    async def broken() -> Any:
        yield b"new"
        yield bytes(6 << 20)
        assert (folder / "kept.jpg").read_bytes() == b"old"
        assert len(list(folder.iterdir())) == 2
        raise ValueError("the source broke")

    with pytest.raises(ValueError, match="the source broke"):
        rig.run(rig.store.put(rig.uri("kept.jpg"), broken()))
    assert rig.read("kept.jpg") == b"old"
    assert [path.name for path in folder.iterdir()] == ["kept.jpg"]
    (folder / ".safelight-partial-somebody").write_bytes(b"x")
    assert rig.keys() == ["kept.jpg"]
    portal.run(rig.registry.close())


def test_a_folder_is_no_object(services: Services, portal: Portal) -> None:
    rig = services.rig("sftp", portal)
    rig.fill("folder/a.jpg", b"x")
    with pytest.raises(ObjectNotFoundError, match="folder"):
        rig.run(rig.store.head(rig.uri("folder")))
    portal.run(rig.registry.close())


def test_what_the_server_forbids(services: Services, portal: Portal) -> None:
    rig = services.rig("sftp", portal)
    uri = rig.fill("closed/a.jpg", b"x")
    server: FileServer = services.server("sftp")
    blocked = server.folder / rig.base.key / "closed" / "a.jpg"
    blocked.unlink()
    blocked.mkdir()
    with pytest.raises((AccessDeniedError, ObjectNotFoundError), match=r"a\.jpg"):
        rig.run(rig.store.get(uri))
    portal.run(rig.registry.close())


def test_an_unknown_scheme_says_what_to_do(portal: Portal) -> None:
    registry = StoreRegistry()
    with pytest.raises(InvalidURIError, match=r"scheme nosuch://.*MINIO_ALIAS.*install"):
        registry.store_for(registry.parse("nosuch://bucket/a.jpg"))
    portal.run(registry.close())


def test_a_scheme_whose_package_is_missing_names_it(monkeypatch: pytest.MonkeyPatch) -> None:
    registry = StoreRegistry()
    with pytest.raises(MissingExtraError, match="dropboxdrivefs"):
        registry.store_for(registry.parse("dropbox://host/a.jpg"))
    monkeypatch.setitem(sys.modules, "paramiko", None)
    with pytest.raises(MissingExtraError, match=r"fiftyone\[fsspec\]"):
        registry.store_for(registry.parse("sftp://host/a.jpg"))
    monkeypatch.setitem(sys.modules, "fsspec", None)
    with pytest.raises(MissingExtraError, match=r"fiftyone\[fsspec\]"):
        registry.store_for(registry.parse("memory://bucket/a.jpg"))


def test_what_fsspec_cannot_do(services: Services, portal: Portal) -> None:
    rig = services.rig("memory", portal)
    uri = rig.fill("a.jpg", b"x")
    for call in (
        rig.store.sign(uri, expires=timedelta(hours=1)),
        rig.store.sign(uri, method="PUT", expires=timedelta(hours=1)),
        rig.store.cors(uri),
        rig.store.set_cors(uri, []),
    ):
        with pytest.raises(UnsupportedOperationError):
            rig.run(call)
    assert rig.run(rig.store.identity()).method == "fsspec.implementations.memory.MemoryFileSystem"


def test_more_transfers_than_connections(services: Services, portal: Portal) -> None:
    rig = services.rig("sftp", portal)
    for number in range(30):
        rig.fill(f"many/{number}.jpg", b"x")

    async def copy_all() -> None:
        copies = (rig.store.copy(rig.uri(f"many/{n}.jpg"), rig.uri(f"copy/{n}.jpg")) for n in range(30))
        await asyncio.gather(*copies)

    rig.run(copy_all())
    assert len(rig.keys("copy/")) == 30
    portal.run(rig.registry.close())


def test_addresses_are_written_back_as_they_were() -> None:
    registry = StoreRegistry()
    for text in ("sftp://me:pw@host:22/a//b.jpg", "github://org:repo@main/a.jpg", "memory://b/k"):
        uri = registry.parse(text)
        assert (str(uri), uri.provider) == (text, "fsspec")
        assert "pw" not in repr(uri)
    assert isinstance(registry.parse("ftp://h/k"), ObjectURI)


def test_connections_that_a_server_ended_while_nobody_used_them(services: Services, portal: Portal) -> None:
    """FTP servers end what is idle for minutes; there may be more of those than there are tries."""
    rig = services.rig("ftp", portal)
    uri = rig.fill("a.jpg", b"x")
    store: Any = rig.store
    systems = store._plane._systems
    opened = [systems.borrow(uri) for _ in range(QUICK.attempts + 1)]
    for fs in opened:
        systems.give_back(fs)
        fs.ftp.sock.shutdown(socket.SHUT_RDWR)
    assert rig.read("a.jpg") == b"x"
    assert len(systems._idle) == 1
    portal.run(rig.registry.close())
