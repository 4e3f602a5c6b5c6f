"""What only S3 has: regions, versions, payers, ACLs, opaque ETags."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.config import Config
from hypothesis import given
from hypothesis import strategies as st
from obstore import get, put
from obstore import list as list_objects
from obstore.store import MemoryStore

from safelight.errors import EndpointError, IntegrityError, InvalidURIError, StorageTimeoutError
from safelight.storage import transfer
from safelight.storage.addresses import Addresses
from safelight.storage.http_status import error_for_status
from safelight.storage.native import is_plain
from safelight.storage.options import StorageOptions
from safelight.storage.portal import Portal
from safelight.storage.registry import StoreRegistry
from safelight.storage.s3.describe import md5_of
from safelight.storage.s3.region import discover_region
from safelight.storage.s3.session import S3Session
from safelight.storage.uri import ObjectURI
from support.naughty import Naughty, Stall
from support.s3_server import S3Server
from support.stores import QUICK, Rig, account, options_for


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=12))
def test_plain_keys_are_those_that_obstore_carries(key: str) -> None:
    if is_plain(key):
        store = MemoryStore()
        put(store, key, b"x")
        assert [found["path"] for page in list_objects(store) for found in page] == [key]
        assert bytes(get(store, key).bytes()) == b"x"


@pytest.mark.parametrize(
    "key", ["a//b", "/a", "a/", "a/./b", "a/../b", "..", ".", "a\tb", "a\x7f", "", "a\n"]
)
def test_keys_that_are_not_plain(key: str) -> None:
    assert not is_plain(key)


@pytest.mark.parametrize("key", ["a/..b", "...", "a/b..", "a.b/c", ".hidden", "a/.../b", "ü%20+#?"])
def test_keys_that_are_plain(key: str) -> None:
    assert is_plain(key)


def test_md5_of_etags() -> None:
    digest = "0123456789abcdef0123456789abcdef"
    assert md5_of(f'"{digest}"') == bytes.fromhex(digest)
    assert md5_of(f'"{digest}-4"') is None
    assert md5_of(None) is None
    assert md5_of('"short"') is None


def _client(server: S3Server, region: str) -> Any:
    return boto3.client(
        "s3",
        endpoint_url=server.endpoint_url,
        aws_access_key_id="key",
        aws_secret_access_key="secret",
        region_name=region,
        config=Config(s3={"addressing_style": "path"}),
    )


@pytest.fixture
def far_away(moto: S3Server) -> str:
    """A bucket in another region than everybody's."""
    name = "far-away"
    client = _client(moto, "eu-west-3")
    if name not in {bucket["Name"] for bucket in client.list_buckets()["Buckets"]}:
        client.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": "eu-west-3"})
    return name


@pytest.mark.parametrize("denied", ["head_bucket", "get_bucket_location", "nothing"])
def test_region_by_either_permission(
    moto: S3Server, far_away: str, monkeypatch: pytest.MonkeyPatch, denied: str
) -> None:
    client = _client(moto, "us-east-1")
    if denied != "nothing":

        def deny(**_: object) -> None:
            error = {"Error": {"Code": "403"}, "ResponseMetadata": {"HTTPStatusCode": 403, "HTTPHeaders": {}}}
            raise client.exceptions.ClientError(error, denied)

        monkeypatch.setattr(client, denied, deny)
    assert discover_region(client, far_away) == "eu-west-3"


def test_region_where_the_server_does_not_say(s3: S3Server, places: Any) -> None:
    assert discover_region(s3.client(), places.rig("s3").base.bucket) in {None, "us-east-1"}
    assert discover_region(s3.client(), "no-such-bucket-here") is None


def test_store_finds_the_region_by_itself(moto: S3Server, far_away: str, portal: Portal) -> None:
    registry = StoreRegistry(options_for(account(moto, region=None)))
    uri = ObjectURI("s3", far_away, "a.jpg")
    store: Any = registry.store_for(uri)
    portal.run(store.put(uri, b"x"))
    assert "eu-west-3" in portal.run(store.sign(uri, expires=_hour()))
    portal.run(registry.close())


def _hour() -> Any:
    from datetime import timedelta

    return timedelta(hours=1)


def test_aws_itself_is_addressed_by_host_names_and_with_checksums() -> None:
    session = S3Session(StorageOptions(), replace(options_for(_anybody()).s3.account, endpoint_url=None))
    client: Any = session.client("eu-west-1")
    assert not session.custom_endpoint
    assert client.meta.config.s3 in (None, {}) or "addressing_style" not in client.meta.config.s3
    assert client.meta.config.request_checksum_calculation == "when_supported"
    other = S3Session(StorageOptions(), replace(_anybody(), endpoint_url="https://store.example.com"))
    compatible: Any = other.client()
    assert other.custom_endpoint
    assert compatible.meta.config.s3["addressing_style"] == "path"
    assert compatible.meta.config.request_checksum_calculation == "when_required"


def _anybody() -> Any:
    return account(S3Server("http://127.0.0.1:1"))


def test_versions(s3: S3Server, places: Any, tmp_path: Path) -> None:
    rig: Rig = places.rig("moto")
    rig.client.put_bucket_versioning(Bucket=rig.base.bucket, VersioningConfiguration={"Status": "Enabled"})
    first = rig.client.put_object(Bucket=rig.base.bucket, Key="base/v//a.jpg", Body=b"first")["VersionId"]
    plain = rig.client.put_object(Bucket=rig.base.bucket, Key="base/v/a.jpg", Body=b"first")["VersionId"]
    for key in ("v//a.jpg", "v/a.jpg"):
        rig.fill(key, b"second")
    for key, version in (("v//a.jpg", first), ("v/a.jpg", plain)):
        old = Addresses().parse(f"{rig.uri(key)}?versionId={version}")
        rig.run(transfer.download(rig.store, old, tmp_path / "t"))
        assert (tmp_path / "t").read_bytes() == b"first"
        assert rig.run(rig.store.head(old)).size == 5
        assert rig.run(rig.store.get_range(rig.uri(key), 0, 9))[0] == b"second"


def test_requester_pays(s3: S3Server, naughty: Naughty, places: Any, portal: Portal) -> None:
    rig: Rig = places.rig("s3")
    rig.fill("a.jpg", b"a")
    rig.fill("a//b.jpg", b"b")
    seen: list[dict[str, str]] = []
    naughty.watch = seen.append
    where = account(s3, endpoint_url=naughty.url)
    for payers, expected in ((frozenset({rig.base.bucket}), "requester"), (frozenset({"other"}), None)):
        registry = StoreRegistry(options_for(where, requester_pays=payers))
        seen.clear()
        for key in ("a.jpg", "a//b.jpg"):
            portal.run(registry.store_for(rig.uri(key)).get_range(rig.uri(key), 0, 1))
        assert {headers.get("x-amz-request-payer") for headers in seen} == {expected}
        portal.run(registry.close())


def test_canned_acl(moto: S3Server, places: Any, portal: Portal) -> None:
    rig: Rig = places.rig("moto")
    registry = StoreRegistry(options_for(account(moto), canned_acl="public-read"))
    uri = rig.uri("shown.jpg")
    portal.run(registry.store_for(uri).put(uri, b"x"))
    grants = rig.client.get_object_acl(Bucket=uri.bucket, Key=uri.key)["Grants"]
    assert "READ" in {grant["Permission"] for grant in grants if "AllUsers" in json.dumps(grant)}
    portal.run(registry.close())


@pytest.mark.parametrize("opaque", [True, False])
def test_etags_that_only_look_like_md5(
    places: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, opaque: bool
) -> None:
    """SSE-KMS gives ETags of the same shape: a mismatch counts only if S3 says that the object has none."""
    rig: Rig = places.rig("s3")
    uri = rig.fill("kms.bin", b"body")
    info = rig.run(rig.store.head(uri))
    store = rig.store
    assert rig.run(store.vouches_for(info))
    monkeypatch.setattr("safelight.storage.s3.describe.md5_of", lambda _: b"0" * 16)
    monkeypatch.setattr(store, "vouches_for", _answer(not opaque))
    if opaque:
        rig.run(transfer.download(store, uri, tmp_path / "t"))
        assert (tmp_path / "t").read_bytes() == b"body"
    else:
        with pytest.raises(IntegrityError, match=r"kms\.bin"):
            rig.run(transfer.download(store, uri, tmp_path / "t", QUICK))


def _answer(value: bool) -> Any:
    async def answer(_: object) -> bool:
        return value

    return answer


def test_a_bucket_is_no_object(s3_rig: Rig) -> None:
    bucket = s3_rig.base.with_key("")
    for coroutine in (s3_rig.store.head(bucket), s3_rig.store.get(bucket), s3_rig.store.put(bucket, b"x")):
        with pytest.raises(InvalidURIError, match="bucket"):
            s3_rig.run(coroutine)


def test_an_answer_that_is_no_s3_answer() -> None:
    uri = Addresses().parse("s3://b/k")
    assert isinstance(error_for_status(404, "<html>nginx</html>", uri), EndpointError)
    assert isinstance(error_for_status(301, "", uri), EndpointError)


def test_copies_between_buckets_stay_in_the_store(s3: S3Server, portal: Portal, bucket: str) -> None:
    other = s3.new_bucket()
    s3.client().put_object(Bucket=bucket, Key="a.jpg", Body=b"a")
    registry = StoreRegistry(options_for(account(s3)))
    source, target = registry.parse(f"s3://{bucket}/a.jpg"), registry.parse(f"s3://{other}/b.jpg")
    store = registry.store_for(target)
    assert store.reaches(source)
    portal.run(store.copy(source, target))
    assert s3.client().get_object(Bucket=other, Key="b.jpg")["Body"].read() == b"a"
    portal.run(registry.close())


def test_copies_between_accounts_do_not(s3: S3Server) -> None:
    registry = StoreRegistry(options_for(account(s3), buckets={"theirs": account(s3, region="eu-west-1")}))
    ours = registry.store_for(registry.parse("s3://ours/a"))
    assert ours.reaches(registry.parse("s3://also-ours/a"))
    assert not ours.reaches(registry.parse("s3://theirs/a"))
    assert not ours.reaches(registry.parse("/local/a"))
    assert registry.store_for(registry.parse("s3://theirs/b")).reaches(registry.parse("s3://theirs/a"))


def test_stores_are_shared(s3: S3Server) -> None:
    registry = StoreRegistry(options_for(account(s3)))
    parse = registry.parse
    assert registry.store_for(parse("s3://a/1")) is registry.store_for(parse("s3://a/2"))
    assert registry.store_for(parse("s3://a/1")) is not registry.store_for(parse("s3://b/1"))
    assert registry.store_for(parse("http://a/1")) is registry.store_for(parse("http://a/2"))
    assert registry.store_for(parse("/a")) is registry.store_for(parse("b"))


def test_many_at_a_time(s3_rig: Rig, tmp_path: Path) -> None:
    uris = [s3_rig.fill(f"many/{number}.bin", f"{number}".encode() * 1000) for number in range(100)]

    async def all_at_once() -> None:
        await asyncio.gather(*(transfer.download(s3_rig.store, uri, tmp_path / uri.name) for uri in uris))

    s3_rig.run(all_at_once())
    for number in range(100):
        assert (tmp_path / f"{number}.bin").read_bytes() == f"{number}".encode() * 1000


@pytest.fixture
def slow(naughty_rig: Rig, naughty: Naughty) -> Rig:
    naughty_rig.fill("slow.bin", bytes(100_000))
    naughty.inject(Stall(1000, 10), method="GET")
    return naughty_rig


def test_a_cancelled_download_ends_at_once(slow: Rig, tmp_path: Path) -> None:
    async def cancelled() -> float:
        loop = asyncio.get_running_loop()
        task = asyncio.ensure_future(transfer.download(slow.store, slow.uri("slow.bin"), tmp_path / "t"))
        await asyncio.sleep(0.3)
        begin = loop.time()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        return loop.time() - begin

    assert slow.run(cancelled()) < 0.5


def test_a_silent_server_is_given_up(slow: Rig, tmp_path: Path) -> None:
    with pytest.raises((StorageTimeoutError, IntegrityError), match=r"slow\.bin"):
        slow.run(transfer.download(slow.store, slow.uri("slow.bin"), tmp_path / "t", QUICK))
