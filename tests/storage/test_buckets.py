"""The buckets of an account: which providers tell them, and what the others say."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from safelight.errors import AccessDeniedError, ConfigError, CredentialsError, UnsupportedOperationError
from safelight.storage.credentials import Secret
from safelight.storage.gcs.options import GCSAccount
from safelight.storage.options import StorageOptions
from safelight.storage.portal import Portal
from safelight.storage.registry import StoreRegistry
from support.azurite import AzureServer
from support.gcs.place import GCSPlace
from support.s3_server import S3Server
from support.stores import QUICK, Rig, azure_account, azure_options_for

Listed = Callable[[StorageOptions, str], list[str]]


@pytest.fixture
def listed(portal: Portal) -> Iterator[Listed]:
    """Lists the buckets of a provider under some options, as a user would write them."""
    made: list[StoreRegistry] = []

    def buckets(options: StorageOptions, provider: str) -> list[str]:
        made.append(StoreRegistry(replace(options, retry=QUICK)))
        return [str(uri) for uri in portal.run(made[-1].buckets(provider))]

    yield buckets
    for registry in made:
        portal.run(registry.close())


def test_a_bucket_is_among_those_of_its_account(cloud: Rig) -> None:
    found = cloud.run(cloud.registry.buckets(cloud.base.provider))
    assert [uri.bucket for uri in found] == sorted(uri.bucket for uri in found)
    ours = next(uri for uri in found if uri.bucket == cloud.base.bucket)
    assert ours.place == cloud.base.place
    assert cloud.registry.store_for(ours.with_key("")) is cloud.store


@pytest.mark.parametrize("kind", ["oci", "databricks", "alipan", "fsspec", "http", "local"])
def test_others_say_that_they_have_no_such_list(portal: Portal, kind: str) -> None:
    registry = StoreRegistry()
    with pytest.raises(UnsupportedOperationError, match="name one"):
        portal.run(registry.buckets(kind))
    portal.run(registry.close())


def test_those_of_an_hmac_key(listed: Listed, gcs: GCSPlace, s3: S3Server, bucket: str) -> None:
    keys = GCSAccount(access_key=Secret(s3.access_key), secret=Secret(s3.secret_key))
    assert f"gs://{bucket}/" in listed(gcs.options(keys, url=s3.endpoint_url), "gcs")


def test_who_belongs_to_no_project_owns_none(listed: Listed, gcs: GCSPlace) -> None:
    with pytest.raises(ConfigError, match="GOOGLE_CLOUD_PROJECT"):
        listed(gcs.options(GCSAccount(anonymous=True)), "gcs")


def test_no_account_no_containers(listed: Listed) -> None:
    with pytest.raises(ConfigError, match="AZURE_STORAGE_ACCOUNT"):
        listed(StorageOptions(), "azure")


def test_who_may_not_list_them(listed: Listed, azurite: AzureServer) -> None:
    nobody = azure_account(azurite, account_key=None, anonymous=True)
    with pytest.raises((AccessDeniedError, CredentialsError), match=azurite.endpoint):
        listed(azure_options_for(nobody), "azure")
