"""obstore's S3 store, made to agree with the boto3 client beside it in endpoint, credentials and limits."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

from botocore.credentials import Credentials, RefreshableCredentials
from obstore.store import S3Store as ObstoreS3

from safelight.errors import ConfigError
from safelight.storage.native_options import client_options, retry_config
from safelight.storage.options import RetryOptions

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from obstore.store import ClientConfig, S3Credential

#: obstore asks again five minutes before this runs out; botocore refreshes ten minutes before its own end.
_LEASE = timedelta(minutes=10)


class CredentialLease:
    """Lends boto3's credentials to obstore: those that expire for some minutes at a time."""

    def __init__(self, credentials: Credentials) -> None:
        self._credentials = credentials
        self._expire = isinstance(credentials, RefreshableCredentials)

    def __call__(self) -> S3Credential:
        # A refresh is a request to STS or the instance metadata service. obstore makes it wait in a thread of
        # its own; a coroutine would only do for callers with an event loop.
        frozen = self._credentials.get_frozen_credentials()
        return {
            "access_key_id": frozen.access_key or "",
            "secret_access_key": frozen.secret_key or "",
            "token": frozen.token,
            "expires_at": datetime.now(timezone.utc) + _LEASE if self._expire else None,
        }


def open_native(
    bucket: str,
    client: S3Client,
    credentials: Credentials | None,
    *,
    custom_endpoint: bool,
    requester_pays: bool,
    retry: RetryOptions,
    ca_bundle: str | None,
) -> ObstoreS3:
    """Make an obstore store for one bucket.

    Args:
        bucket: the bucket
        client: boto3's client for it, which knows endpoint, region, time limits and proxies
        credentials: whose signature; None does not sign
        custom_endpoint: whether the client's endpoint is not AWS's own
        requester_pays: whether requests say that the caller pays
        retry: limits
        ca_bundle: PEM file of additional certificate authorities

    Raises:
        ConfigError: obstore refuses the configuration
    """
    config: dict[str, Any] = {"region": client.meta.region_name, "request_payer": requester_pays}
    if custom_endpoint:
        # Both names, because the second wins and would otherwise come from the environment.
        config["endpoint"] = config["aws_endpoint_url_s3"] = client.meta.endpoint_url.rstrip("/")
    style = (_config_of(client).s3 or {}).get("addressing_style")
    config["virtual_hosted_style_request"] = not custom_endpoint and style != "path" and "." not in bucket
    if credentials is None:
        config["skip_signature"] = True
    else:
        # Also for fixed keys: without a provider obstore adds what the environment has.
        config["credential_provider"] = CredentialLease(credentials)
    try:
        return ObstoreS3(
            bucket,
            client_options=_client_options(client, retry, ca_bundle),
            retry_config=retry_config(retry),
            **config,
        )
    except ValueError as error:
        raise ConfigError(f"S3 store: {error}") from None


def _client_options(client: S3Client, retry: RetryOptions, ca_bundle: str | None) -> ClientConfig:
    config = _config_of(client)
    endpoint = client.meta.endpoint_url
    # The client's own limits, which extra_client_kwargs may have changed.
    limits = replace(retry, connect_timeout=config.connect_timeout, read_timeout=config.read_timeout)
    proxy = (config.proxies or {}).get(endpoint.partition(":")[0])
    return client_options(endpoint, limits, proxy=proxy, ca_bundle=ca_bundle)


def _config_of(client: S3Client) -> Any:
    return client.meta.config  # its attributes are made at run time
