"""The OCI double as a place for the contract suite."""

from __future__ import annotations

import uuid
from typing import Any

from safelight.config import MediaCacheConfig
from safelight.storage.credentials import Secret
from safelight.storage.oci.options import OCIAccount, OCIKey, OCIOptions
from safelight.storage.options import StorageOptions
from safelight.storage.portal import Portal
from safelight.storage.registry import StoreRegistry
from safelight.storage.uri import ObjectURI
from support.oci_server import NAMESPACE, OCIServer
from support.oci_signing import SigningKey
from support.stores import QUICK, Rig


def oci_key(key: SigningKey) -> OCIKey:
    """The key as an explicit option."""
    return OCIKey(
        user=key.user,
        tenancy=key.tenancy,
        fingerprint=key.fingerprint,
        private_key=Secret(key.pem()),
        region="us-ashburn-1",
    )


def oci_options(key: SigningKey, endpoint: str) -> StorageOptions:
    """Options for one account, under limits that suit a test."""
    return StorageOptions(
        retry=QUICK, oci=OCIOptions(account=OCIAccount(key=oci_key(key), endpoint=endpoint))
    )


def oci_rig_at(server: OCIServer, portal: Portal, endpoint: str = "") -> Rig:
    """A new bucket at `server`, by default reached directly."""
    key = server.add_key(SigningKey.generate(uuid.uuid4().hex))
    bucket = f"rig-{uuid.uuid4().hex[:10]}"
    server.buckets[bucket] = {}
    registry = StoreRegistry(oci_options(key, endpoint or server.url))
    return Rig("oci", portal, registry, ObjectURI("oci", f"{bucket}@{NAMESPACE}", "base/"), server)


def settings_at(server: OCIServer, **settings: Any) -> MediaCacheConfig:
    """The media cache's settings of a user whose client goes to the double."""
    return MediaCacheConfig(extra_client_kwargs={"oci": {"service_endpoint": server.url}}, **settings)
