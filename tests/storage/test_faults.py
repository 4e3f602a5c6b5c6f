"""What becomes of a bad network before every provider: the object, or in bounded time a typed error."""

from __future__ import annotations

import asyncio
import re
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from safelight.errors import (
    AccessDeniedError,
    CredentialsError,
    IntegrityError,
    ObjectChangedError,
    StorageError,
    StorageTimeoutError,
    StoreUnavailableError,
)
from safelight.storage import transfer
from safelight.storage.portal import Portal
from safelight_server.quickstart.ports import find_free_port
from support.behind import BODY, CHECKED, IMPATIENT, KINDS, WRITABLE, WRITES, Behind
from support.naughty import Corrupt, Drip, Fault, HangUp, Lie, Stall, Status, Truncate
from support.sdk_rigs import RIGS, Services
from support.stores import QUICK

NAME = r"folder//?photo\.jpg"


@pytest.fixture(params=KINDS)
def kind(request: pytest.FixtureRequest) -> str:
    """Which provider, and where it has two clients, which of them."""
    return str(request.param)


@pytest.mark.parametrize("fault", [Status(503), Status(500), Status(429), HangUp(), Truncate(1000)], ids=repr)
def test_a_burst_is_overcome(behind: Behind, tmp_path: Path, fault: Fault) -> None:
    behind.proxy.inject(fault, times=2)
    assert behind.download(tmp_path / "t") == BODY
    assert len(behind.proxy.requests) >= 2


@pytest.mark.parametrize("fault", [Status(412), Status(403)], ids=repr)
def test_a_burst_of_refusals_is_overcome_or_told(behind: Behind, tmp_path: Path, fault: Fault) -> None:
    behind.proxy.inject(fault, times=2)
    failure = failure_of(behind, tmp_path / "t")
    assert failure is None or re.search(NAME, failure)


def failure_of(behind: Behind, target: Path) -> str | None:
    """What a download says that fails; None for one that brings the right bytes."""
    try:
        read = behind.download(target)
    except StorageError as error:
        return str(error)
    assert read == BODY
    return None


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (Status(503), StoreUnavailableError),
        (Status(500), StoreUnavailableError),
        (Status(429), StoreUnavailableError),
        (Status(412), StorageError),
        (Status(403), AccessDeniedError),
        (Status(401), CredentialsError),
        (HangUp(), StoreUnavailableError),
        (Truncate(0), (IntegrityError, StoreUnavailableError)),
        (Truncate(1000), (IntegrityError, StoreUnavailableError)),
        (Lie(+7), (IntegrityError, StoreUnavailableError)),
        (Stall(-1, 2.5), StorageTimeoutError),
        (Stall(1000, 2.5), StoreUnavailableError),
    ],
    ids=repr,
)
def test_what_lasts_ends_in_a_typed_error(behind: Behind, tmp_path: Path, fault: Fault, error: Any) -> None:
    behind.proxy.inject(fault)
    begin = time.monotonic()
    with pytest.raises(error, match=NAME) as caught:
        behind.download(tmp_path / "t")
    assert isinstance(caught.value, StorageError)
    assert time.monotonic() - begin < 40
    assert len(behind.proxy.requests) <= 2 * QUICK.attempts**2 + 1


@pytest.mark.parametrize("kind", CHECKED, indirect=True)
@pytest.mark.parametrize("fault", [Lie(-7), Corrupt(12345)], ids=repr)
def test_what_only_a_checksum_shows(behind: Behind, tmp_path: Path, fault: Fault) -> None:
    behind.proxy.inject(
        fault, method="GET", path=r"^(?!/storage/v1).*photo"
    )  # its bytes, not its description
    with pytest.raises(IntegrityError, match=NAME):
        behind.download(tmp_path / "t")


def test_a_drip_does_not_last_for_ever(behind: Behind, tmp_path: Path) -> None:
    behind.proxy.inject(Drip(0.004))
    begin, once = time.monotonic(), replace(IMPATIENT, attempts=1, total_timeout=1)
    errors = (StoreUnavailableError, IntegrityError)
    with behind.under(once) as ours, pytest.raises(errors, match=NAME):
        ours.download(tmp_path / "t", once)
    assert time.monotonic() - begin < 20


# The emulator of Google's JSON API answers in plain text for a version that is gone, as Google does not.
@pytest.mark.parametrize("kind", [kind for kind in WRITABLE if kind != "gcs-sdk"], indirect=True)
def test_an_object_that_changes_while_it_is_read_is_never_mixed(
    behind: Behind, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("LARGE", "_PART"):
        monkeypatch.setattr(transfer, name, 1 << 16)
    store: Any = behind.rig.store
    original, versions, one_writer = store.get_range, [BODY], asyncio.Lock()

    async def replace_and_read(*args: Any, **kwargs: Any) -> Any:
        async with one_writer:  # while DBFS replaces a file there is none for a moment
            versions.append(b"x" * len(versions) + BODY)
            await store.put(behind.uri, versions[-1])
            return await original(*args, **kwargs)

    async def replacing(*args: Any, **kwargs: Any) -> Any:
        call = asyncio.ensure_future(replace_and_read(*args, **kwargs))
        try:
            return await asyncio.shield(call)
        finally:  # a writer that nobody waits for any more would write into the next try
            await asyncio.wait([call])

    monkeypatch.setattr(store, "get_range", replacing)
    if store.ranged:
        with pytest.raises(ObjectChangedError, match=NAME):
            behind.download(tmp_path / "t")
        assert len(versions) > 2
    else:
        assert behind.download(tmp_path / "t") in versions


@pytest.mark.parametrize("kind", WRITABLE, indirect=True)
def test_an_upload_survives_a_storm(behind: Behind, tmp_path: Path) -> None:
    behind.proxy.inject(Status(503), times=2, method=WRITES)
    behind.rig.run(behind.rig.store.put(behind.uri, b"again and again"))
    assert behind.download(tmp_path / "t") == b"again and again"


@pytest.mark.parametrize("kind", WRITABLE, indirect=True)
def test_a_failed_upload_leaves_the_old_object(behind: Behind, tmp_path: Path) -> None:
    (tmp_path / "big").write_bytes(bytes(9 << 20))
    behind.proxy.inject(Status(503), method=WRITES)
    with pytest.raises(StoreUnavailableError, match=NAME):
        behind.rig.run(behind.rig.store.put(behind.uri, tmp_path / "big"))
    behind.proxy.behave()
    assert behind.download(tmp_path / "t") == BODY


@pytest.mark.parametrize("kind", RIGS)
def test_nobody_answers(kind: str, services: Services, portal: Portal) -> None:
    rig = services.rig(kind, portal, f"http://127.0.0.1:{find_free_port()}")
    for call in (rig.store.head, rig.store.get):
        with pytest.raises(StoreUnavailableError, match=r"photo\.jpg"):
            rig.run(call(rig.uri("photo.jpg")))
    with pytest.raises(StorageError, match=rig.base.key.rstrip("/")):
        rig.keys()
    portal.run(rig.registry.close())
