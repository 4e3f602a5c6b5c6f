"""What a caller may choose about MinIO: plain values, filled by `safelight.config`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from safelight.storage.s3.options import S3Account

_NOTHING: Mapping[str, Any] = MappingProxyType({})


@dataclass(frozen=True, slots=True, kw_only=True)
class MinIOOptions:
    """MinIO: an S3 server with names of its own.

    Attributes:
        account: keys and region; None where MinIO is not configured
        endpoint: its URL without a trailing slash (`MINIO_ENDPOINT_URL`)
        alias: a scheme that stands for it (`MINIO_ALIAS`), beside `minio`
        client_kwargs: `extra_client_kwargs["minio"]`: arguments for `botocore.config.Config`
    """

    account: S3Account | None = None
    endpoint: str = ""
    alias: str | None = None
    client_kwargs: Mapping[str, Any] = field(default_factory=lambda: _NOTHING)
