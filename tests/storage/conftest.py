"""One rig per kind of store: the contract suite runs on each of them."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Final

import pytest

from safelight.storage.options import StorageOptions
from safelight.storage.portal import Portal
from safelight.storage.registry import StoreRegistry
from safelight.storage.uri import ObjectURI
from support.azurite import AzureServer, make_certificate
from support.azurite import azurite as start_azurite
from support.behind import IMPATIENT, Behind, put_behind
from support.entra import Entra, entra_server
from support.gcs.google import redirect_google
from support.gcs.place import GCSPlace, gcs_place
from support.moto_server import moto_server
from support.naughty import Naughty, naughty_proxy
from support.oci_rig import oci_rig_at
from support.oci_server import OCIServer
from support.s3_server import S3Server
from support.sdk_rigs import ALL, RIGS, Services
from support.stores import (
    QUICK,
    Rig,
    account,
    minio_rig_at,
    options_for,
    public_rig_at,
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
    with moto_server(session_directory / "moto") as url:
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


@pytest.fixture(scope="module")
def oci_rig(oci: OCIServer, portal: Portal) -> Iterator[Rig]:
    """A bucket at the double of OCI, reached by its owner."""
    made = oci_rig_at(oci, portal)
    yield made
    portal.run(made.registry.close())


@pytest.fixture
def open_oci(oci_rig: Rig, portal: Portal) -> Iterator[Callable[[StorageOptions], Rig]]:
    """Makes stores of that bucket under other options."""
    made: list[StoreRegistry] = []

    def make(options: StorageOptions) -> Rig:
        made.append(StoreRegistry(replace(options, retry=QUICK)))
        return replace(oci_rig, registry=made[-1])

    yield make
    for registry in made:
        portal.run(registry.close())


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


def _s3_rig(server: S3Server, portal: Portal, endpoint: str = "", *, kind: str = "s3") -> Rig:
    who = account(server, endpoint_url=endpoint or server.endpoint_url)
    return s3_rig_at(server, kind, portal, StoreRegistry(options_for(who)))


#: What is reached at the session's S3 store in another way than S3's.
_S3_RIGS: Final = {"minio": minio_rig_at, "http": public_rig_at}


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
        if kind == "local":
            return Rig(kind, portal, StoreRegistry(StorageOptions(retry=QUICK)), ObjectURI("local", "", ""))
        if kind == "gcs":
            place: GCSPlace = self.session.getfixturevalue("gcs")
            return place.rig(portal)
        server: S3Server = self.session.getfixturevalue("moto" if kind == "moto" else "s3")
        return _S3_RIGS.get(kind, partial(_s3_rig, kind=kind))(server, portal)


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
def behind(kind: str, request: pytest.FixtureRequest, portal: Portal) -> Iterator[Behind]:
    """An object of some kind behind a misbehaving proxy."""
    url, make = _server_of(kind, request, portal)
    with naughty_proxy(url) as proxy, put_behind(make(proxy.url), proxy, kind) as placed:
        yield placed


def _server_of(kind: str, request: pytest.FixtureRequest, portal: Portal) -> tuple[str, Callable[[str], Rig]]:
    """Where the server of a kind is, and what makes a place there that is reached at another URL."""
    if kind in RIGS:
        services: Services = request.getfixturevalue("services")
        return services.server(kind).url, partial(services.rig, kind, portal)
    store = kind.partition("-")[0]
    if store == "gcs":
        place: GCSPlace = request.getfixturevalue("gcs")
        return place.front.url, lambda url: place.rig(portal, place.options(url=url))
    server: S3Server = request.getfixturevalue("s3")
    return server.endpoint_url, partial(_S3_RIGS.get(store, _s3_rig), server, portal)


@pytest.fixture
def naughty_rig(s3: S3Server, naughty: Naughty, places: _Places, tmp_path: Path) -> Iterator[Rig]:
    """The S3 store behind the misbehaving proxy."""
    options = replace(options_for(account(s3, endpoint_url=naughty.url)), retry=IMPATIENT)
    rig = replace(_rig("s3", places, tmp_path), name="naughty", registry=StoreRegistry(options))
    yield rig
    rig.run(rig.registry.close())
