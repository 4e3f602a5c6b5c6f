"""obstore's Google Cloud Storage store, made to agree with Google's client beside it."""

from __future__ import annotations

import json
import threading
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from obstore.store import GCSStore as ObstoreGCS

from safelight.errors import ConfigError
from safelight.storage.gcs.session import Opened
from safelight.storage.native_options import client_options, retry_config
from safelight.storage.options import RetryOptions

if TYPE_CHECKING:
    from obstore.store import ClientConfig, GCSCredential

#: obstore asks again when less than four minutes of this are left (measured): after half a minute.
#: google-auth renews tokens that are good for less than 225 seconds, so none runs out in between.
_LEASE: Final = timedelta(minutes=4, seconds=30)

#: Read instead of whatever GOOGLE_APPLICATION_CREDENTIALS names, which obstore need not understand.
_NO_ACCOUNT: Final = json.dumps(
    {"client_email": "", "private_key": "", "private_key_id": "", "disable_oauth": True}
)


class TokenLease:
    """Lends the tokens of Google's credentials to obstore, for some seconds at a time.

    Args:
        opened: whose credentials
    """

    def __init__(self, opened: Opened) -> None:
        self._credentials = opened.credentials
        self._request = opened.tokens
        self._lock = threading.Lock()

    def __call__(self) -> GCSCredential:
        # A refresh is a request. obstore makes it wait in a thread of its own.
        with self._lock:
            if not self._credentials.valid:
                self._credentials.refresh(self._request)
        return {"token": self._credentials.token, "expires_at": datetime.now(timezone.utc) + _LEASE}


def open_native(bucket: str, opened: Opened, retry: RetryOptions, payer: str | None) -> ObstoreGCS:
    """Make an obstore store for one bucket.

    Args:
        bucket: the bucket
        opened: Google's client, which knows endpoint, credentials, proxies and certificates
        retry: limits
        payer: the project that pays for the requests; None is the bucket's owner

    Raises:
        ConfigError: obstore refuses the configuration
    """
    identity: dict[str, Any] = (
        {"service_account_key": _NO_ACCOUNT}
        if opened.found.anonymous
        else {"credential_provider": TokenLease(opened), "skip_signature": False}
    )
    try:
        return ObstoreGCS(
            bucket,
            base_url=opened.client.api_endpoint,
            client_options=_client_options(opened, retry, payer),
            retry_config=retry_config(retry),
            **identity,
        )
    except ValueError as error:
        raise ConfigError(f"Google Cloud Storage: {error}") from None


def _client_options(opened: Opened, retry: RetryOptions, payer: str | None) -> ClientConfig:
    endpoint = str(opened.client.api_endpoint)
    network = opened.network()
    bundle = network["verify"] if isinstance(network["verify"], str) else None
    options = client_options(
        endpoint,
        retry,
        proxy=network["proxies"].get(endpoint.partition(":")[0]),
        ca_bundle=bundle if bundle and Path(bundle).is_file() else None,
    )
    # What is stored compressed arrives as it is stored: its length and checksums are about those bytes.
    headers = {"accept-encoding": "gzip"}
    if payer := payer or getattr(opened.credentials, "quota_project_id", None):
        headers["x-goog-user-project"] = payer
    return options | {"default_headers": headers}
