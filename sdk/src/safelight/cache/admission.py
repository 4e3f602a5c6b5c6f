"""A store that asks before it hands over an object: room is made when the size is known, not afterwards."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from safelight.storage.base import ObjectInfo, ObjectStore, Reader
from safelight.storage.uri import ObjectURI

Admit = Callable[[ObjectInfo], Awaitable[None]]


class AdmittingStore:
    """An `ObjectStore` for one download: it holds back the first answer until its size is admitted.

    Args:
        store: the store that answers
        admit: waits for room, or raises what is wrong with the size
    """

    def __init__(self, store: ObjectStore, admit: Admit) -> None:
        self._store = store
        self._admit = admit
        self._size = -1

    async def get(self, uri: ObjectURI) -> Reader:
        reader = await self._store.get(uri)
        await self._once(reader.info)
        return reader

    async def get_range(
        self, uri: ObjectURI, start: int, length: int, *, etag: str | None = None
    ) -> tuple[bytes, ObjectInfo]:
        data, info = await self._store.get_range(uri, start, length, etag=etag)
        await self._once(info)
        return data, info

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    async def _once(self, info: ObjectInfo) -> None:
        # A replaced object begins again with another size.
        if info.size != self._size:
            self._size = info.size
            await self._admit(info)
