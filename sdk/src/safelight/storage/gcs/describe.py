"""Google Cloud Storage's metadata as `ObjectInfo`.

The entity tag is the object's generation, a number that changes with every write: Google's two APIs give one
object different ETags, but both give its generation ("Hashes and ETags" in its documentation). The same page
says when the XML API's ETag is the MD5: for objects written in one piece. Every object has a CRC32C.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any, Final

from safelight.errors import EndpointError, ObjectChangedError
from safelight.storage.base import ObjectInfo
from safelight.storage.uri import ObjectURI

if TYPE_CHECKING:
    from obstore import Attributes, ObjectMeta

_HEX: Final = re.compile(r'"([0-9a-f]{32})"')
#: As the emulator fake-gcs-server writes it.
_BASE64: Final = re.compile(r'"([A-Za-z0-9+/]{22}==)"')
_TOTAL: Final = re.compile(r"bytes \d+-\d+/(\d+)")


def etag_of(generation: object) -> str:
    """The entity tag of a generation."""
    return f'"{generation}"'


def generation_of(etag: str) -> int:
    """The generation of an entity tag."""
    return int(etag.strip('"'))


def md5_of(etag: str | None) -> bytes | None:
    """The MD5 in an ETag of the XML API."""
    if match := _HEX.fullmatch(etag or ""):
        return bytes.fromhex(match[1])
    match = _BASE64.fullmatch(etag or "")
    return base64.b64decode(match[1]) if match else None


def describe_native(uri: ObjectURI, meta: ObjectMeta, attributes: Attributes | None) -> ObjectInfo:
    """From obstore, which reads the XML API's headers but not the one that holds the CRC32C."""
    content_type = str(attributes["Content-Type"]) if attributes and "Content-Type" in attributes else None
    return ObjectInfo(
        uri,
        meta["size"],
        etag_of(_known(uri, meta["version"])),
        md5_of(meta["e_tag"]),
        meta["last_modified"],
        content_type,
    )


def describe_blob(uri: ObjectURI, blob: Any) -> ObjectInfo:
    """From a `Blob` with properties."""
    return ObjectInfo(
        uri,
        int(blob.size),
        etag_of(_known(uri, blob.generation)),
        _decoded(blob.md5_hash),
        blob.updated,
        blob.content_type,
        _decoded(blob.crc32c),
    )


def describe_headers(uri: ObjectURI, headers: Mapping[str, str]) -> ObjectInfo:
    """From the headers with which the JSON API answers to a download."""
    hashes = dict(
        part.strip().split("=", 1) for part in headers.get("x-goog-hash", "").split(",") if "=" in part
    )
    total = _TOTAL.fullmatch(headers.get("content-range", ""))
    modified = headers.get("last-modified")
    return ObjectInfo(
        uri,
        int(total[1] if total else headers["content-length"]),
        etag_of(_known(uri, headers.get("x-goog-generation"))),
        _decoded(hashes.get("md5")),
        parsedate_to_datetime(modified) if modified else None,
        headers.get("content-type"),
        _decoded(hashes.get("crc32c")),
    )


def _known(uri: ObjectURI, generation: object) -> object:
    if not generation:
        reason = "what answers at this endpoint is not Google Cloud Storage: it gives no generation"
        raise EndpointError(reason, uri.public_text)
    return generation


def _decoded(text: str | None) -> bytes | None:
    try:
        return base64.b64decode(text, validate=True) if text else None
    except binascii.Error:
        return None


def replaced(uri: ObjectURI) -> ObjectChangedError:
    """The error for a generation that is not there any more."""
    return ObjectChangedError("the object was replaced or deleted while it was being read", uri.public_text)
