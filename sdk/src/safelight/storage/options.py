"""What a caller may choose about storage: plain values, filled by `safelight.config`.

Each provider keeps its own options in its package; here is what they have in common, and all of them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from safelight.storage.addresses import Addresses, Place, addresses_of, azure_account_of, azure_endpoint_of
from safelight.storage.alipan.options import AlipanOptions
from safelight.storage.azure.options import AzureOptions
from safelight.storage.databricks.options import DatabricksOptions
from safelight.storage.fsspec.options import FsspecOptions
from safelight.storage.gcs.options import GCSOptions
from safelight.storage.minio.options import MinIOOptions
from safelight.storage.oci.options import OCIOptions
from safelight.storage.s3.options import S3Options


@dataclass(frozen=True, slots=True, kw_only=True)
class RetryOptions:
    """How long a store tries.

    Attributes:
        attempts: tries per request and per body, the first included; 1 never retries
        first_delay: seconds before the second try; doubles with each, and is randomised
        longest_delay: upper bound of that, in seconds
        connect_timeout: seconds to reach the server
        read_timeout: seconds that a connection may stay silent
        total_timeout: seconds for one request with its whole body
    """

    attempts: int = 4
    first_delay: float = 0.1
    longest_delay: float = 5.0
    connect_timeout: float = 5.0
    read_timeout: float = 20.0
    total_timeout: float = 300.0


@dataclass(frozen=True, slots=True, kw_only=True)
class StorageOptions:
    """Everything about storage.

    Attributes:
        retry: time limits and retries, for every provider
        s3: Amazon S3 and compatible
        gcs: Google Cloud Storage
        azure: Azure Blob Storage and Data Lake
        minio: MinIO at one endpoint
        cache_control: Cache-Control header of uploaded objects; empty for none
        oci: Oracle Cloud Infrastructure Object Storage
        databricks: one workspace of Databricks
        alipan: one drive of Alipan
        fsspec: every other scheme
        connections: most requests that one store has in flight at a time
    """

    retry: RetryOptions = field(default_factory=RetryOptions)
    s3: S3Options = field(default_factory=S3Options)
    gcs: GCSOptions = field(default_factory=GCSOptions)
    azure: AzureOptions = field(default_factory=AzureOptions)
    minio: MinIOOptions = field(default_factory=MinIOOptions)
    cache_control: str = "private, max-age=3600"
    oci: OCIOptions = field(default_factory=OCIOptions)
    databricks: DatabricksOptions = field(default_factory=DatabricksOptions)
    alipan: AlipanOptions = field(default_factory=AlipanOptions)
    fsspec: FsspecOptions = field(default_factory=FsspecOptions)
    connections: int = 64

    def addresses(self) -> Addresses:
        """The address book: which aliases and URLs mean which account."""
        return addresses_of(self._places(), oci_namespace=self.oci.namespace or "")

    def _places(self) -> Iterator[tuple[Place, tuple[str, ...], tuple[str, ...]]]:
        if azure := self.azure.account:
            alias = (azure.alias,) if azure.alias else ()
            # An account with a domain of its own still has the host that every account has.
            custom = azure.name and not azure_account_of(azure.endpoint)
            urls = (azure_endpoint_of(azure.name),) if custom else ()
            yield Place("azure", azure.endpoint), ("az", *alias), urls
        if self.minio.account:
            alias = (self.minio.alias,) if self.minio.alias else ()
            yield Place("minio", self.minio.endpoint), ("minio", *alias), ()
