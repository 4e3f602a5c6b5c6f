"""What an HTTP answer says of the object."""

from __future__ import annotations

import base64
import binascii
import re
from datetime import datetime
from email.utils import parsedate_to_datetime

from urllib3 import BaseHTTPResponse

from safelight.storage.base import ObjectInfo
from safelight.storage.uri import ObjectURI

_CONTENT_RANGE = re.compile(r"bytes (\d+)-(\d+)/(\d+|\*)", re.IGNORECASE)


def announced_size(response: BaseHTTPResponse) -> int | None:
    """The size of the whole object, if the answer says it and means the bytes that will be read."""
    if response.headers.get("Content-Encoding", "identity").lower() != "identity":
        return None
    return total_size(response)


def total_size(response: BaseHTTPResponse) -> int | None:
    """The size of the whole object as it is stored, if the answer says it."""
    matched = _CONTENT_RANGE.fullmatch(response.headers.get("Content-Range", ""))
    if response.status == 206:  # noqa: PLR2004 - HTTP status: Partial Content
        return int(matched[3]) if matched and matched[3] != "*" else None
    length = response.headers.get("Content-Length", "")
    return int(length) if length.isdigit() else None


def range_start(response: BaseHTTPResponse) -> int:
    """Where the body begins in the object."""
    matched = _CONTENT_RANGE.fullmatch(response.headers.get("Content-Range", ""))
    return int(matched[1]) if matched else 0


def describe(uri: ObjectURI, response: BaseHTTPResponse, size: int) -> ObjectInfo:
    """An answer's headers as `ObjectInfo`; the MD5 is Content-MD5 (RFC 1864), of a whole, uncoded body."""
    headers = response.headers
    return ObjectInfo(
        uri,
        size,
        headers.get("ETag"),
        None if response.status == 206 else md5_of(headers.get("Content-MD5")),  # noqa: PLR2004 - HTTP status
        http_date(headers.get("Last-Modified")),
        headers.get("Content-Type"),
    )


def md5_of(text: str | None) -> bytes | None:
    """The digest in a Content-MD5 header."""
    try:
        digest = base64.b64decode(text or "", validate=True)
    except binascii.Error:
        return None
    return digest if len(digest) == 16 else None  # noqa: PLR2004 - bytes of an MD5


def http_date(text: str | None) -> datetime | None:
    """The moment in a Last-Modified header."""
    try:
        return parsedate_to_datetime(text) if text else None
    except ValueError:
        return None
