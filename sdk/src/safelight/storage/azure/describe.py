"""Azure's metadata as `ObjectInfo`.

Content-MD5 is what whoever wrote the blob said it was; the service computes it itself for blobs that were
written in one request ("Put Blob"), and has none for others whose writer gave none.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from urllib3 import BaseHTTPResponse

from safelight.errors import EndpointError
from safelight.storage.base import ObjectInfo
from safelight.storage.http.describe import http_date, md5_of, total_size
from safelight.storage.uri import ObjectURI

if TYPE_CHECKING:
    from azure.storage.blob import BlobProperties


def describe_answer(uri: ObjectURI, response: BaseHTTPResponse) -> ObjectInfo:
    """From the answer to GET or HEAD."""
    headers = response.headers
    size, etag = total_size(response), headers.get("ETag")
    if size is None or etag is None:
        raise EndpointError(
            "what answers at this endpoint is not Azure Storage: it gives no length or no ETag",
            uri.public_text,
        )
    partial = response.status == 206  # noqa: PLR2004 - HTTP status: Partial Content
    return ObjectInfo(
        uri,
        size,
        etag,
        # The Content-MD5 of a range would be that of the range alone.
        md5_of(headers.get("x-ms-blob-content-md5" if partial else "Content-MD5")),
        http_date(headers.get("Last-Modified")),
        headers.get("Content-Type"),
    )


def describe_listed(prefix: ObjectURI, blob: BlobProperties) -> ObjectInfo:
    """From one entry of a listing, whose ETag has no quotes."""
    md5: Any = blob.content_settings.content_md5
    return ObjectInfo(
        prefix.with_key(blob.name),
        blob.size,
        _quoted(blob.etag),
        bytes(md5) if md5 else None,
        blob.last_modified,
        blob.content_settings.content_type,
    )


def _quoted(etag: str) -> str:
    return etag if etag.startswith('"') else f'"{etag}"'


def is_directory(blob: BlobProperties) -> bool:
    """Whether a listed blob is a directory of Data Lake Storage, which blobs' readers see as an empty one."""
    return blob.size == 0 and (blob.metadata or {}).get("hdi_isfolder") == "true"
