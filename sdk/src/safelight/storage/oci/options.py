"""What a caller may choose about Oracle Cloud: plain values, filled by `safelight.config`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from safelight.storage.credentials import Secret

_NOTHING: Mapping[str, Any] = MappingProxyType({})


@dataclass(frozen=True, slots=True, kw_only=True)
class OCIKey:
    """An API signing key given as values, not as a file (Oracle's "Required Keys and OCIDs").

    Attributes:
        user: OCID of the user
        tenancy: OCID of the tenancy
        fingerprint: of the public key
        private_key: PEM text
        pass_phrase: of the private key, or None
        region: such as `us-ashburn-1`
    """

    user: str
    tenancy: str
    fingerprint: str
    private_key: Secret
    region: str
    pass_phrase: Secret | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OCIAccount:
    """As whom to talk to Oracle Cloud.

    Attributes:
        key: explicit signing key; goes before everything else
        config_file: SDK and CLI configuration file; None is what the environment names, or ~/.oci/config
        profile: its section; None is DEFAULT
        endpoint: URL of the service; None is the region's
        source: where explicit values come from, for people
    """

    key: OCIKey | None = None
    config_file: str | None = None
    profile: str | None = None
    endpoint: str | None = None
    source: str = "explicit options"


@dataclass(frozen=True, slots=True, kw_only=True)
class OCIOptions:
    """Oracle Cloud Infrastructure Object Storage.

    Attributes:
        account: used for every bucket that has none of its own
        buckets: accounts of single buckets, by `bucket` or `bucket@namespace`; they go before `account`
        namespace: the tenancy's namespace (`OCI_NAMESPACE`): with it, `oci://bucket/key` and
            `oci://bucket@namespace/key` are one address; None asks the service once
        resource_principal: whether this runs as a resource principal: a function, a job
        client_kwargs: `extra_client_kwargs["oci"]`: arguments for `oci.object_storage.ObjectStorageClient`
    """

    account: OCIAccount = field(default_factory=OCIAccount)
    buckets: Mapping[str, OCIAccount] = field(default_factory=lambda: _NOTHING)
    namespace: str | None = None
    resource_principal: bool = False
    client_kwargs: Mapping[str, Any] = field(default_factory=lambda: _NOTHING)

    def account_of(self, place: str) -> OCIAccount:
        """The account of a bucket, given as `bucket` or `bucket@namespace`."""
        return self.buckets.get(place) or self.buckets.get(place.partition("@")[0]) or self.account
