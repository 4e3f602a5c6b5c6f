"""Oracle Cloud: who signs and where that is configured, namespaces, errors, pre-authenticated requests."""

from __future__ import annotations

import base64
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.error import HTTPError

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from safelight.config import MediaCacheConfig, storage_options
from safelight.errors import (
    AccessDeniedError,
    BucketNotFoundError,
    CredentialsError,
    IntegrityError,
    InvalidURIError,
    MissingExtraError,
    ObjectNotFoundError,
    SafelightError,
    StorageError,
    StorageTimeoutError,
    StoreUnavailableError,
    UnsupportedOperationError,
)
from safelight.storage import transfer
from safelight.storage.base import Identity, PutOptions
from safelight.storage.credentials import Secret
from safelight.storage.oci.options import OCIAccount, OCIOptions
from safelight.storage.options import StorageOptions
from safelight.storage.portal import Portal
from safelight.storage.registry import StoreRegistry
from safelight.storage.uri import ObjectURI
from support.double import Request
from support.naughty import Corrupt, Drip, HangUp, Lie, Naughty, Stall, Status, Truncate, naughty_proxy
from support.oci_rig import oci_key, oci_options, oci_rig_at
from support.oci_server import NAMESPACE, OCIServer
from support.oci_signing import SigningKey, signing_string
from support.stores import QUICK, Rig

PUBLISHED_KEY = b"""-----BEGIN PUBLIC KEY-----
MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDCFENGw33yGihy92pDjZQhl0C3
6rPJj+CvfSC8+q28hxA161QFNUd13wuCTUcq0Qd2qsBe/2hFyc2DCJJg0h1L78+6
Z4UMR7EOcpfdUE9Hf3m/hs+FUR45uBJeDK1HSFHD8bHKD6kv8FPGfJTotc+2xjJw
oYi+1hqp1fIekaxsyQIDAQAB
-----END PUBLIC KEY-----
"""
"""The key of the worked example on Oracle's "Request Signatures" page."""

PUBLISHED_TARGET = (
    "/20160918/instances?availabilityDomain=Pjwf%3A%20PHX-AD-1"
    "&compartmentId=ocid1.compartment.oc1..aaaaaaaam3we6vgnherjq5q2idnccdflvjsnog7mlr6rtdb25gilchfeyjxa"
    "&displayName=TeamXInstances"
    "&volumeId=ocid1.volume.oc1.phx.abyhqljrgvttnlx73nmrwfaux7kcvzfs3s66izvxf2h4lgvyndsdsnoiwr5q"
)
PUBLISHED_SIGNATURE = (
    "GBas7grhyrhSKHP6AVIj/h5/Vp8bd/peM79H9Wv8kjoaCivujVXlpbKLjMPeDUhxkFIWtTtLBj3sUzaFj34XE6YZAHc9r2DmE4pM"
    "wOAy/kiITcZxa1oHPOeRheC0jP2dqbTll8fmTZVwKZOKHYPtrLJIJQHJjNvxFWeHQjMaR7M="
)

PLANTED = "PLANTED-5ecret"


@pytest.fixture(scope="module")
def rig(oci: OCIServer, portal: Portal) -> Iterator[Rig]:
    made = oci_rig_at(oci, portal)
    yield made
    portal.run(made.registry.close())


@pytest.fixture
def open_rig(oci: OCIServer, portal: Portal, rig: Rig) -> Iterator[Callable[[StorageOptions], Rig]]:
    """Makes stores of the rig's bucket under other options."""
    made: list[StoreRegistry] = []

    def make(options: StorageOptions) -> Rig:
        made.append(StoreRegistry(replace(options, retry=QUICK)))
        return replace(rig, registry=made[-1])

    yield make
    for registry in made:
        portal.run(registry.close())


def at(server: OCIServer, **settings: Any) -> MediaCacheConfig:
    """Settings whose client goes to the double."""
    return MediaCacheConfig(extra_client_kwargs={"oci": {"service_endpoint": server.url}}, **settings)


def identity(rig: Rig) -> Identity:
    return rig.run(rig.store.identity())


def test_the_double_reads_the_signature_of_oracles_own_example() -> None:
    headers = {"date": "Thu, 05 Jan 2014 21:31:40 GMT", "host": "iaas.us-phoenix-1.oraclecloud.com"}
    request = Request("GET", PUBLISHED_TARGET, headers, b"")
    key = serialization.load_pem_public_key(PUBLISHED_KEY)
    assert isinstance(key, rsa.RSAPublicKey)
    text = signing_string(request, ["date", "(request-target)", "host"])
    key.verify(base64.b64decode(PUBLISHED_SIGNATURE), text.encode(), padding.PKCS1v15(), hashes.SHA256())


def test_the_seeds_config_file(
    oci: OCIServer,
    rig: Rig,
    open_rig: Callable[[StorageOptions], Rig],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    key = oci.add_key(SigningKey.generate("home"))
    key.write_config(tmp_path / ".oci")
    ours = open_rig(storage_options(at(oci), {}))
    ours.fill("a.jpg", b"by the file")
    assert rig.read("a.jpg") == b"by the file"
    who = identity(ours)
    assert key.user in who.principal
    assert [(each.source.partition(",")[0], each.outcome) for each in who.candidates] == [
        ("~/.oci/config", "chosen"),
        ("OCI_RESOURCE_PRINCIPAL_VERSION", "not looked at"),
    ]


@pytest.mark.parametrize(
    ("environ", "config", "winner"),
    [
        ({}, {}, "DEFAULT"),
        ({}, {"oci_profile": "TEAM"}, "TEAM"),
        ({"OCI_CLI_PROFILE": "CLI"}, {"oci_profile": "TEAM"}, "CLI"),
    ],
)
def test_which_profile_wins(  # noqa: PLR0917 - fixtures and parameters
    oci: OCIServer,
    open_rig: Callable[[StorageOptions], Rig],
    tmp_path: Path,
    environ: dict[str, str],
    config: dict[str, str],
    winner: str,
) -> None:
    keys = {name: oci.add_key(SigningKey.generate(name.lower())) for name in ("DEFAULT", "TEAM", "CLI")}
    for name, key in keys.items():
        file = key.write_config(tmp_path, name)
    options = storage_options(at(oci, oci_config_file=str(file), **config), environ)
    ours = open_rig(options)
    ours.fill("profile.jpg", b"x")
    assert f'keyId="{keys[winner].key_id}"' in oci.requests[-1].headers["authorization"]
    chosen = next(each for each in identity(ours).candidates if each.outcome == "chosen")
    assert f"[{winner}]" in chosen.source
    assert "oci_config_file of the media cache config" in chosen.source
    assert keys[winner].user in identity(ours).principal


def test_the_variable_of_the_command_line_names_the_file(
    oci: OCIServer, open_rig: Callable[[StorageOptions], Rig], tmp_path: Path
) -> None:
    key = oci.add_key(SigningKey.generate("cli"))
    file = key.write_config(tmp_path)
    other = SigningKey.generate("other").write_config(tmp_path / "other")
    environ = {"OCI_CLI_CONFIG_FILE": str(file)}
    ours = open_rig(storage_options(at(oci, oci_config_file=str(other)), environ))
    assert ours.run(ours.store.head(ours.fill("cli.jpg", b"x"))).size == 1


def test_a_key_with_a_pass_phrase(
    oci: OCIServer, open_rig: Callable[[StorageOptions], Rig], tmp_path: Path
) -> None:
    key = oci.add_key(SigningKey.generate("phrase"))
    file = key.write_config(tmp_path, pass_phrase="tell nobody")
    ours = open_rig(
        StorageOptions(oci=OCIOptions(account=OCIAccount(config_file=str(file), endpoint=oci.url)))
    )
    assert ours.run(ours.store.head(ours.fill("phrase.jpg", b"x"))).size == 1


def test_a_session_token(oci: OCIServer, open_rig: Callable[[StorageOptions], Rig], tmp_path: Path) -> None:
    key = SigningKey.generate("session")
    claims = base64.urlsafe_b64encode(b'{"exp": 9999999999}').decode().rstrip("=")
    (tmp_path / "token").write_text(f"e30.{claims}.c2ln")
    oci.add_key(key, f"ST$e30.{claims}.c2ln")
    (tmp_path / "key.pem").write_text(key.pem())
    (tmp_path / "config").write_text(
        f"[SESSION]\nfingerprint={key.fingerprint}\nkey_file={tmp_path}/key.pem\ntenancy={key.tenancy}\n"
        f"region=us-ashburn-1\nsecurity_token_file={tmp_path}/token\n"
    )
    account = OCIAccount(config_file=str(tmp_path / "config"), profile="SESSION", endpoint=oci.url)
    ours = open_rig(StorageOptions(oci=OCIOptions(account=account)))
    assert ours.run(ours.store.head(ours.fill("session.jpg", b"x"))).size == 1
    assert identity(ours).method == "SecurityTokenSigner"


def test_the_resource_principal_of_a_function(
    oci: OCIServer, open_rig: Callable[[StorageOptions], Rig], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    key = SigningKey.generate("function")
    claims = base64.urlsafe_b64encode(b'{"exp": 9999999999, "res_tenant": "t"}').decode().rstrip("=")
    oci.add_key(key, f"ST$e30.{claims}.c2ln")
    monkeypatch.setenv("OCI_RESOURCE_PRINCIPAL_VERSION", "2.2")
    monkeypatch.setenv("OCI_RESOURCE_PRINCIPAL_RPST", f"e30.{claims}.c2ln")
    monkeypatch.setenv("OCI_RESOURCE_PRINCIPAL_PRIVATE_PEM", key.pem())
    monkeypatch.setenv("OCI_RESOURCE_PRINCIPAL_REGION", "us-ashburn-1")
    ours = open_rig(StorageOptions(oci=OCIOptions(account=OCIAccount(endpoint=oci.url))))
    assert ours.run(ours.store.head(ours.fill("function.jpg", b"x"))).size == 1
    assert [each.outcome for each in identity(ours).candidates] == ["not found", "chosen"]


def test_a_bucket_of_its_own_account(
    oci: OCIServer, rig: Rig, open_rig: Callable[[StorageOptions], Rig]
) -> None:
    stranger, owner = SigningKey.generate("stranger"), oci.add_key(SigningKey.generate("owner"))
    name = rig.base.bucket.partition("@")[0]
    default = OCIAccount(key=oci_key(stranger), endpoint=oci.url)
    theirs = OCIAccount(key=oci_key(owner), endpoint=oci.url)
    for key in (name, rig.base.bucket):
        ours = open_rig(StorageOptions(oci=OCIOptions(account=default, buckets={key: theirs})))
        ours.fill("own.jpg", b"own")
        elsewhere = ObjectURI("oci", f"other@{NAMESPACE}", "k")
        with pytest.raises(CredentialsError, match="credentials"):
            ours.run(ours.registry.store_for(elsewhere).head(elsewhere))


def test_the_namespace_is_asked_for_once(
    oci: OCIServer, rig: Rig, open_rig: Callable[[StorageOptions], Rig]
) -> None:
    ours = open_rig(rig.registry.options)
    short = ours.registry.parse(f"oci://{rig.base.bucket.partition('@')[0]}/base/short.jpg")
    oci.requests.clear()
    for _ in range(3):
        ours.run(ours.registry.store_for(short).put(short, b"x"))
    assert [request.raw_path for request in oci.requests].count("/n") == 1
    assert rig.read("short.jpg") == b"x"


def test_both_forms_are_one_address_where_the_namespace_is_known(rig: Rig) -> None:
    options = storage_options(MediaCacheConfig(), {"OCI_NAMESPACE": NAMESPACE})
    parse = options.addresses().parse
    short, long = parse("oci://bucket/a.jpg"), parse(f"oci://bucket@{NAMESPACE}/a.jpg")
    assert short == long
    assert (str(short), str(long)) == ("oci://bucket/a.jpg", f"oci://bucket@{NAMESPACE}/a.jpg")
    assert parse("oci://bucket@other/a.jpg") != long
    assert str(short.child("b")) == "oci://bucket/a.jpg/b"


def test_keys_that_are_no_paths(rig: Rig) -> None:
    for key in (
        "double//slash",
        "up/../down",
        "/leading",
        "trailing/",
        "tab\there",
        "back\\slash",
        "../outside",
    ):
        rig.fill(key, key.encode())
        assert rig.read(key) == key.encode()
    assert rig.run(rig.registry.store_for(rig.base).head(rig.uri("up/../down"))).size == 10
    for key in ("..", "."):
        uri = ObjectURI("oci", rig.base.bucket, key)
        with pytest.raises(InvalidURIError, match="no URL can carry"):
            rig.run(rig.store.head(uri))
    with pytest.raises(InvalidURIError, match="names a bucket"):
        rig.run(rig.store.head(ObjectURI("oci", rig.base.bucket, "")))


def test_content_type_and_cache_control(oci: OCIServer, rig: Rig, tmp_path: Path) -> None:
    rig.run(rig.store.put(rig.uri("a.JPG"), b"x", PutOptions(cache_control="max-age=5")))
    (tmp_path / "big").write_bytes(bytes(9 << 20))
    big = rig.uri("big.jpg")
    rig.run(rig.store.put(big, tmp_path / "big", PutOptions(cache_control="max-age=6")))
    stored = oci.buckets[rig.base.bucket.partition("@")[0]]
    assert stored[rig.uri("a.JPG").key].headers == {
        "content-type": "image/jpeg",
        "cache-control": "max-age=5",
    }
    assert stored[big.key].headers == {"content-type": "image/jpeg", "cache-control": "max-age=6"}
    info = rig.run(rig.store.head(big))
    assert (info.size, info.md5) == (9 << 20, None)
    with pytest.raises(FileExistsError):
        rig.run(rig.store.put(big, tmp_path / "big", PutOptions(overwrite=False)))
    assert not oci.uploads, "an upload that failed was aborted"


def test_an_upload_of_chunks(oci: OCIServer, rig: Rig) -> None:
    async def chunks(count: int) -> Any:
        for number in range(count):
            yield bytes([number]) * (1 << 20)

    async def broken() -> Any:
        async for chunk in chunks(20):
            yield chunk
        raise ValueError("the source broke")

    rig.run(rig.store.put(rig.uri("chunks.bin"), chunks(20)))
    assert rig.read("chunks.bin") == b"".join(bytes([n]) * (1 << 20) for n in range(20))
    with pytest.raises(ValueError, match="the source broke"):
        rig.run(rig.store.put(rig.uri("broken.bin"), broken()))
    assert "broken.bin" not in rig.keys()  # noqa: SIM118 - not a dictionary
    assert not oci.uploads


def test_deletes_go_together(oci: OCIServer, rig: Rig) -> None:
    uris = [rig.fill(f"many/{number}", b"x") for number in range(30)]
    oci.requests.clear()
    rig.run(rig.store.delete([*uris, rig.uri("many/never")]))
    assert len(oci.requests) == 1
    assert rig.keys("many/") == []


def test_preauthenticated_requests(rig: Rig) -> None:
    uri = rig.fill("odd name + 100%.jpg", b"signed")
    url = rig.run(rig.store.sign(uri, expires=timedelta(minutes=5)))
    with urllib.request.urlopen(url) as response:
        assert response.read() == b"signed"
    target = rig.uri("put by url")
    put = rig.run(rig.store.sign(target, method="PUT", expires=timedelta(minutes=5)))
    with urllib.request.urlopen(urllib.request.Request(put, b"sent", method="PUT")):
        assert rig.read("put by url") == b"sent"
    with pytest.raises(HTTPError, match="404"):
        urllib.request.urlopen(url.replace("odd", "other"))
    expired = rig.run(rig.store.sign(uri, expires=timedelta(seconds=-1)))
    with pytest.raises(HTTPError, match="404"):
        urllib.request.urlopen(expired)
    with pytest.raises(StorageError, match="DELETE"):
        rig.run(rig.store.sign(uri, method="DELETE", expires=timedelta(minutes=5)))


def test_there_are_no_cors_rules(rig: Rig) -> None:
    with pytest.raises(UnsupportedOperationError, match="CORS"):
        rig.run(rig.store.cors(rig.base))
    with pytest.raises(UnsupportedOperationError, match="CORS"):
        rig.run(rig.store.set_cors(rig.base, []))


def test_errors_are_typed(oci: OCIServer, rig: Rig, open_rig: Callable[[StorageOptions], Rig]) -> None:
    for place in (f"no-such-bucket@{NAMESPACE}", "bucket@no-such-namespace"):
        missing = ObjectURI("oci", place, "k.jpg")
        with pytest.raises(BucketNotFoundError, match=rf"{place}/k\.jpg"):
            rig.run(rig.registry.store_for(missing).get(missing))
    reader = oci.add_key(SigningKey.generate("reader"))
    oci.readers.add(reader.key_id)
    ours = open_rig(oci_options(reader, oci.url))
    uri = rig.fill("read.jpg", b"x")
    assert ours.run(ours.store.head(uri)).size == 1
    with pytest.raises(AccessDeniedError, match=r"read\.jpg"):
        ours.run(ours.store.put(uri, b"y"))


def broken_accounts(tmp_path: Path, oci: OCIServer) -> dict[str, OCIAccount]:
    key = SigningKey.generate("broken")
    bad = replace(oci_key(key), private_key=Secret(f"{PLANTED} is no key"))
    (tmp_path / "garbage").write_text(f"{PLANTED}\n")
    (tmp_path / "lacking").write_text(f"[DEFAULT]\nuser={key.user}\npass_phrase={PLANTED}\n")
    return {
        "unknown key": OCIAccount(key=oci_key(key), endpoint=oci.url),
        "no key": OCIAccount(key=bad, endpoint=oci.url),
        "wrong phrase": OCIAccount(
            key=replace(oci_key(key), private_key=Secret(key.pem("right")), pass_phrase=Secret(PLANTED)),
            endpoint=oci.url,
        ),
        "no file": OCIAccount(config_file=str(tmp_path / "none")),
        "no profile": OCIAccount(config_file=str(key.write_config(tmp_path)), profile="NOBODY"),
        "garbage": OCIAccount(config_file=str(tmp_path / "garbage")),
        "lacking": OCIAccount(config_file=str(tmp_path / "lacking")),
    }


def test_unusable_credentials_say_so_and_show_no_secret(
    oci: OCIServer,
    rig: Rig,
    open_rig: Callable[[StorageOptions], Rig],
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    for name, account in broken_accounts(tmp_path, oci).items():
        options = StorageOptions(oci=OCIOptions(account=account))
        ours = open_rig(options)
        for call in (ours.store.head, ours.store.get):
            with pytest.raises(CredentialsError) as caught:
                ours.run(call(rig.uri("k")))
            error: SafelightError = caught.value
            shown = f"{error!r} {error} {vars(error)} {error.__cause__} {options!r} {caplog.text}"
            assert PLANTED not in shown, name
            assert "PRIVATE KEY" not in shown, name
            assert rig.uri("k").public_text in str(error), name


@pytest.fixture
def behind(oci: OCIServer, portal: Portal) -> Iterator[tuple[Rig, Naughty]]:
    """The double behind the misbehaving proxy."""
    with naughty_proxy(oci.url) as proxy:
        rig = oci_rig_at(oci, portal, proxy.url)
        rig.fill("photo.jpg", bytes(range(256)) * 1000)
        proxy.behave()
        yield rig, proxy
        portal.run(rig.registry.close())


@pytest.mark.parametrize("fault", [Status(503), Status(500), Status(429), HangUp(), Truncate(1000)], ids=repr)
def test_passing_faults_are_overcome(behind: tuple[Rig, Naughty], tmp_path: Path, fault: Any) -> None:
    rig, proxy = behind
    proxy.inject(fault, times=1)
    rig.run(transfer.download(rig.store, rig.uri("photo.jpg"), tmp_path / "t", QUICK))
    assert (tmp_path / "t").read_bytes() == bytes(range(256)) * 1000


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (Status(503), StoreUnavailableError),
        (Status(403), AccessDeniedError),
        (Status(401), CredentialsError),
        (HangUp(), StoreUnavailableError),
        (Truncate(1000), IntegrityError),
        (Lie(+7), IntegrityError),
        (Lie(-7), IntegrityError),
        (Corrupt(12345), IntegrityError),
        (Stall(-1, 2.5), StorageTimeoutError),
        (Stall(1000, 2.5), StoreUnavailableError),
    ],
    ids=repr,
)
def test_lasting_faults_end_in_a_typed_error(
    behind: tuple[Rig, Naughty], tmp_path: Path, fault: Any, error: type[Exception]
) -> None:
    rig, proxy = behind
    proxy.inject(fault)
    with pytest.raises(error, match=r"photo\.jpg"):
        rig.run(transfer.download(rig.store, rig.uri("photo.jpg"), tmp_path / "t", QUICK))
    assert len(proxy.requests) <= QUICK.attempts**2 + 1


def test_a_drip_does_not_last_for_ever(oci: OCIServer, portal: Portal, tmp_path: Path) -> None:
    with naughty_proxy(oci.url) as proxy:
        rig = oci_rig_at(oci, portal, proxy.url)
        rig.fill("photo.jpg", bytes(1000))
        impatient = replace(rig.registry.options, retry=replace(QUICK, attempts=1, total_timeout=1))
        ours = replace(rig, registry=StoreRegistry(impatient))
        proxy.inject(Drip(0.1))
        with pytest.raises(StorageTimeoutError):
            ours.run(transfer.download(ours.store, ours.uri("photo.jpg"), tmp_path / "t", impatient.retry))
        for each in (rig, ours):
            portal.run(each.registry.close())


def test_an_upload_survives_a_storm(behind: tuple[Rig, Naughty], tmp_path: Path) -> None:
    rig, proxy = behind
    (tmp_path / "big").write_bytes(bytes(range(256)) * (20 << 12))
    proxy.inject(Status(503), times=2, method="PUT", path="uploadPartNum")
    rig.run(rig.store.put(rig.uri("big.bin"), tmp_path / "big"))
    assert rig.read("big.bin") == (tmp_path / "big").read_bytes()


def test_missing_library_names_the_extra(rig: Rig, portal: Portal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "oci", None)
    registry = StoreRegistry(rig.registry.options)
    with pytest.raises(MissingExtraError, match=r"fiftyone\[oci\]"):
        registry.store_for(rig.base)


def test_configuration_imports_no_sdk() -> None:
    code = (
        "import sys, safelight.runtime, safelight.config as c;"
        "c.storage_options(c.MediaCacheConfig()).addresses();"
        "print([n for n in ('oci', 'databricks', 'alipcs_py', 'fsspec') if n in sys.modules])"
    )
    output = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert output.strip() == "[]"


def test_a_missing_object_is_told_by_its_own_address(rig: Rig) -> None:
    with pytest.raises(ObjectNotFoundError) as caught:
        rig.run(rig.store.get_range(rig.uri("gone.jpg"), 0, 1))
    assert caught.value.uri == rig.uri("gone.jpg").public_text
