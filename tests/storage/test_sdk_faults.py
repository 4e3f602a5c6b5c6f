"""What becomes of a bad network between a provider's SDK and its service."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from safelight.errors import (
    AccessDeniedError,
    CredentialsError,
    IntegrityError,
    MissingExtraError,
    StorageError,
    StorageTimeoutError,
    StoreUnavailableError,
)
from safelight.storage import transfer
from safelight.storage.portal import Portal
from safelight.storage.registry import StoreRegistry
from safelight_server.quickstart.ports import find_free_port
from support.naughty import Corrupt, Drip, HangUp, Lie, Naughty, Stall, Status, Truncate, naughty_proxy
from support.sdk_rigs import RIGS, Services, under
from support.stores import QUICK, Rig

BODY = bytes(range(256)) * 1000
#: The extra of each, and the package that it brings.
PACKAGES = {
    "alipan": ("alipan", "alipcs_py"),
    "azure": ("azure", "azure"),
    "databricks-dbfs": ("databricks", "databricks"),
    "databricks-volumes": ("databricks", "databricks"),
    "oci": ("oci", "oci"),
}

#: Whose service tells an MD5 of the bytes.
CHECKED = ["azure", "oci"]


@pytest.fixture(params=RIGS)
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def behind(kind: str, services: Services, portal: Portal) -> Iterator[tuple[Rig, Naughty]]:
    """A store behind the misbehaving proxy, with one object in it."""
    with naughty_proxy(services.server(kind).url) as proxy:
        rig = services.rig(kind, portal, proxy.url)
        rig.fill("photo.jpg", BODY)
        proxy.behave()
        yield rig, proxy
        portal.run(rig.registry.close())


def download(rig: Rig, target: Path) -> bytes:
    rig.run(transfer.download(rig.store, rig.uri("photo.jpg"), target, QUICK))
    return target.read_bytes()


@pytest.mark.parametrize("fault", [Status(503), Status(500), Status(429), HangUp(), Truncate(1000)], ids=repr)
def test_passing_faults_are_overcome(behind: tuple[Rig, Naughty], tmp_path: Path, fault: Any) -> None:
    rig, proxy = behind
    proxy.inject(fault, times=1)
    assert download(rig, tmp_path / "t") == BODY


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (Status(503), StoreUnavailableError),
        (Status(403), AccessDeniedError),
        (Status(401), CredentialsError),
        (HangUp(), StoreUnavailableError),
        (Truncate(1000), IntegrityError),
        (Lie(+7), IntegrityError),
        (Stall(-1, 2.5), StorageTimeoutError),
        (Stall(1000, 2.5), StoreUnavailableError),
    ],
    ids=repr,
)
def test_lasting_faults_end_in_a_typed_error(
    behind: tuple[Rig, Naughty], tmp_path: Path, fault: Any, error: type[Exception]
) -> None:
    rig, proxy = behind
    proxy.inject(fault, method="GET")
    begin = time.monotonic()
    with pytest.raises(error, match=r"photo\.jpg"):
        download(rig, tmp_path / "t")
    assert time.monotonic() - begin < 40
    assert len(proxy.requests) <= 2 * QUICK.attempts**2 + 1


@pytest.mark.parametrize("kind", CHECKED)
@pytest.mark.parametrize("fault", [Lie(-7), Corrupt(12345)], ids=repr)
def test_what_only_a_checksum_shows(behind: tuple[Rig, Naughty], tmp_path: Path, fault: Any) -> None:
    rig, proxy = behind
    proxy.inject(fault, method="GET")
    with pytest.raises(IntegrityError, match=r"photo\.jpg"):
        download(rig, tmp_path / "t")


def test_a_drip_does_not_last_for_ever(behind: tuple[Rig, Naughty], portal: Portal, tmp_path: Path) -> None:
    rig, proxy = behind
    proxy.inject(Drip(0.1), method="GET")
    options = rig.registry.options
    impatient = replace(options, retry=replace(options.retry, attempts=1, total_timeout=1))
    ours = under(rig, impatient, proxy.url)
    with pytest.raises(StorageTimeoutError, match=r"photo\.jpg"):
        ours.run(transfer.download(ours.store, ours.uri("photo.jpg"), tmp_path / "t", impatient.retry))
    portal.run(ours.registry.close())


def test_nobody_answers(kind: str, services: Services, portal: Portal) -> None:
    rig = services.rig(kind, portal, f"http://127.0.0.1:{find_free_port()}")
    for call in (rig.store.head, rig.store.get):
        with pytest.raises(StoreUnavailableError, match=r"photo\.jpg"):
            rig.run(call(rig.uri("photo.jpg")))
    with pytest.raises(StorageError, match=rig.base.key.rstrip("/")):
        rig.keys()
    portal.run(rig.registry.close())


def test_missing_library_names_the_extra(
    kind: str, services: Services, portal: Portal, monkeypatch: pytest.MonkeyPatch
) -> None:
    rig = services.rig(kind, portal)
    extra, package = PACKAGES[kind]
    for module in [package, *(name for name in sys.modules if name.startswith(f"{package}."))]:
        monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(MissingExtraError, match=rf"fiftyone\[{extra}\]"):
        StoreRegistry(rig.registry.options).store_for(rig.base)


def test_settings_and_addresses_import_no_sdk() -> None:
    code = (
        "import sys, safelight.runtime, safelight.config as c;"
        "c.storage_options(c.MediaCacheConfig()).addresses();"
        "print([n for n in ('azure', 'oci', 'databricks', 'alipcs_py', 'fsspec') if n in sys.modules])"
    )
    output = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert output.strip() == "[]"
