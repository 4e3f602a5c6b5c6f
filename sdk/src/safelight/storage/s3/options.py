"""What a caller may choose about S3: plain values, filled by `safelight.config`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from safelight.storage.credentials import Secret

_NOTHING: Mapping[str, Any] = MappingProxyType({})


@dataclass(frozen=True, slots=True, kw_only=True)
class S3Account:
    """Where and as whom to talk S3. What is None comes from the environment and the AWS files, as in boto3.

    Attributes:
        access_key_id: explicit key; goes before everything else
        secret_access_key: its secret
        session_token: its session token, for temporary credentials
        profile: name of a profile in the AWS files
        config_file: AWS config file to read instead of ~/.aws/config
        endpoint_url: an S3-compatible server; None is AWS or what the AWS files say
        region: region of the buckets; None asks the server
        anonymous: True never signs; None does not sign when no credentials are found
        source: where explicit keys come from, for people
        isolated: True reads neither AWS's variables nor its files: the account is not AWS's
    """

    access_key_id: Secret | None = None
    secret_access_key: Secret | None = None
    session_token: Secret | None = None
    profile: str | None = None
    config_file: str | None = None
    endpoint_url: str | None = None
    region: str | None = None
    anonymous: bool | None = None
    source: str = "explicit options"
    isolated: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class S3Options:
    """Amazon S3 and everything that speaks it.

    Attributes:
        account: used for every bucket that has none of its own
        buckets: accounts of single buckets; they go before `account`
        fallback_config_file: `aws_config_file` of the media cache config: after the environment, before
            ~/.aws/config
        fallback_profile: `aws_profile` of the media cache config: likewise
        client_kwargs: `extra_client_kwargs["s3"]`: arguments for `botocore.config.Config`
        requester_pays: buckets whose requests say that the caller pays
            (`MOSAICML_STREAMING_AWS_REQUESTER_PAYS`)
        canned_acl: ACL of written objects (`S3_CANNED_ACL`)
    """

    account: S3Account = field(default_factory=S3Account)
    buckets: Mapping[str, S3Account] = field(default_factory=lambda: _NOTHING)
    fallback_config_file: str | None = None
    fallback_profile: str | None = None
    client_kwargs: Mapping[str, Any] = field(default_factory=lambda: _NOTHING)
    requester_pays: frozenset[str] = frozenset()
    canned_acl: str | None = None

    def account_of(self, bucket: str) -> S3Account:
        """The account for a bucket: its own, else everybody's."""
        return self.buckets.get(bucket, self.account)
