"""The options of every provider, from the environment and the media cache config."""

from __future__ import annotations

import os
from collections.abc import Mapping

from safelight.config.alipan import alipan_options
from safelight.config.azure import azure_options
from safelight.config.gcs import gcs_options
from safelight.config.media_cache import REQUESTS_PER_WORKER, MediaCacheConfig
from safelight.config.minio import minio_options
from safelight.config.oci import oci_options
from safelight.config.s3 import s3_options
from safelight.storage.databricks.options import DatabricksOptions
from safelight.storage.fsspec.options import FsspecOptions
from safelight.storage.options import StorageOptions


def storage_options(config: MediaCacheConfig, environ: Mapping[str, str] | None = None) -> StorageOptions:
    """Read the settings of storage.

    Args:
        config: the settings that users keep beside those of the cache
        environ: the environment; None for the process's own

    Raises:
        ConfigError: a setting is wrong: which one, where it stands, what was expected
    """
    environ = os.environ if environ is None else environ
    return StorageOptions(
        s3=s3_options(config, environ),
        azure=azure_options(config, environ),
        gcs=gcs_options(config, environ),
        minio=minio_options(config, environ),
        cache_control="" if config.upload_cache_control.strip() == "none" else config.upload_cache_control,
        oci=oci_options(config, environ),
        databricks=DatabricksOptions(client_kwargs=config.extra_client_kwargs.get("databricks", {})),
        alipan=alipan_options(environ),
        fsspec=FsspecOptions(arguments=config.extra_client_kwargs),
        connections=max(StorageOptions().connections, config.num_workers * REQUESTS_PER_WORKER),
    )
