"""Oracle Cloud: namespaces, keys, uploads, pre-authenticated requests, errors."""

from __future__ import annotations

import base64
import urllib.request
from collections.abc import Callable
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
    InvalidURIError,
    ObjectNotFoundError,
    StorageError,
    UnsupportedOperationError,
)
from safelight.storage.base import PutOptions
from safelight.storage.options import StorageOptions
from safelight.storage.uri import ObjectURI
from support.double import Request
from support.oci_rig import oci_options
from support.oci_server import NAMESPACE, OCIServer
from support.oci_signing import SigningKey, signing_string
from support.stores import Rig

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


def test_the_double_reads_the_signature_of_oracles_own_example() -> None:
    headers = {"date": "Thu, 05 Jan 2014 21:31:40 GMT", "host": "iaas.us-phoenix-1.oraclecloud.com"}
    request = Request("GET", PUBLISHED_TARGET, headers, b"")
    key = serialization.load_pem_public_key(PUBLISHED_KEY)
    assert isinstance(key, rsa.RSAPublicKey)
    text = signing_string(request, ["date", "(request-target)", "host"])
    key.verify(base64.b64decode(PUBLISHED_SIGNATURE), text.encode(), padding.PKCS1v15(), hashes.SHA256())


def test_the_namespace_is_asked_for_once(
    oci: OCIServer, oci_rig: Rig, open_oci: Callable[[StorageOptions], Rig]
) -> None:
    ours = open_oci(oci_rig.registry.options)
    short = ours.registry.parse(f"oci://{oci_rig.base.bucket.partition('@')[0]}/base/short.jpg")
    oci.requests.clear()
    for _ in range(3):
        ours.run(ours.registry.store_for(short).put(short, b"x"))
    assert [request.raw_path for request in oci.requests].count("/n") == 1
    assert oci_rig.read("short.jpg") == b"x"


def test_both_forms_are_one_address_where_the_namespace_is_known(oci_rig: Rig) -> None:
    options = storage_options(MediaCacheConfig(), {"OCI_NAMESPACE": NAMESPACE})
    parse = options.addresses().parse
    short, long = parse("oci://bucket/a.jpg"), parse(f"oci://bucket@{NAMESPACE}/a.jpg")
    assert short == long
    assert (str(short), str(long)) == ("oci://bucket/a.jpg", f"oci://bucket@{NAMESPACE}/a.jpg")
    assert parse("oci://bucket@other/a.jpg") != long
    assert str(short.child("b")) == "oci://bucket/a.jpg/b"


def test_keys_that_are_no_paths(oci_rig: Rig) -> None:
    for key in (
        "double//slash",
        "up/../down",
        "/leading",
        "trailing/",
        "tab\there",
        "back\\slash",
        "../outside",
    ):
        oci_rig.fill(key, key.encode())
        assert oci_rig.read(key) == key.encode()
    assert oci_rig.run(oci_rig.registry.store_for(oci_rig.base).head(oci_rig.uri("up/../down"))).size == 10
    for key in ("..", "."):
        uri = ObjectURI("oci", oci_rig.base.bucket, key)
        with pytest.raises(InvalidURIError, match="no URL can carry"):
            oci_rig.run(oci_rig.store.head(uri))
    with pytest.raises(InvalidURIError, match="names a bucket"):
        oci_rig.run(oci_rig.store.head(ObjectURI("oci", oci_rig.base.bucket, "")))


def unfinished(oci: OCIServer) -> set[str]:
    """The names of objects whose uploads were neither completed nor aborted."""
    return {upload.name for upload in oci.uploads.values()}


def test_content_type_and_cache_control(oci: OCIServer, oci_rig: Rig, tmp_path: Path) -> None:
    oci_rig.run(oci_rig.store.put(oci_rig.uri("a.JPG"), b"x", PutOptions(cache_control="max-age=5")))
    (tmp_path / "big").write_bytes(bytes(9 << 20))
    big = oci_rig.uri("big.jpg")
    oci_rig.run(oci_rig.store.put(big, tmp_path / "big", PutOptions(cache_control="max-age=6")))
    stored = oci.buckets[oci_rig.base.bucket.partition("@")[0]]
    assert stored[oci_rig.uri("a.JPG").key].headers == {
        "content-type": "image/jpeg",
        "cache-control": "max-age=5",
    }
    assert stored[big.key].headers == {"content-type": "image/jpeg", "cache-control": "max-age=6"}
    info = oci_rig.run(oci_rig.store.head(big))
    assert (info.size, info.md5) == (9 << 20, None)
    with pytest.raises(FileExistsError):
        oci_rig.run(oci_rig.store.put(big, tmp_path / "big", PutOptions(overwrite=False)))
    assert big.key not in unfinished(oci), "an upload that failed was aborted"


def test_an_upload_of_chunks(oci: OCIServer, oci_rig: Rig) -> None:
    async def chunks(count: int) -> Any:
        for number in range(count):
            yield bytes([number]) * (1 << 20)

    async def broken() -> Any:
        async for chunk in chunks(20):
            yield chunk
        raise ValueError("the source broke")

    oci_rig.run(oci_rig.store.put(oci_rig.uri("chunks.bin"), chunks(20)))
    assert oci_rig.read("chunks.bin") == b"".join(bytes([n]) * (1 << 20) for n in range(20))
    with pytest.raises(ValueError, match="the source broke"):
        oci_rig.run(oci_rig.store.put(oci_rig.uri("broken.bin"), broken()))
    assert "broken.bin" not in oci_rig.keys()  # noqa: SIM118 - not a dictionary
    assert not unfinished(oci) & {oci_rig.uri(name).key for name in ("chunks.bin", "broken.bin")}


def test_deletes_go_together(oci: OCIServer, oci_rig: Rig) -> None:
    uris = [oci_rig.fill(f"many/{number}", b"x") for number in range(30)]
    oci.requests.clear()
    oci_rig.run(oci_rig.store.delete([*uris, oci_rig.uri("many/never")]))
    assert len(oci.requests) == 1
    assert oci_rig.keys("many/") == []


def test_preauthenticated_requests(oci_rig: Rig) -> None:
    uri = oci_rig.fill("odd name + 100%.jpg", b"signed")
    url = oci_rig.run(oci_rig.store.sign(uri, expires=timedelta(minutes=5)))
    with urllib.request.urlopen(url) as response:
        assert response.read() == b"signed"
    target = oci_rig.uri("put by url")
    put = oci_rig.run(oci_rig.store.sign(target, method="PUT", expires=timedelta(minutes=5)))
    with urllib.request.urlopen(urllib.request.Request(put, b"sent", method="PUT")):
        assert oci_rig.read("put by url") == b"sent"
    with pytest.raises(HTTPError, match="404"):
        urllib.request.urlopen(url.replace("odd", "other"))
    expired = oci_rig.run(oci_rig.store.sign(uri, expires=timedelta(seconds=-1)))
    with pytest.raises(HTTPError, match="404"):
        urllib.request.urlopen(expired)
    with pytest.raises(StorageError, match="DELETE"):
        oci_rig.run(oci_rig.store.sign(uri, method="DELETE", expires=timedelta(minutes=5)))


def test_there_are_no_cors_rules(oci_rig: Rig) -> None:
    with pytest.raises(UnsupportedOperationError, match="CORS"):
        oci_rig.run(oci_rig.store.cors(oci_rig.base))
    with pytest.raises(UnsupportedOperationError, match="CORS"):
        oci_rig.run(oci_rig.store.set_cors(oci_rig.base, []))


def test_errors_are_typed(oci: OCIServer, oci_rig: Rig, open_oci: Callable[[StorageOptions], Rig]) -> None:
    for place in (f"no-such-bucket@{NAMESPACE}", "bucket@no-such-namespace"):
        missing = ObjectURI("oci", place, "k.jpg")
        with pytest.raises(BucketNotFoundError, match=rf"{place}/k\.jpg"):
            oci_rig.run(oci_rig.registry.store_for(missing).get(missing))
    reader = oci.add_key(SigningKey.generate("reader"))
    oci.readers.add(reader.key_id)
    ours = open_oci(oci_options(reader, oci.url))
    uri = oci_rig.fill("read.jpg", b"x")
    assert ours.run(ours.store.head(uri)).size == 1
    with pytest.raises(AccessDeniedError, match=r"read\.jpg"):
        ours.run(ours.store.put(uri, b"y"))


def test_a_missing_object_is_told_by_its_own_address(oci_rig: Rig) -> None:
    with pytest.raises(ObjectNotFoundError) as caught:
        oci_rig.run(oci_rig.store.get_range(oci_rig.uri("gone.jpg"), 0, 1))
    assert caught.value.uri == oci_rig.uri("gone.jpg").public_text
