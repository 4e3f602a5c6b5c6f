"""The settings of the media cache, in the names of FiftyOne Enterprise's public documentation.

An environment variable wins over the file (`~/.fiftyone/media_cache_config.json`, or
`FIFTYONE_MEDIA_CACHE_CONFIG_PATH`), the file over the default.
"""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from safelight.cache.options import CacheOptions
from safelight.config.parameters import (
    boolean,
    client_arguments,
    integer,
    parameters_of,
    path,
    positive,
    read_object,
    setting,
    values_of,
)
from safelight.errors import ConfigError

logger = logging.getLogger(__name__)

CONFIG_PATH_VARIABLE: Final = "FIFTYONE_MEDIA_CACHE_CONFIG_PATH"
DEFAULT_CONFIG_PATH: Final = "~/.fiftyone/media_cache_config.json"

REQUESTS_PER_WORKER: Final = 8
"""One worker of upstream's thread pools is worth so many requests in flight of an event loop."""

PREFETCH_SHARE: Final = 4
"""What is downloaded ahead may take one part in so many of the cache."""


@dataclass(slots=True)
class MediaCacheConfig:
    """The settings of the media cache: `fo.media_cache_config`.

    They are read once, when the cache is first used; set them before that, or call
    `safelight.runtime.reset()`.
    """

    cache_dir: str = setting(
        lambda: path("~/fiftyone/__cache__"),
        "directory of the cache",
        env="FIFTYONE_MEDIA_CACHE_DIR",
        read=path,
    )
    cache_size_bytes: int = setting(
        34_359_738_368,
        "how much the cache may hold; -1 for no limit and no housekeeping",
        env="FIFTYONE_MEDIA_CACHE_SIZE_BYTES",
        read=integer,
    )
    download_size_bytes: int = setting(
        134_217_728,
        "target size of the batches of download contexts; negative for one batch",
        env="FIFTYONE_MEDIA_CACHE_DOWNLOAD_SIZE_BYTES",
        read=integer,
    )
    prefetch_size_bytes: int = setting(
        67_108_864,
        "how much is downloaded before loops and data loaders ask for it; 0 for nothing",
        env="SAFELIGHT_PREFETCH_SIZE_BYTES",
        read=integer,
    )
    num_workers: int = setting(
        lambda: os.cpu_count() or 1,
        "workers that download; each has several requests in flight",
        env="FIFTYONE_MEDIA_CACHE_NUM_WORKERS",
        read=positive,
    )
    cache_app_images: bool = setting(
        False,
        "whether the App keeps the images that it shows in the cache",
        env="FIFTYONE_MEDIA_CACHE_APP_IMAGES",
        read=boolean,
    )
    app_signed_urls: bool = setting(
        False,
        "whether the App sends browsers to the bucket by signed URLs; its CORS rules must allow that",
        env="SAFELIGHT_APP_SIGNED_URLS",
        read=boolean,
    )
    upload_cache_control: str = setting(
        "private, max-age=3600",
        "Cache-Control header of uploaded media: how long a browser may keep them; none for no header",
        env="SAFELIGHT_UPLOAD_CACHE_CONTROL",
    )
    aws_config_file: str | None = setting(None, "AWS config or credentials file", read=path)
    aws_profile: str | None = setting(None, "profile in the AWS files")
    google_application_credentials: str | None = setting(None, "Google credentials file", read=path)
    azure_credentials_file: str | None = setting(
        None, "Azure credentials file", env="AZURE_CREDENTIALS_FILE", read=path
    )
    azure_profile: str | None = setting(None, "section in the Azure credentials file", env="AZURE_PROFILE")
    minio_config_file: str | None = setting(None, "MinIO config file", env="MINIO_CONFIG_FILE", read=path)
    minio_profile: str | None = setting(None, "section in the MinIO config file", env="MINIO_PROFILE")
    oci_config_file: str | None = setting(None, "OCI configuration file", read=path)
    oci_profile: str | None = setting(None, "section in the OCI configuration file")
    extra_client_kwargs: dict[str, dict[str, Any]] = setting(
        dict, "extra arguments for the providers' clients, by provider", read=client_arguments
    )

    def cache_options(self) -> CacheOptions:
        """The settings in the terms of `safelight.cache`."""
        return CacheOptions(
            cache_dir=Path(path(self.cache_dir)),
            size_bytes=self.cache_size_bytes,
            requests=self.num_workers * REQUESTS_PER_WORKER,
        )

    def prefetch_limit(self) -> int:
        """How many bytes may wait to be asked for: never so many that they push out what is in use."""
        if self.cache_size_bytes < 0:
            return self.prefetch_size_bytes
        return min(self.prefetch_size_bytes, self.cache_size_bytes // PREFETCH_SHARE)

    def __str__(self) -> str:
        return json.dumps(asdict(self), indent=4)


def load_config(environ: Mapping[str, str] | None = None) -> MediaCacheConfig:
    """Read the settings of the media cache.

    Args:
        environ: the environment; None for the process's own

    Raises:
        ConfigError: a setting is wrong: which one, where it stands, what was expected
    """
    environ = os.environ if environ is None else environ
    chosen = environ.get(CONFIG_PATH_VARIABLE)
    file = Path(chosen or DEFAULT_CONFIG_PATH).expanduser()
    if chosen and not file.is_file():
        raise ConfigError(f"{CONFIG_PATH_VARIABLE} names {file}, which is not a file")
    content = read_object(file, "the media cache config")
    for key in sorted(set(content) - set(parameters_of(MediaCacheConfig))):
        logger.warning("%s: unknown setting %r is ignored", file, key)
    return values_of(MediaCacheConfig, environ, content, file)
