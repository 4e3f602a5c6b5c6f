"""Databricks: as whom, its two file services, what only they do."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from importlib import metadata
from pathlib import Path
from typing import Any

import pytest

from safelight.config import MediaCacheConfig, storage_options
from safelight.errors import (
    AccessDeniedError,
    CredentialsError,
    InvalidURIError,
    ObjectExistsError,
    ObjectNotFoundError,
    SafelightError,
    UnsupportedOperationError,
)
from safelight.storage.base import PutOptions
from safelight.storage.credentials import Secret
from safelight.storage.databricks.options import DatabricksOptions
from safelight.storage.options import StorageOptions
from safelight.storage.portal import Portal
from safelight.storage.registry import StoreRegistry
from support.databricks_server import VOLUME, Databricks
from support.sdk_rigs import Services
from support.stores import QUICK, Rig

PLANTED = "PLANTED-5ecret"


@pytest.fixture
def workspace(services: Services) -> Databricks:
    server: Databricks = services.server("databricks-volumes")
    return server


@pytest.fixture
def reach(portal: Portal, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Callable[..., Rig]]:
    """Makes a place in the volume under some options; the home directory is empty."""
    monkeypatch.setenv("HOME", str(tmp_path))
    made: list[StoreRegistry] = []

    def make(options: StorageOptions | None = None, address: str = f"dbfs:{VOLUME}/shelf/") -> Rig:
        options = options or storage_options(MediaCacheConfig(), {})
        made.append(StoreRegistry(replace(options, retry=QUICK)))
        return Rig("databricks", portal, made[-1], made[-1].parse(address))

    yield make
    for registry in made:
        portal.run(registry.close())


def test_the_seeds_variables(
    workspace: Databricks, reach: Callable[..., Rig], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABRICKS_HOST", workspace.url)
    monkeypatch.setenv("DATABRICKS_TOKEN", workspace.add_token())
    rig = reach()
    rig.fill("a.jpg", b"by the variables")
    assert workspace.volumes[f"{VOLUME}/shelf/a.jpg"].body == b"by the variables"
    who = rig.run(rig.store.identity())
    assert (who.endpoint, who.method) == (workspace.url, "pat")
    chosen = [each.source for each in who.candidates if each.outcome == "chosen"]
    assert chosen == ["the environment: DATABRICKS_HOST, DATABRICKS_TOKEN"]


def test_requests_say_which_safelight_sends_them(workspace: Databricks, reach: Callable[..., Rig]) -> None:
    options = DatabricksOptions(host=workspace.url, token=Secret(workspace.add_token()))
    reach(StorageOptions(databricks=options)).fill("a.jpg", b"a")
    agent = workspace.requests[-1].headers["user-agent"]
    assert agent.startswith(f"safelight/{metadata.version('safelight')} ")


def test_a_profile_and_what_goes_before_it(
    workspace: Databricks, reach: Callable[..., Rig], tmp_path: Path
) -> None:
    (tmp_path / ".databrickscfg").write_text(
        f"[DEFAULT]\nhost = {workspace.url}\ntoken = dapi-of-nobody\n"
        f"[team]\nhost = {workspace.url}\ntoken = {workspace.add_token()}\n"
    )
    settings = MediaCacheConfig(extra_client_kwargs={"databricks": {"profile": "team"}})
    rig = reach(storage_options(settings, {}))
    rig.fill("profile.jpg", b"x")
    who = rig.run(rig.store.identity())
    chosen = next(each.source for each in who.candidates if each.outcome == "chosen")
    assert chosen.startswith("profile team")
    with pytest.raises(CredentialsError, match="token"):
        reach().fill("x", b"")
    explicit = DatabricksOptions(host=workspace.url, token=Secret(workspace.add_token()))
    ours = reach(StorageOptions(databricks=explicit))
    ours.fill("explicit.jpg", b"x")
    assert ours.run(ours.store.identity()).candidates[0].outcome == "chosen"


@pytest.mark.parametrize("address", [f"dbfs:{VOLUME}/a.jpg", "dbfs:/datasets/a.jpg"])
def test_credentials_that_do_not_do(
    workspace: Databricks, reach: Callable[..., Rig], address: str, caplog: pytest.LogCaptureFixture
) -> None:
    options = DatabricksOptions(host=workspace.url, token=Secret(PLANTED))
    for wrong in (StorageOptions(databricks=options), StorageOptions()):
        rig = reach(wrong, address)
        for call in (rig.store.head, rig.store.get):
            with pytest.raises(CredentialsError) as caught:
                rig.run(call(rig.base))
            error: SafelightError = caught.value
            assert PLANTED not in f"{error!r} {error} {vars(error)} {error.__cause__} {caplog.text} {wrong!r}"
            assert address in str(error)


def test_a_token_that_may_only_read(workspace: Databricks, reach: Callable[..., Rig]) -> None:
    owner = reach(
        StorageOptions(databricks=DatabricksOptions(host=workspace.url, token=Secret(workspace.add_token())))
    )
    uri = owner.fill("read.jpg", b"x")
    workspace.readers.add("dapi-reader")
    reader = reach(
        StorageOptions(databricks=DatabricksOptions(host=workspace.url, token=Secret("dapi-reader")))
    )
    assert reader.run(reader.store.head(uri)).size == 1
    with pytest.raises(AccessDeniedError, match=r"read\.jpg"):
        reader.run(reader.store.put(uri, b"y"))


@pytest.mark.parametrize("kind", ["databricks-volumes", "databricks-dbfs"])
def test_what_both_services_share(services: Services, portal: Portal, kind: str) -> None:
    rig = services.rig(kind, portal)
    uri = rig.fill("deep/er/a.jpg", b"x")
    for key in ("double//slash", "up/../down"):
        with pytest.raises(InvalidURIError, match="no file of a workspace"):
            rig.fill(key, b"x")
    with pytest.raises(ObjectNotFoundError):
        rig.run(rig.store.head(rig.uri("deep")))
    with pytest.raises(ObjectExistsError):
        rig.run(rig.store.put(uri, b"y", PutOptions(overwrite=False)))
    for call in (
        rig.store.sign(uri, expires=timedelta(hours=1)),
        rig.store.cors(uri),
        rig.store.set_cors(uri, []),
    ):
        with pytest.raises(UnsupportedOperationError):
            rig.run(call)
    portal.run(rig.registry.close())


def test_dbfs_goes_in_blocks_and_leaves_no_halves(services: Services, portal: Portal) -> None:
    rig = services.rig("databricks-dbfs", portal)
    server: Databricks = services.server("databricks-dbfs")
    body = bytes(range(256)) * (10 << 10)
    rig.fill("big.bin", body)
    server.requests.clear()
    assert rig.read("big.bin") == body
    reads = [request.query for request in server.requests if request.raw_path.endswith("/dbfs/read")]
    assert [int(query["length"]) for query in reads] == [1 << 20, 1 << 20, 1 << 19]

    async def broken() -> Any:
        yield b"new"
        raise ValueError("the source broke")

    with pytest.raises(ValueError, match="the source broke"):
        rig.run(rig.store.put(rig.uri("big.bin"), broken()))
    assert rig.keys() == ["big.bin"]
    assert rig.read("big.bin") == body
    portal.run(rig.registry.close())


def test_every_form_of_an_address() -> None:
    parse = StoreRegistry().parse
    for text in (f"dbfs:{VOLUME}/a.jpg", f"dbfs://{VOLUME}/a.jpg"):
        uri = parse(text)
        assert (str(uri), uri.key) == (text, f"{VOLUME.strip('/')}/a.jpg")
    assert parse("dbfs:/a.jpg") == parse("dbfs:///a.jpg")
