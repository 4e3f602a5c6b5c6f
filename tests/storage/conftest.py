"""One rig per kind of store: the contract suite runs on each of them."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from safelight.storage.options import StorageOptions
from safelight.storage.portal import Portal
from safelight.storage.registry import StoreRegistry
from safelight.storage.uri import ObjectURI
from support.azurite import AzureServer, make_certificate
from support.azurite import azurite as start_azurite
from support.entra import Entra, entra_server
from support.gcs.google import redirect_google
from support.gcs.place import GCSPlace, gcs_place
from support.moto_server import moto_server
from support.naughty import Naughty, naughty_proxy
from support.oci_server import OCIServer
from support.s3_server import PUBLIC_BUCKET, S3Server
from support.sdk_rigs import ALL, Services
from support.stores import (
    QUICK,
    Rig,
    account,
    make_public_bucket,
    minio_rig_at,
    options_for,
    s3_rig_at,
)


@pytest.fixture(scope="session")
def portal() -> Iterator[Portal]:
    opened = Portal()
    yield opened
    opened.close()


@pytest.fixture(scope="session")
def moto(session_directory: Path) -> Iterator[S3Server]:
    """moto, which accepts any key."""
    with moto_server(session_directory / "moto.log") as url:
        yield S3Server(url, access_key="motokey", secret_key="motosecret")


@pytest.fixture(scope="session")
def gcs(session_directory: Path) -> Iterator[GCSPlace]:
    """Google Cloud Storage's emulator, and in front of it a server that asks who is there."""
    with gcs_place(session_directory / "gcs") as place:
        yield place


@pytest.fixture
def google(gcs: GCSPlace, monkeypatch: pytest.MonkeyPatch) -> GCSPlace:
    """The same, and all of Google's own addresses lead there."""
    redirect_google(gcs.identity, monkeypatch)
    return gcs


@pytest.fixture(scope="session")
def services() -> Iterator[Services]:
    """Servers of the providers beside S3."""
    with ExitStack() as stack:
        yield Services(stack)


@pytest.fixture(scope="session")
def oci(services: Services) -> OCIServer:
    """A double of OCI Object Storage."""
    server: OCIServer = services.server("oci")
    return server


@pytest.fixture(scope="session")
def azurite(services: Services) -> AzureServer:
    """Two accounts of Azure Storage."""
    server: AzureServer = services.server("azure")
    return server


@pytest.fixture(scope="session")
def secure_azure(session_directory: Path) -> Iterator[tuple[AzureServer, Entra]]:
    """Azure Storage over https, and whoever gives OAuth tokens for it."""
    certificate = make_certificate(session_directory / "azure-authority")
    with start_azurite(certificate) as storage, entra_server(certificate) as entra:
        yield storage, entra


@pytest.fixture
def naughty(s3: S3Server) -> Iterator[Naughty]:
    """A misbehaving proxy in front of the S3 store."""
    with naughty_proxy(s3.endpoint_url) as proxy:
        yield proxy


@dataclass(frozen=True)
class _Places:
    """The registries and buckets of the session: making a client takes longer than a test."""

    session: pytest.FixtureRequest
    made: dict[str, Rig] = field(default_factory=dict)

    def rig(self, kind: str) -> Rig:
        """The place for one kind of store, made when a test first wants it."""
        if kind not in self.made:
            self.made[kind] = self._make(kind)
        return self.made[kind]

    def _make(self, kind: str) -> Rig:
        portal: Portal = self.session.getfixturevalue("portal")
        if kind in ALL:
            services: Services = self.session.getfixturevalue("services")
            return services.rig(kind, portal)
        if kind in {"local", "http"}:
            base = ObjectURI("local", "", "")
            client = None
            if kind == "http":
                server: S3Server = self.session.getfixturevalue("s3")
                client = server.client()
                make_public_bucket(server)
                base = ObjectURI("http", server.endpoint_url, f"{PUBLIC_BUCKET}/")
            return Rig(kind, portal, StoreRegistry(StorageOptions(retry=QUICK)), base, client)
        if kind == "gcs":
            place: GCSPlace = self.session.getfixturevalue("gcs")
            return place.rig(portal)
        server = self.session.getfixturevalue("moto" if kind == "moto" else "s3")
        if kind == "minio":
            return minio_rig_at(server, portal)
        registry = StoreRegistry(options_for(account(server)))
        return s3_rig_at(server, kind, portal, registry)


@pytest.fixture(scope="session")
def places(request: pytest.FixtureRequest) -> Iterator[_Places]:
    """Every kind of store, as far as tests asked for it."""
    places = _Places(request)
    yield places
    for rig in places.made.values():
        rig.run(rig.registry.close())


def _rig(kind: str, places: _Places, folder: Path) -> Rig:
    rig = places.rig(kind)
    key = f"{folder}/base/" if kind == "local" else f"{rig.base.key}{uuid.uuid4().hex[:10]}/"
    return replace(rig, base=rig.base.with_key(key))


@pytest.fixture(params=["s3", "moto", "minio", "gcs", "http", "local", *ALL])
def readable(request: pytest.FixtureRequest, places: _Places, tmp_path: Path) -> Rig:
    """Every kind of store."""
    return _rig(request.param, places, tmp_path)


@pytest.fixture(params=["s3", "moto", "minio", "gcs", "local", *ALL])
def writable(request: pytest.FixtureRequest, places: _Places, tmp_path: Path) -> Rig:
    """Every kind of store that can be written to."""
    return _rig(request.param, places, tmp_path)


@pytest.fixture(params=["s3", "moto", "minio"])
def s3_rig(request: pytest.FixtureRequest, places: _Places, tmp_path: Path) -> Rig:
    """Every kind of S3 store."""
    return _rig(request.param, places, tmp_path)


@pytest.fixture(params=["s3", "moto", "minio", "azure", "gcs"])
def cloud(request: pytest.FixtureRequest, places: _Places, tmp_path: Path) -> Rig:
    """Every kind of store that keeps metadata and signs URLs."""
    return _rig(request.param, places, tmp_path)


@pytest.fixture
def azure_rig(places: _Places, tmp_path: Path) -> Rig:
    return _rig("azure", places, tmp_path)


@pytest.fixture
def gcs_rig(places: _Places, tmp_path: Path) -> Rig:
    return _rig("gcs", places, tmp_path)


@pytest.fixture
def http_rig(places: _Places, tmp_path: Path) -> Rig:
    return _rig("http", places, tmp_path)


@pytest.fixture
def local_rig(places: _Places, tmp_path: Path) -> Rig:
    return _rig("local", places, tmp_path)


@pytest.fixture
def naughty_rig(s3: S3Server, naughty: Naughty, places: _Places, tmp_path: Path) -> Iterator[Rig]:
    """The S3 store behind the misbehaving proxy."""
    options = options_for(account(s3, endpoint_url=naughty.url))
    impatient = replace(options, retry=replace(QUICK, read_timeout=1, total_timeout=5))
    rig = replace(_rig("s3", places, tmp_path), name="naughty", registry=StoreRegistry(impatient))
    yield rig
    rig.run(rig.registry.close())
