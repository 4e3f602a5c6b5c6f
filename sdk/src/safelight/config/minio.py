"""MinIO's settings: a group of variables, or a section of a file (the names are the seed documents')."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from safelight.config.media_cache import MediaCacheConfig
from safelight.config.parameters import secret, values_of, variable
from safelight.config.profiles import read_profile
from safelight.errors import ConfigError
from safelight.storage.credentials import Secret
from safelight.storage.minio.options import MinIOOptions
from safelight.storage.s3.options import S3Account

_KEYS: Final = frozenset({"access_key", "secret_access_key", "endpoint_url", "alias", "region"})


@dataclass(frozen=True, slots=True)
class MinIOEnvironment:
    """The variables."""

    minio_access_key: Secret | None = secret("MINIO_ACCESS_KEY", "access key for MinIO")
    minio_secret_access_key: Secret | None = secret("MINIO_SECRET_ACCESS_KEY", "its secret")
    minio_endpoint_url: str | None = variable("MINIO_ENDPOINT_URL", "URL of the MinIO server")
    minio_alias: str | None = variable("MINIO_ALIAS", "a scheme that stands for the MinIO server")
    minio_region: str | None = variable("MINIO_REGION", "region of the MinIO server")


def minio_options(config: MediaCacheConfig, environ: Mapping[str, str]) -> MinIOOptions:
    """The options of MinIO: the group of variables, else the file that a variable or the config names.

    Raises:
        ConfigError: the group, or the section of the file, is incomplete
    """
    found = values_of(MinIOEnvironment, environ)
    if found.minio_access_key or found.minio_secret_access_key or found.minio_endpoint_url:
        source = "MINIO_ACCESS_KEY, MINIO_SECRET_ACCESS_KEY and MINIO_ENDPOINT_URL in the environment"
        return _options(config, source, found)
    if config.minio_config_file:
        profile = read_profile(config.minio_config_file, config.minio_profile, _KEYS)
        return _options(config, profile.source, _from_profile(profile.values))
    return MinIOOptions()


def _from_profile(values: Mapping[str, str]) -> MinIOEnvironment:
    access_key, secret_access_key = values.get("access_key"), values.get("secret_access_key")
    return MinIOEnvironment(
        Secret(access_key) if access_key else None,
        Secret(secret_access_key) if secret_access_key else None,
        values.get("endpoint_url"),
        values.get("alias"),
        values.get("region"),
    )


def _options(config: MediaCacheConfig, source: str, found: MinIOEnvironment) -> MinIOOptions:
    if not found.minio_endpoint_url:
        raise ConfigError(f"MinIO needs an endpoint URL, and {source} has none")
    if bool(found.minio_access_key) != bool(found.minio_secret_access_key):
        raise ConfigError(f"MinIO needs an access key and its secret, and {source} has only one of them")
    endpoint = found.minio_endpoint_url.rstrip("/")
    return MinIOOptions(
        account=S3Account(
            access_key_id=found.minio_access_key,
            secret_access_key=found.minio_secret_access_key,
            endpoint_url=endpoint,
            region=found.minio_region or "us-east-1",
            anonymous=None if found.minio_access_key else True,
            source=source,
            isolated=True,
        ),
        endpoint=endpoint,
        alias=found.minio_alias,
        client_kwargs=config.extra_client_kwargs.get("minio", {}),
    )
