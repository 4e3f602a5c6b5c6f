"""S3's metadata as `ObjectInfo`, with the MD5 where S3 vouches for one.

"Objects created by the PUT Object, POST Object, or Copy operation, or through the AWS Management Console, and
are encrypted by SSE-S3 or plaintext, have ETags that are an MD5 digest of their object data" (Amazon S3 API,
Object). Multipart uploads have a dash in theirs; SSE-KMS and SSE-C give something else of the same shape.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

from safelight.errors import EndpointError
from safelight.storage.base import ObjectInfo
from safelight.storage.uri import ObjectURI

if TYPE_CHECKING:
    from obstore import Attributes, ObjectMeta

_MD5_ETAG = re.compile(r'"([0-9a-f]{32})"')
_TOTAL = re.compile(r"bytes \d+-\d+/(\d+)")


def md5_of(etag: str | None) -> bytes | None:
    """The MD5 in a single-part ETag."""
    match = _MD5_ETAG.fullmatch(etag or "")
    return bytes.fromhex(match[1]) if match else None


def describe_native(uri: ObjectURI, meta: ObjectMeta, attributes: Attributes | None) -> ObjectInfo:
    """From obstore, which says nothing of encryption: `S3Store.vouches_for` knows."""
    etag = meta["e_tag"]
    if etag is None:
        raise EndpointError("what answers at this endpoint is not S3: it gives no ETag", uri.public_text)
    content_type = str(attributes["Content-Type"]) if attributes and "Content-Type" in attributes else None
    return ObjectInfo(uri, meta["size"], etag, md5_of(etag), meta["last_modified"], content_type)


def describe_response(uri: ObjectURI, response: Mapping[str, Any]) -> ObjectInfo:
    """From boto3's answer to HEAD, GET or PUT."""
    etag = response.get("ETag")
    if etag is None:
        raise EndpointError("what answers at this endpoint is not S3: it gives no ETag", uri.public_text)
    total = _TOTAL.fullmatch(response.get("ContentRange", ""))
    opaque = "kms" in response.get("ServerSideEncryption", "") or "SSECustomerAlgorithm" in response
    return ObjectInfo(
        uri,
        int(total[1]) if total else response["ContentLength"],
        etag,
        None if opaque else md5_of(etag),
        _utc(response.get("LastModified")),
        response.get("ContentType"),
    )


def describe_listed(prefix: ObjectURI, item: Mapping[str, Any]) -> ObjectInfo:
    """From one entry of boto3's ListObjectsV2."""
    etag = item.get("ETag")
    return ObjectInfo(
        prefix.with_key(item["Key"]), item["Size"], etag, md5_of(etag), _utc(item.get("LastModified"))
    )


def _utc(moment: datetime | None) -> datetime | None:
    return moment.astimezone(timezone.utc) if moment else None
