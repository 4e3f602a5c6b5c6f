"""What the environment says of S3 beside what boto3 reads itself: the names are MosaicML Streaming's."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from safelight.config.media_cache import MediaCacheConfig
from safelight.config.parameters import names, values_of, variable
from safelight.storage.s3.options import S3Account, S3Options


@dataclass(frozen=True, slots=True)
class S3Environment:
    """The variables."""

    s3_endpoint_url: str | None = variable("S3_ENDPOINT_URL", "an S3-compatible server for s3:// addresses")
    s3_canned_acl: str | None = variable("S3_CANNED_ACL", "ACL of uploaded objects")
    requester_pays: frozenset[str] = variable(
        "MOSAICML_STREAMING_AWS_REQUESTER_PAYS",
        "buckets, separated by commas, whose requests say that the caller pays",
        default=frozenset,
        read=names,
    )


def s3_options(config: MediaCacheConfig, environ: Mapping[str, str]) -> S3Options:
    """The options of Amazon S3 and everything that speaks it.

    Raises:
        ConfigError: a variable is wrong
    """
    found = values_of(S3Environment, environ)
    return S3Options(
        account=S3Account(endpoint_url=found.s3_endpoint_url),
        fallback_config_file=config.aws_config_file,
        fallback_profile=config.aws_profile,
        client_kwargs=config.extra_client_kwargs.get("s3", {}),
        requester_pays=found.requester_pays,
        canned_acl=found.s3_canned_acl,
    )
