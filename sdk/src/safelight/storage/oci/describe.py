"""Oracle's metadata as `ObjectInfo`."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping
from datetime import datetime, timezone
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

from safelight.errors import EndpointError
from safelight.storage.base import ObjectInfo
from safelight.storage.uri import ObjectURI

if TYPE_CHECKING:
    from oci.object_storage.models import ObjectSummary

_TOTAL = re.compile(r"bytes \d+-\d+/(\d+)")
_MD5_BYTES = 16


def describe_response(uri: ObjectURI, headers: Mapping[str, str], size: int | None = None) -> ObjectInfo:
    """From the headers of an answer to HEAD, GET or PUT.

    Args:
        uri: the object
        headers: the headers
        size: how many bytes were written; None where the headers tell
    """
    etag = headers.get("etag")
    if etag is None:
        raise EndpointError(
            "what answers at this endpoint is not OCI Object Storage: it gives no ETag", uri.public_text
        )
    total = _TOTAL.fullmatch(headers.get("content-range", ""))
    if size is None:
        size = int(total[1]) if total else int(headers["content-length"])
    modified = headers.get("last-modified")
    return ObjectInfo(
        uri,
        size,
        etag,
        # What was uploaded in parts has an opc-multipart-md5 instead, which is no digest of its bytes.
        md5_of(headers.get("content-md5") or headers.get("opc-content-md5")),
        parsedate_to_datetime(modified) if modified else None,
        headers.get("content-type"),
    )


def describe_listed(prefix: ObjectURI, item: ObjectSummary) -> ObjectInfo:
    """From one entry of ListObjects; it gives an MD5 for every object."""
    modified: datetime | None = item.time_modified or item.time_created
    return ObjectInfo(
        prefix.with_key(item.name),
        item.size,
        item.etag,
        md5_of(item.md5),
        modified.astimezone(timezone.utc) if modified else None,
    )


def md5_of(text: str | None) -> bytes | None:
    """The digest in a header or a listing; None for that of several parts (`...-N`)."""
    try:
        digest = base64.b64decode(text or "", validate=True)
    except (binascii.Error, ValueError):
        return None
    return digest if len(digest) == _MD5_BYTES else None
