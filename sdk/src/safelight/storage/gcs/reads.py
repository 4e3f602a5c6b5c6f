"""Reads by obstore, with the JSON API's word where the XML API says too little.

The XML API's answers hold the MD5 of objects that were written in one piece, and no checksum that obstore
would pass on of others (composed, or uploaded in parts): for those one more request brings the CRC32C.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from safelight.errors import ObjectNotFoundError
from safelight.storage.base import ObjectInfo
from safelight.storage.gcs.describe import describe_native, generation_of, replaced
from safelight.storage.gcs.sdk import SdkPlane
from safelight.storage.native import NativePlane, NativeReader, WholeReader
from safelight.storage.uri import ObjectURI

if TYPE_CHECKING:
    from obstore import GetOptions
    from obstore.store import GCSStore as ObstoreGCS


class ReadPlane(NativePlane):
    """Reads objects with plain keys.

    Args:
        store: the obstore store of one bucket
        sdk: the same bucket through Google's client
    """

    def __init__(self, store: ObstoreGCS, sdk: SdkPlane) -> None:
        super().__init__(store, describe_native)
        self._sdk = sdk

    async def head(self, uri: ObjectURI) -> ObjectInfo:
        info = await super().head(uri)
        return info if info.md5 else _completed(info, await self._sdk.head(uri))

    async def get(self, uri: ObjectURI) -> NativeReader:
        reader = await super().get(uri)
        if not reader.info.md5:
            reader.info = _completed(reader.info, await self._sdk.head(uri))
        return reader

    def open(self, uri: ObjectURI) -> NativeReader | WholeReader:
        reader = super().open(uri)
        if not reader.info.md5:
            reader.info = _completed(reader.info, self._sdk.describe(uri))
        return reader

    async def get_range(
        self, uri: ObjectURI, start: int, length: int, etag: str | None = None
    ) -> tuple[bytes, ObjectInfo]:
        try:
            return await super().get_range(uri, start, length, etag)
        except ObjectNotFoundError:
            if etag:
                raise replaced(uri) from None
            raise

    def _only(self, etag: str) -> GetOptions:
        return {"version": str(generation_of(etag))}


def _completed(info: ObjectInfo, described: ObjectInfo) -> ObjectInfo:
    if described.etag != info.etag:
        raise replaced(info.uri)
    return replace(info, md5=described.md5, crc32c=described.crc32c)
