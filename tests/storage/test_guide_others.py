"""The page on credentials: what it says of Oracle, Databricks, Alipan and fsspec, as the reader pastes it."""

from __future__ import annotations

import json
import re
import shutil
import uuid
from dataclasses import replace
from pathlib import Path

import asyncssh
import pytest

from safelight.config import MediaCacheConfig, storage_options
from safelight.storage.portal import Portal
from safelight.storage.registry import StoreRegistry
from support.alipan_rig import redirected
from support.alipan_server import Alipan
from support.databricks_server import Databricks
from support.file_servers import USER, FileServer
from support.guide import credentials_recipe, read_after
from support.oci_server import NAMESPACE, OCIServer, Stored
from support.oci_signing import SigningKey
from support.sdk_rigs import Services
from support.stores import QUICK, Rig

ADDRESS = "images/1.jpg"


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The reader's home directory."""
    monkeypatch.setenv("HOME", str(tmp_path))
    return tmp_path


@pytest.fixture
def bucket(oci: OCIServer) -> str:
    """A bucket of Oracle's with one picture."""
    name = f"guide-{uuid.uuid4().hex[:10]}"
    oci.buckets[name] = {ADDRESS: Stored(b"picture", "etag", {}, "")}
    return name


def settings(home: Path, **more: object) -> dict[str, str]:
    """The media cache config, and the variable that names it."""
    file = home / "media_cache_config.json"
    file.write_text(json.dumps(more))
    return {"FIFTYONE_MEDIA_CACHE_CONFIG_PATH": str(file)}


def at(server: OCIServer) -> dict[str, dict[str, str]]:
    return {"oci": {"service_endpoint": server.url}}


def oci_config(oci: OCIServer, folder: Path, section: str = "DEFAULT") -> None:
    """The recipe's file and its key, with the reader's values."""
    key = oci.add_key(SigningKey.generate(uuid.uuid4().hex))
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "oci_api_key.pem").write_text(key.pem())
    values = {
        "ocid1.user.oc1..<unique_ID>": key.user,
        "ocid1.tenancy.oc1..<unique_ID>": key.tenancy,
        "<your_fingerprint>": key.fingerprint,
        "~/.oci/": f"{folder}/",
        "[DEFAULT]": f"[{section}]",
    }
    (folder / "config").write_text(credentials_recipe("oci-config", values))


def test_oci_config(oci: OCIServer, home: Path, bucket: str) -> None:
    oci_config(oci, home / ".oci")
    where = settings(home, extra_client_kwargs=at(oci))
    for address in (f"oci://{bucket}/{ADDRESS}", f"oci://{bucket}@{NAMESPACE}/{ADDRESS}"):
        assert read_after("", address, where) == "picture"


def test_oci_profile(oci: OCIServer, home: Path, bucket: str) -> None:
    oci_config(oci, home / "elsewhere", "TEAM")
    script = credentials_recipe("oci-profile", {"/path/to": str(home / "elsewhere")})
    script += credentials_recipe("oci-namespace", {"ournamespace": NAMESPACE})
    where = settings(home, extra_client_kwargs=at(oci))
    oci.requests.clear()
    assert read_after(script, f"oci://{bucket}/{ADDRESS}", where) == "picture"
    assert "/n" not in [request.raw_path for request in oci.requests], "the namespace is known"


def test_oci_media_cache_config(oci: OCIServer, home: Path, bucket: str) -> None:
    oci_config(oci, home / "elsewhere", "TEAM")
    config = json.loads(credentials_recipe("oci-media-cache-config", {"/path/to": str(home / "elsewhere")}))
    where = settings(home, extra_client_kwargs=at(oci), **config)
    assert read_after("", f"oci://{bucket}/{ADDRESS}", where) == "picture"


def test_databricks(services: Services, portal: Portal, home: Path) -> None:
    for kind in ("databricks-volumes", "databricks-dbfs"):
        rig = services.rig(kind, portal)
        uri = rig.fill("1.jpg", b"picture")
        server: Databricks = services.server(kind)
        ours = {"hostname": server.url, "token key": server.add_token()}
        assert read_after(credentials_recipe("databricks", ours), str(uri)) == "picture"
        portal.run(rig.registry.close())


def test_databricks_profile(services: Services, portal: Portal, home: Path) -> None:
    rig = services.rig("databricks-volumes", portal)
    uri = rig.fill("1.jpg", b"picture")
    server: Databricks = services.server("databricks-volumes")
    (home / ".databrickscfg").write_text(f"[team]\nhost = {server.url}\ntoken = {server.add_token()}\n")
    where = settings(home, **json.loads(credentials_recipe("databricks-profile", {})))
    assert read_after("", str(uri), where) == "picture"
    portal.run(rig.registry.close())


def exported(script: str) -> dict[str, str]:
    """What a recipe exports. Alipan's client knows one address only, so that it runs in this process."""
    return {
        name: value.strip("'") for name, value in re.findall(r"^export (\w+)=(\S+)", script, re.MULTILINE)
    }


def test_alipan(services: Services, portal: Portal) -> None:
    server: Alipan = services.server("alipan")
    token = {"refresh_token'": f"{server.add_token()}'"}
    plain = exported(credentials_recipe("alipan", token))
    encrypted = plain | exported(credentials_recipe("alipan-encryption", {"encryption_key": "tell nobody"}))
    rigs = []
    for environ in (plain, encrypted):
        options = replace(storage_options(MediaCacheConfig(), environ), retry=QUICK)
        registry = StoreRegistry(options)
        rigs.append(
            redirected(Rig("alipan", portal, registry, registry.parse("alipan:///guide/")), server.url)
        )
    rigs[0].fill("plain.jpg", b"picture")
    rigs[1].fill("encrypted.jpg", b"picture")
    assert [rigs[1].read("plain.jpg"), rigs[1].read("encrypted.jpg")] == [b"picture", b"picture"]
    assert rigs[0].read("plain.jpg") == b"picture"
    assert rigs[0].read("encrypted.jpg") != b"picture"
    for rig in rigs:
        portal.run(rig.registry.close())


def test_sftp(services: Services, portal: Portal, home: Path) -> None:
    server: FileServer = services.server("sftp")
    key = asyncssh.generate_private_key("ssh-ed25519")
    (home / "key").write_bytes(key.export_private_key())
    server.authorized_keys.write_bytes(key.export_public_key())
    (home / ".ssh").mkdir()
    (home / ".ssh" / "known_hosts").write_text(server.host_key)
    (server.folder / "guide").mkdir()
    (server.folder / "guide" / "1.jpg").write_bytes(b"picture")
    ours = {"/path/to/key": str(home / "key"), "photographer": USER}
    where = settings(home, **json.loads(credentials_recipe("fsspec-sftp", ours)))
    assert read_after("", f"sftp://127.0.0.1:{server.port}/guide/1.jpg", where) == "picture"
    shutil.rmtree(server.folder / "guide")
