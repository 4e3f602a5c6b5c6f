"""MinIO: its variables, its file, its addresses."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from safelight.config import MediaCacheConfig, load_config, storage_options
from safelight.errors import ConfigError, InvalidURIError
from safelight.storage.options import StorageOptions
from safelight.storage.portal import Portal
from safelight.storage.registry import StoreRegistry
from support.s3_server import S3Server


def variables(s3: S3Server, **changes: str) -> dict[str, str]:
    return {
        "MINIO_ACCESS_KEY": s3.access_key,
        "MINIO_SECRET_ACCESS_KEY": s3.secret_key,
        "MINIO_ENDPOINT_URL": s3.endpoint_url + "/",
        **changes,
    }


def write_ini(path: Path, s3: S3Server, section: str = "default", **changes: str) -> Path:
    values = {
        "access_key": s3.access_key,
        "secret_access_key": s3.secret_key,
        "endpoint_url": s3.endpoint_url,
        **changes,
    }
    lines = [f"[{section}]", *(f"{key} = {value}" for key, value in values.items())]
    path.write_text("\n".join(lines))
    return path


def read(portal: Portal, options: StorageOptions, address: str) -> bytes:
    registry = StoreRegistry(options)

    async def body() -> bytes:
        uri = registry.parse(address)
        try:
            return (await registry.store_for(uri).get_range(uri, 0, 100))[0]
        finally:
            await registry.close()

    return portal.run(body())


def options_of(environ: dict[str, str], **config: Any) -> StorageOptions:
    return storage_options(MediaCacheConfig(**config), environ)


@pytest.fixture
def key(s3: S3Server, bucket: str) -> str:
    s3.client().put_object(Bucket=bucket, Key="d/a b%20.jpg", Body=b"picture")
    return f"{bucket}/d/a b%20.jpg"


def test_the_variables(s3: S3Server, portal: Portal, key: str) -> None:
    options = options_of(variables(s3, MINIO_ALIAS="pictures", MINIO_REGION="eu-west-1"))
    url_key = key.replace("%", "%25").replace(" ", "%20")
    for address in (f"minio://{key}", f"pictures://{key}", f"{s3.endpoint_url}/{url_key}"):
        assert read(portal, options, address) == b"picture"
    forms = {StoreRegistry(options).parse(f"{root}://{key}") for root in ("minio", "pictures")}
    assert len(forms) == 1, "one object, one cache entry"


def test_the_file(s3: S3Server, portal: Portal, key: str, tmp_path: Path) -> None:
    ini = write_ini(tmp_path / "minio.ini", s3, section="team", alias="store", region="us-east-1")
    by_config = options_of({}, minio_config_file=str(ini), minio_profile="team")
    assert read(portal, by_config, f"store://{key}") == b"picture"
    environ = {"MINIO_CONFIG_FILE": str(ini), "MINIO_PROFILE": "team"}
    by_variable = storage_options(load_config(environ), environ)
    assert read(portal, by_variable, f"minio://{key}") == b"picture"


def test_variables_go_before_the_file(s3: S3Server, tmp_path: Path) -> None:
    ini = write_ini(tmp_path / "minio.ini", s3, endpoint_url="http://other.example")
    options = options_of(variables(s3), minio_config_file=str(ini))
    assert options.minio.endpoint == s3.endpoint_url


def test_percent_signs_are_doubled_in_the_file(s3: S3Server, tmp_path: Path) -> None:
    ini = write_ini(tmp_path / "minio.ini", s3, secret_access_key="a%%b")
    options = options_of({}, minio_config_file=str(ini))
    assert options.minio.account is not None
    assert options.minio.account.secret_access_key is not None
    assert options.minio.account.secret_access_key.reveal() == "a%b"
    write_ini(ini, s3, secret_access_key="hunter%2")
    with pytest.raises(ConfigError, match="%%") as caught:
        options_of({}, minio_config_file=str(ini))
    assert "hunter" not in str(caught.value)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("[default]\naccess_key = k\n", "endpoint URL"),
        ("[default]\nendpoint_url = http://h\naccess_key = k\n", "only one of them"),
        ("[default]\nendpoint_url = http://h\nacces_key = hunter2\n", "unknown key 'acces_key'"),
        ("[other]\n", r"no section \[default\]; it has: other"),
        ("hunter2", "not an .ini file"),
    ],
)
def test_a_file_that_is_wrong(tmp_path: Path, content: str, message: str) -> None:
    ini = tmp_path / "minio.ini"
    ini.write_text(content)
    with pytest.raises(ConfigError, match=message) as caught:
        options_of({}, minio_config_file=str(ini))
    assert "hunter2" not in str(caught.value)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"nowhere\.ini"):
        options_of({}, minio_config_file=str(tmp_path / "nowhere.ini"))


def test_nothing_is_configured() -> None:
    with pytest.raises(InvalidURIError, match="MINIO_ENDPOINT_URL"):
        StoreRegistry(options_of({})).parse("minio://b/k")


def test_aws_variables_and_files_are_not_asked(
    s3: S3Server, portal: Portal, key: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "config").write_text("[profile elsewhere]\nendpoint_url = http://127.0.0.1:1\n")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("AWS_PROFILE", "not-there")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "wrong")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "wrong")
    assert read(portal, options_of(variables(s3)), f"minio://{key}") == b"picture"


def test_extra_arguments_reach_botocore(s3: S3Server, portal: Portal, key: str) -> None:
    options = options_of(variables(s3), extra_client_kwargs={"minio": {"user_agent_extra": "hello"}})
    assert read(portal, options, f"minio://{key}") == b"picture"
    wrong = options_of(variables(s3), extra_client_kwargs={"minio": {"no_such": 1}})
    with pytest.raises(ConfigError, match="no_such"):
        read(portal, wrong, f"minio://{key}")


def test_who_asks(s3: S3Server, portal: Portal) -> None:
    registry = StoreRegistry(options_of(variables(s3)))
    identity = portal.run(registry.store_for(registry.parse("minio://bucket/key")).identity())
    assert identity.endpoint == s3.endpoint_url
    assert s3.access_key in identity.principal
    assert s3.secret_key not in repr(identity)
    assert [candidate.outcome for candidate in identity.candidates] == ["chosen"]
    assert "MINIO_ACCESS_KEY" in identity.candidates[0].source
