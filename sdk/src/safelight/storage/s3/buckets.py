"""The buckets of an account: ListBuckets, which needs a permission of its own."""

from __future__ import annotations

from collections.abc import Sequence

from safelight.storage.s3.errors import translating
from safelight.storage.s3.session import S3Session
from safelight.storage.uri import ObjectURI


def list_buckets(session: S3Session, everything: ObjectURI) -> Sequence[str]:
    """The names of the buckets that the account owns, in order; blocks.

    Args:
        session: the account's session
        everything: an address for errors

    Raises:
        AccessDeniedError: the account may not list them
        StorageError: as `ObjectStore.head`
    """
    with translating(everything):
        pages = session.client().get_paginator("list_buckets").paginate()
        return sorted(bucket["Name"] for page in pages for bucket in page.get("Buckets", ()))
