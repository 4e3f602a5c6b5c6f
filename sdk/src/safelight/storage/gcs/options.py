"""What a caller may choose about Google Cloud Storage: plain values, filled by `safelight.config`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from safelight.storage.credentials import Secret

_NOTHING: Mapping[str, Any] = MappingProxyType({})


@dataclass(frozen=True, slots=True, kw_only=True)
class GCSAccount:
    """As whom to talk to Google Cloud Storage: at most one of these; none of them is the default credentials.

    Attributes:
        credentials_file: any file that `google.auth.load_credentials_from_file()` takes
        credentials_json: the content of such a file
        access_key: HMAC key of a user or service account (`GCS_KEY`), with `secret`
        secret: its secret (`GCS_SECRET`)
        anonymous: asks without credentials, as public buckets allow
        source: where this comes from, for people
    """

    credentials_file: str | None = None
    credentials_json: Secret | None = None
    access_key: Secret | None = None
    secret: Secret | None = None
    anonymous: bool = False
    source: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class GCSOptions:
    """Google Cloud Storage.

    Attributes:
        account: used for every bucket that has none of its own
        buckets: accounts of single buckets, by `my-bucket` or `gs://my-bucket`; they go before `account`
        client_kwargs: `extra_client_kwargs["gcs"]`: arguments for `google.cloud.storage.Client`
        requester_pays: buckets whose requests say that the caller's project pays
        billing_project: that project; None is the project of the client
    """

    account: GCSAccount = field(default_factory=GCSAccount)
    buckets: Mapping[str, GCSAccount] = field(default_factory=lambda: _NOTHING)
    client_kwargs: Mapping[str, Any] = field(default_factory=lambda: _NOTHING)
    requester_pays: frozenset[str] = frozenset()
    billing_project: str | None = None

    def account_of(self, bucket: str) -> GCSAccount:
        """The account for a bucket: its own, else everybody's."""
        own = self.buckets.get(bucket) or self.buckets.get(f"gs://{bucket}")
        return own or self.account
