"""A dataset whose media are in Azure Storage, as FiftyOne's users write their addresses."""

from __future__ import annotations

import urllib.request
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import fiftyone as fo
import fiftyone.core.storage as fos
import pytest

from safelight import runtime
from support.azurite import ACCOUNT, KEY, AzureServer, azurite
from support.cloud import MakeDataset
from support.pictures import encode, photograph


@dataclass(frozen=True)
class Container:
    """Photographs in a container, which has two names for one thing."""

    url: str
    alias: str
    server: AzureServer


@pytest.fixture(scope="module")
def server() -> Iterator[AzureServer]:
    with azurite() as server:
        yield server


@pytest.fixture
def container(server: AzureServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Container]:
    name = f"media-{uuid.uuid4().hex[:10]}"
    server.client.create_container(name)
    server.client.get_blob_client(name, "d/one two.jpg").upload_blob(encode(photograph("astronaut")))
    monkeypatch.setenv("AZURE_STORAGE_ACCOUNT", ACCOUNT)
    monkeypatch.setenv("AZURE_STORAGE_KEY", KEY)
    monkeypatch.setenv("AZURE_STORAGE_ACCOUNT_URL", server.endpoint)
    monkeypatch.setenv("AZURE_ALIAS", "pictures")
    monkeypatch.setenv("FIFTYONE_MEDIA_CACHE_DIR", str(tmp_path / "cache"))
    runtime.reset()
    yield Container(f"{server.endpoint}/{name}", f"pictures://{name}", server)
    runtime.reset()


def test_both_forms_of_an_address_are_one_local_file(
    container: Container, make_dataset: MakeDataset, tmp_path: Path
) -> None:
    paths = [f"{container.url}/d/one%20two.jpg", f"{container.alias}/d/one two.jpg"]
    dataset = make_dataset([fo.Sample(path) for path in paths])
    assert dataset.values("filepath") == paths, "as they were written"
    dataset.download_media()
    local = {sample.local_path for sample in dataset}
    assert len(local) == 1
    assert len(list((tmp_path / "cache" / "media").rglob("*.jpg"))) == 1
    dataset.compute_metadata()
    assert dataset.values("metadata.width")[0] == dataset.values("metadata.width")[1] > 0


def test_an_export_goes_to_a_container(container: Container, make_dataset: MakeDataset) -> None:
    dataset = make_dataset([fo.Sample(f"{container.alias}/d/one two.jpg")])
    target = f"{container.url}/exported"
    dataset.export(export_dir=target, dataset_type=fo.types.FiftyOneDataset)
    assert fos.isdir(target)
    assert fos.list_files(f"{target}/data") == ["one%20two.jpg"], "what goes on the URL"
    with fos.open_file(f"{target}/data/one%20two.jpg", "rb") as file:
        assert file.read() == encode(photograph("astronaut"))


def test_the_functions_of_file_systems(container: Container) -> None:
    url, alias = f"{container.url}/d/one%20two.jpg", f"{container.alias}/d/one two.jpg"
    for path in (url, alias):
        assert fos.get_file_system(path) is fos.FileSystem.AZURE
        assert fos.get_bucket_name(path) == container.alias.partition("://")[2]
        assert fos.isfile(path)
    assert fos.split_prefix(url)[0] == f"{container.server.endpoint}/"
    assert "".join(fos.split_prefix(url)) == url
    assert fos.split_prefix(alias)[0] == "pictures://"
    with urllib.request.urlopen(fos.get_url(url)) as response:
        assert response.read() == encode(photograph("astronaut"))
