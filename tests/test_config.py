from __future__ import annotations

import ast
import json
import logging
import os
from pathlib import Path
from typing import Any

import pytest

import safelight
from safelight.cache.options import CacheOptions
from safelight.config import ApiConfig, MediaCacheConfig, load_config, storage_options
from safelight.config.alipan import AlipanEnvironment
from safelight.config.azure import AzureEnvironment
from safelight.config.gcs import GCSEnvironment
from safelight.config.minio import MinIOEnvironment
from safelight.config.oci import OCIEnvironment
from safelight.config.parameters import parameters_of
from safelight.config.s3 import S3Environment
from safelight.errors import ConfigError

GUIDES = Path(__file__).parents[1] / "docs" / "guides"
TABLES = (
    MediaCacheConfig,
    ApiConfig,
    S3Environment,
    AzureEnvironment,
    GCSEnvironment,
    MinIOEnvironment,
    OCIEnvironment,
    AlipanEnvironment,
)


@pytest.fixture
def config_file(tmp_path: Path) -> Path:
    return tmp_path / "media_cache_config.json"


def write(path: Path, **settings: Any) -> dict[str, str]:
    path.write_text(json.dumps(settings))
    return {"FIFTYONE_MEDIA_CACHE_CONFIG_PATH": str(path)}


def test_defaults_are_the_documented_ones() -> None:
    config = load_config({})
    assert config.cache_dir == str(Path("~/fiftyone/__cache__").expanduser())
    assert config.cache_size_bytes == 34359738368
    assert config.download_size_bytes == 134217728
    assert config.num_workers == os.cpu_count()
    assert config.cache_app_images is False
    assert config.extra_client_kwargs == {}
    assert config.aws_config_file is None


def test_the_environment_names_every_documented_setting() -> None:
    config = load_config(
        {
            "FIFTYONE_MEDIA_CACHE_DIR": "/data/cache",
            "FIFTYONE_MEDIA_CACHE_SIZE_BYTES": "-1",
            "FIFTYONE_MEDIA_CACHE_DOWNLOAD_SIZE_BYTES": "1000",
            "FIFTYONE_MEDIA_CACHE_NUM_WORKERS": "3",
            "FIFTYONE_MEDIA_CACHE_APP_IMAGES": "True",
        }
    )
    assert config.cache_dir == "/data/cache"
    assert (config.cache_size_bytes, config.download_size_bytes, config.num_workers) == (-1, 1000, 3)
    assert config.cache_app_images is True
    assert config.cache_options() == CacheOptions(cache_dir=Path("/data/cache"), size_bytes=-1, requests=24)


def test_the_file_sets_what_the_environment_does_not(config_file: Path) -> None:
    environ = write(
        config_file,
        cache_dir="/from/file",
        cache_size_bytes=5000,
        aws_config_file="~/aws.ini",
        aws_profile="team",
        extra_client_kwargs={"s3": {"max_pool_connections": 7}},
    )
    config = load_config({**environ, "FIFTYONE_MEDIA_CACHE_DIR": "/from/env"})
    assert (config.cache_dir, config.cache_size_bytes, config.num_workers) == (
        "/from/env",
        5000,
        os.cpu_count(),
    )
    options = storage_options(config, {})
    assert options.s3.fallback_config_file == str(Path("~/aws.ini").expanduser())
    assert options.s3.fallback_profile == "team"
    assert options.s3.client_kwargs == {"max_pool_connections": 7}


def test_the_file_in_the_home_directory_is_read(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / ".fiftyone").mkdir()
    write(tmp_path / ".fiftyone/media_cache_config.json", cache_size_bytes=7)
    assert load_config({}).cache_size_bytes == 7


def test_uploads_say_how_long_browsers_may_keep_them() -> None:
    assert storage_options(load_config({}), {}).cache_control == "private, max-age=3600"
    environ = {"SAFELIGHT_UPLOAD_CACHE_CONTROL": "public, max-age=86400"}
    assert storage_options(load_config(environ), environ).cache_control == "public, max-age=86400"
    environ = {"SAFELIGHT_UPLOAD_CACHE_CONTROL": "none"}
    assert storage_options(load_config(environ), environ).cache_control == ""


def test_storage_has_the_names_of_other_tools() -> None:
    options = storage_options(
        MediaCacheConfig(),
        {
            "S3_ENDPOINT_URL": "http://127.0.0.1:1",
            "S3_CANNED_ACL": "private",
            "MOSAICML_STREAMING_AWS_REQUESTER_PAYS": "one, two,",
        },
    )
    assert options.s3.account.endpoint_url == "http://127.0.0.1:1"
    assert options.s3.canned_acl == "private"
    assert options.s3.requester_pays == {"one", "two"}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("FIFTYONE_MEDIA_CACHE_SIZE_BYTES", "32GB"),
        ("FIFTYONE_MEDIA_CACHE_NUM_WORKERS", "0"),
        ("FIFTYONE_MEDIA_CACHE_APP_IMAGES", "perhaps"),
    ],
)
def test_a_wrong_variable_is_named_with_its_value(name: str, value: str) -> None:
    with pytest.raises(ConfigError, match=f"{name}.*{value}"):
        load_config({name: value})


@pytest.mark.parametrize(
    "settings",
    [
        {"cache_size_bytes": "many"},
        {"cache_size_bytes": 1.5},
        {"num_workers": True},
        {"cache_dir": 5},
        {"extra_client_kwargs": {"s3": 1}},
    ],
)
def test_a_wrong_setting_in_the_file_is_named_with_the_file(
    config_file: Path, settings: dict[str, Any]
) -> None:
    (key,) = settings
    with pytest.raises(ConfigError, match=f"{key}.*{config_file.name}"):
        load_config(write(config_file, **settings))


@pytest.mark.parametrize("content", ["{", "[]", '"text"'])
def test_a_file_that_is_no_json_object_is_refused(config_file: Path, content: str) -> None:
    config_file.write_text(content)
    with pytest.raises(ConfigError, match=config_file.name):
        load_config({"FIFTYONE_MEDIA_CACHE_CONFIG_PATH": str(config_file)})


def test_a_file_that_was_named_must_exist(config_file: Path) -> None:
    with pytest.raises(ConfigError, match="FIFTYONE_MEDIA_CACHE_CONFIG_PATH"):
        load_config({"FIFTYONE_MEDIA_CACHE_CONFIG_PATH": str(config_file)})


def test_unknown_settings_are_ignored_with_a_warning(
    config_file: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        load_config(write(config_file, cache_sise_bytes=5))
    assert "cache_sise_bytes" in caplog.text


def test_every_setting_is_in_the_guides_and_has_one_variable_of_its_own() -> None:
    table = {name: setting for each in TABLES for name, setting in parameters_of(each).items()}
    guides = "\n".join(page.read_text(encoding="utf-8") for page in GUIDES.glob("*.md"))
    assert [name for name, setting in table.items() if (setting.env or name) not in guides] == []
    variables = [setting.env for setting in table.values() if setting.env]
    assert len(variables) == len(set(variables))
    assert all(setting.env or setting.in_file for setting in table.values())


def test_printed_settings_are_json() -> None:
    assert json.loads(str(load_config({})))["cache_app_images"] is False


def test_only_this_package_reads_the_environment() -> None:
    """Two modules say at their heads why theirs are no settings."""
    package = Path(safelight.__file__).parent
    readers = {
        str(path.relative_to(package))
        for path in package.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if (isinstance(node, ast.Attribute) and node.attr in {"environ", "environb", "getenv"})
        or (isinstance(node, ast.alias) and node.name in {"environ", "environb", "getenv"})
    }
    outside = {path for path in readers if not path.startswith("config/")}
    assert outside == {"dropin/switches.py", "files/handover.py"}
