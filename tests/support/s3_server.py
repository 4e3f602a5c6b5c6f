"""An S3 store for tests: SeaweedFS, started once per session, one new bucket per use."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import boto3
from botocore.config import Config

from safelight_server.quickstart.seaweedfs import ALL_ACTIONS, Identity, SeaweedFS

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

PUBLIC_BUCKET = "public-photographs"
"""Readable without credentials, once a test has created it."""


@dataclass(frozen=True)
class S3Server:
    """What a test knows about the store.

    Attributes:
        endpoint_url: `http://127.0.0.1:PORT`
        access_key: of an account that may do everything
        secret_key: of the same account
        reader_access_key: of an account that may read and list every bucket, and write none
        reader_secret_key: of the same account
    """

    endpoint_url: str
    access_key: str = "testkey"
    secret_key: str = "testsecret"
    reader_access_key: str = "readerkey"
    reader_secret_key: str = "readersecret"
    region: str = "us-east-1"
    service: SeaweedFS | None = field(default=None, repr=False)

    @property
    def environment(self) -> dict[str, str]:
        """The variables with which a user's process finds this store."""
        return {
            "AWS_ACCESS_KEY_ID": self.access_key,
            "AWS_SECRET_ACCESS_KEY": self.secret_key,
            "AWS_DEFAULT_REGION": self.region,
            "S3_ENDPOINT_URL": self.endpoint_url,
        }

    @cached_property
    def _client(self) -> S3Client:
        return boto3.client(
            "s3",
            endpoint_url=self.endpoint_url,
            aws_access_key_id=self.access_key,
            aws_secret_access_key=self.secret_key,
            region_name=self.region,
            config=Config(
                retries={"max_attempts": 3},
                s3={"addressing_style": "path"},
                request_checksum_calculation="when_required",
                response_checksum_validation="when_required",
            ),
        )

    def client(self) -> S3Client:
        """A boto3 client with all rights, for what a test prepares and checks beside the code under test."""
        return self._client

    def new_bucket(self, prefix: str = "bucket") -> str:
        """Create an empty bucket with a unique name, and return the name."""
        name = f"{prefix}-{uuid.uuid4().hex[:10]}"
        self._client.create_bucket(Bucket=name)
        return name


def start_s3_server(directory: Path) -> S3Server:
    """Start a store whose data live in `directory`; stop it by its `.service`."""
    plain = S3Server(endpoint_url="")
    service = SeaweedFS(
        directory,
        [
            Identity("admin", ALL_ACTIONS, plain.access_key, plain.secret_key),
            Identity("reader", ("Read", "List"), plain.reader_access_key, plain.reader_secret_key),
            Identity("anonymous", (f"Read:{PUBLIC_BUCKET}", f"List:{PUBLIC_BUCKET}")),
        ],
    )
    service.start()
    service.wait_until_ready()
    return S3Server(endpoint_url=service.endpoint_url, service=service)
