"""What obstore is told about time limits, retries, proxies and certificates, whatever the provider."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from safelight.storage.options import RetryOptions

if TYPE_CHECKING:
    from obstore.store import ClientConfig, RetryConfig


def client_options(
    endpoint: str, limits: RetryOptions, *, proxy: str | None, ca_bundle: str | None
) -> ClientConfig:
    """How requests are sent.

    Args:
        endpoint: where to, as a URL
        limits: how long they may take
        proxy: URL of the proxy for this endpoint
        ca_bundle: PEM file of certificate authorities
    """
    options: ClientConfig = {
        "allow_http": endpoint.startswith("http://"),
        "connect_timeout": timedelta(seconds=limits.connect_timeout),
        "read_timeout": timedelta(seconds=limits.read_timeout),
        "timeout": timedelta(seconds=limits.total_timeout),
    }
    if proxy:
        options["proxy_url"] = proxy
    if ca_bundle and endpoint.startswith("https://"):
        options["root_certificate"] = Path(ca_bundle).read_bytes()
    return options


def retry_config(limits: RetryOptions) -> RetryConfig:
    """How often requests are sent again."""
    return {
        "max_retries": limits.attempts - 1,
        "backoff": {
            "init_backoff": timedelta(seconds=limits.first_delay),
            "max_backoff": timedelta(seconds=limits.longest_delay),
        },
        "retry_timeout": timedelta(seconds=limits.total_timeout),
    }
