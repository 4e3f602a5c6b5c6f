"""Every way to be somebody on S3, against real servers; and which way wins."""

from __future__ import annotations

import json
import sys
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.error import HTTPError

import boto3
import pytest

from safelight.errors import AccessDeniedError, ConfigError, CredentialsError
from safelight.storage.addresses import Addresses
from safelight.storage.credentials import Secret
from safelight.storage.options import StorageOptions
from safelight.storage.portal import Portal
from safelight.storage.registry import StoreRegistry
from safelight.storage.s3.options import S3Account, S3Options
from safelight.storage.uri import ObjectURI
from support.s3_server import PUBLIC_BUCKET, S3Server
from support.stores import QUICK, Rig, make_public_bucket


@dataclass
class Visitor:
    """Somebody who reads one object, as whoever the options and the environment make them."""

    portal: Portal
    uri: ObjectURI
    made: list[StoreRegistry]

    def read(self, **s3: Any) -> bytes:
        registry = StoreRegistry(StorageOptions(retry=QUICK, s3=S3Options(**s3)))
        self.made.append(registry)
        return self.portal.run(registry.store_for(self.uri).get_range(self.uri, 0, 100))[0]


@pytest.fixture
def server(s3: S3Server) -> S3Server:
    return s3


@pytest.fixture
def visitor(places: Any, portal: Portal, tmp_path: Path) -> Iterator[Visitor]:
    """Knows nobody's keys; the private object says "private"."""
    rig: Rig = places.rig("s3")
    uri = rig.fill("private.jpg", b"private")
    visitor = Visitor(portal, uri, [])
    yield visitor
    for registry in visitor.made:
        portal.run(registry.close())


def profile(name: str, key: str, secret: str, *more: str) -> str:
    lines = [f"[{name}]", f"aws_access_key_id = {key}", f"aws_secret_access_key = {secret}", *more]
    return "\n".join(lines) + "\n"


def test_nobody(server: S3Server, visitor: Visitor) -> None:
    with pytest.raises(AccessDeniedError, match=r"private\.jpg"):
        visitor.read(account=S3Account(endpoint_url=server.endpoint_url))


def test_nobody_reads_a_public_bucket(server: S3Server, visitor: Visitor) -> None:
    make_public_bucket(server)
    server.client().put_object(Bucket=PUBLIC_BUCKET, Key="open.jpg", Body=b"open")
    visitor.uri = Addresses().parse(f"s3://{PUBLIC_BUCKET}/open.jpg")
    assert visitor.read(account=S3Account(endpoint_url=server.endpoint_url)) == b"open"
    assert visitor.read(account=S3Account(endpoint_url=server.endpoint_url, anonymous=True)) == b"open"


def test_environment(server: S3Server, visitor: Visitor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", server.access_key)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", server.secret_key)
    assert visitor.read(account=S3Account(endpoint_url=server.endpoint_url)) == b"private"


@pytest.mark.parametrize("variable", ["AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3"])
def test_endpoint_of_the_environment(
    server: S3Server, visitor: Visitor, monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", server.access_key)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", server.secret_key)
    monkeypatch.setenv(variable, server.endpoint_url)
    assert visitor.read() == b"private"


def test_our_endpoint_goes_before_the_environment(
    server: S3Server, visitor: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", server.access_key)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", server.secret_key)
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", "http://127.0.0.1:1")
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
    assert visitor.read(account=S3Account(endpoint_url=server.endpoint_url)) == b"private"


def test_shared_credentials_file_and_profile(
    server: S3Server, visitor: Visitor, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    file = tmp_path / "credentials.ini"
    file.write_text(
        profile("default", server.access_key, server.secret_key) + profile("stranger", "nobody", "knows")
    )
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(file))
    where = S3Account(endpoint_url=server.endpoint_url)
    assert visitor.read(account=where) == b"private"
    monkeypatch.setenv("AWS_PROFILE", "stranger")
    with pytest.raises(CredentialsError):
        visitor.read(account=where)
    assert visitor.read(account=replace(where, profile="default")) == b"private"


def test_config_file_and_its_endpoint(
    server: S3Server, visitor: Visitor, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    file = tmp_path / "config.ini"
    file.write_text(
        profile("profile lab", server.access_key, server.secret_key, f"endpoint_url = {server.endpoint_url}")
    )
    monkeypatch.setenv("AWS_CONFIG_FILE", str(file))
    monkeypatch.setenv("AWS_PROFILE", "lab")
    assert visitor.read() == b"private"


def test_media_cache_config(server: S3Server, visitor: Visitor, tmp_path: Path) -> None:
    file = tmp_path / "aws.ini"
    file.write_text(
        profile("default", "nobody", "knows") + profile("profile lab", server.access_key, server.secret_key)
    )
    where = S3Account(endpoint_url=server.endpoint_url)
    assert visitor.read(account=where, fallback_config_file=str(file), fallback_profile="lab") == b"private"
    with pytest.raises(CredentialsError):
        visitor.read(account=where, fallback_config_file=str(file))


def test_environment_goes_before_the_media_cache_config(
    server: S3Server, visitor: Visitor, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    strangers = tmp_path / "strangers.ini"
    strangers.write_text(profile("default", "nobody", "knows") + profile("profile lab", "nobody", "knows"))
    where = S3Account(endpoint_url=server.endpoint_url)
    fallback = {"fallback_config_file": str(strangers), "fallback_profile": "lab"}
    with pytest.raises(CredentialsError):
        visitor.read(account=where, **fallback)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", server.access_key)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", server.secret_key)
    assert visitor.read(account=where, **fallback) == b"private"
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    ours = tmp_path / "ours.ini"
    ours.write_text(profile("profile lab", server.access_key, server.secret_key))
    monkeypatch.setenv("AWS_CONFIG_FILE", str(ours))
    assert visitor.read(account=where, **fallback) == b"private"


def test_explicit_keys_go_before_everything(
    server: S3Server, visitor: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "nobody")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "knows")
    monkeypatch.setenv("AWS_SESSION_TOKEN", "at all")
    explicit = S3Account(
        access_key_id=Secret(server.access_key),
        secret_access_key=Secret(server.secret_key),
        endpoint_url=server.endpoint_url,
    )
    assert visitor.read(account=explicit) == b"private"


def test_a_bucket_s_own_account_goes_before_the_default(server: S3Server, visitor: Visitor) -> None:
    stranger = S3Account(
        access_key_id=Secret("nobody"), secret_access_key=Secret("knows"), endpoint_url=server.endpoint_url
    )
    own = replace(
        stranger, access_key_id=Secret(server.access_key), secret_access_key=Secret(server.secret_key)
    )
    assert visitor.read(account=stranger, buckets={visitor.uri.bucket: own}) == b"private"
    with pytest.raises(CredentialsError):
        visitor.read(account=stranger, buckets={"another": own})


def test_web_identity(
    moto: S3Server, places: Any, visitor: Visitor, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    visitor.uri = places.rig("moto").fill("role.jpg", b"by role")
    (tmp_path / "token").write_text("header.payload.signature")
    monkeypatch.setenv("AWS_ROLE_ARN", "arn:aws:iam::123456789012:role/reader")
    monkeypatch.setenv("AWS_WEB_IDENTITY_TOKEN_FILE", str(tmp_path / "token"))
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.setenv("AWS_ENDPOINT_URL", moto.endpoint_url)
    assert visitor.read() == b"by role"


def test_web_identity_without_its_token(
    moto: S3Server, visitor: Visitor, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("AWS_ROLE_ARN", "arn:aws:iam::123456789012:role/reader")
    monkeypatch.setenv("AWS_WEB_IDENTITY_TOKEN_FILE", str(tmp_path / "missing"))
    monkeypatch.setenv("AWS_ENDPOINT_URL", moto.endpoint_url)
    with pytest.raises(CredentialsError, match=r"private\.jpg"):
        visitor.read()


def test_session_token(
    moto: S3Server, places: Any, visitor: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    visitor.uri = places.rig("moto").fill("session.jpg", b"by session")
    sts = boto3.client(
        "sts",
        endpoint_url=moto.endpoint_url,
        aws_access_key_id=moto.access_key,
        aws_secret_access_key=moto.secret_key,
        region_name=moto.region,
    )
    granted = sts.get_session_token()["Credentials"]
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", granted["AccessKeyId"])
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", granted["SecretAccessKey"])
    monkeypatch.setenv("AWS_SESSION_TOKEN", granted["SessionToken"])
    assert visitor.read(account=S3Account(endpoint_url=moto.endpoint_url)) == b"by session"


def test_credentials_that_expire_are_fetched_again(
    server: S3Server, visitor: Visitor, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A credential process, as AWS's tools use it; what it gives is about to expire each time."""
    calls = tmp_path / "calls"
    script = tmp_path / "process.py"
    answer = {"Version": 1, "AccessKeyId": server.access_key, "SecretAccessKey": server.secret_key}
    script.write_text(
        "import datetime, json\n"
        f"open({str(calls)!r}, 'a').write('x')\n"
        "end = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(minutes=5)\n"
        f"print(json.dumps({json.dumps(answer)} | dict(Expiration=end.isoformat())))\n"
    )
    file = tmp_path / "config.ini"
    file.write_text(f"[profile lab]\ncredential_process = {sys.executable} {script}\n")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(file))
    monkeypatch.setenv("AWS_PROFILE", "lab")
    assert visitor.read(account=S3Account(endpoint_url=server.endpoint_url)) == b"private"
    assert len(calls.read_text()) >= 2


def test_a_profile_that_is_not_there(
    server: S3Server, visitor: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_PROFILE", "missing")
    with pytest.raises(ConfigError, match="missing"):
        visitor.read(account=S3Account(endpoint_url=server.endpoint_url))


def test_half_of_the_keys(server: S3Server, visitor: Visitor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", server.access_key)
    with pytest.raises(CredentialsError, match="AWS_SECRET_ACCESS_KEY"):
        visitor.read(account=S3Account(endpoint_url=server.endpoint_url))


def test_client_arguments_reach_botocore(server: S3Server, visitor: Visitor) -> None:
    who = S3Account(
        access_key_id=Secret(server.access_key),
        secret_access_key=Secret(server.secret_key),
        endpoint_url=server.endpoint_url,
    )
    assert visitor.read(account=who, client_kwargs={"max_pool_connections": 3}) == b"private"
    with pytest.raises(ConfigError, match="no_such_argument"):
        visitor.read(account=who, client_kwargs={"no_such_argument": 1})


def test_presigned_url_expires(places: Any) -> None:
    rig: Rig = places.rig("s3")
    uri = rig.fill("short.jpg", b"short")
    url = rig.run(rig.store.sign(uri, expires=timedelta(seconds=1)))
    time.sleep(2.1)
    with pytest.raises(HTTPError, match="403"):
        urllib.request.urlopen(url)


def test_nobody_cannot_sign(server: S3Server, visitor: Visitor) -> None:
    registry = StoreRegistry(
        StorageOptions(s3=S3Options(account=S3Account(endpoint_url=server.endpoint_url, anonymous=True)))
    )
    visitor.made.append(registry)
    with pytest.raises(CredentialsError, match=r"private\.jpg"):
        visitor.portal.run(registry.store_for(visitor.uri).sign(visitor.uri, expires=timedelta(hours=1)))
