"""Listing, deleting, copying and CORS rules, by azure-storage-blob."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final

from azure.storage.blob import BlobPrefix

from safelight.errors import ObjectNotFoundError, StorageError, StorageTimeoutError
from safelight.storage.azure.calls import Calls
from safelight.storage.azure.cors import from_api, to_api
from safelight.storage.azure.describe import describe_listed, is_directory
from safelight.storage.azure.errors import error_for_answer
from safelight.storage.base import CorsRule, Page
from safelight.storage.uri import ObjectURI

if TYPE_CHECKING:
    from azure.storage.blob import BlobClient

_PAGE: Final = 1000
_BATCH: Final = 64
"""Requests of one batch; "Blob Batch" allows 256, but whoever waits for its answer has a time limit."""
_POLL_SECONDS: Final = 0.05


class SdkPlane:
    """What needs neither a body to be read nor one to be written.

    Args:
        calls: calls the account's client
    """

    def __init__(self, calls: Calls) -> None:
        self._calls = calls

    async def list(self, prefix: ObjectURI, *, recursive: bool) -> AsyncIterator[Page]:
        container = (await self._calls.service(prefix)).get_container_client(prefix.bucket)
        walk: Any = container.list_blobs if recursive else container.walk_blobs
        # With metadata, because only they tell a directory of Data Lake Storage from an empty object.
        found = walk(name_starts_with=prefix.key, include=["metadata"], results_per_page=_PAGE)
        pages = found.by_page()
        while (items := await self._calls.run(prefix, lambda: _next(pages))) is not None:
            blobs = [item for item in items if not isinstance(item, BlobPrefix) and not is_directory(item)]
            folders = [item.name for item in items if isinstance(item, BlobPrefix)]
            yield Page(
                tuple(describe_listed(prefix, blob) for blob in blobs),
                tuple(prefix.with_key(name) for name in folders),
            )

    async def delete(self, uris: Sequence[ObjectURI]) -> None:
        container = (await self._calls.service(uris[0])).get_container_client(uris[0].bucket)
        by_key = {uri.key: uri for uri in uris}
        if len(by_key) == 1:
            await self._delete_one(container.get_blob_client(uris[0].key), uris[0])
            return
        keys = list(by_key)
        for first in range(0, len(keys), _BATCH):
            batch = keys[first : first + _BATCH]
            answers = await self._calls.run(
                uris[0],
                lambda batch=batch: list(container.delete_blobs(*batch, raise_on_any_failure=False)),  # type: ignore[misc]  # bound now
            )
            for key, answer in zip(batch, answers, strict=True):
                if answer.status_code not in {HTTPStatus.ACCEPTED, HTTPStatus.NOT_FOUND}:
                    code = answer.headers.get("x-ms-error-code", "")
                    raise error_for_answer(code, answer.status_code, by_key[key])

    async def _delete_one(self, blob: BlobClient, uri: ObjectURI) -> None:
        try:
            await self._calls.run(uri, blob.delete_blob)
        except ObjectNotFoundError as error:
            if type(error) is not ObjectNotFoundError:
                raise

    async def copy(self, source: ObjectURI, target: ObjectURI) -> None:
        service = await self._calls.service(target)
        origin = service.get_blob_client(source.bucket, source.key)
        blob = service.get_blob_client(target.bucket, target.key)
        # The account's own blobs need no signature; where there is only a SAS, it is in the URL.
        state: Any = await self._calls.run(source, lambda: blob.start_copy_from_url(origin.url))
        status: Any = state["copy_status"]
        deadline = asyncio.get_running_loop().time() + self._calls.retry.total_timeout
        while status == "pending":
            if asyncio.get_running_loop().time() > deadline:
                await self._calls.run(target, lambda: blob.abort_copy(state["copy_id"]))
                raise StorageTimeoutError("the copy did not end within the time limit", target.public_text)
            await asyncio.sleep(_POLL_SECONDS)
            status = (await self._calls.run(target, blob.get_blob_properties)).copy.status
        if status != "success":
            raise StorageError(f"the copy ended as {status!r}", target.public_text)

    async def cors(self, bucket: ObjectURI) -> Sequence[CorsRule]:
        service = await self._calls.service(bucket)
        properties = await self._calls.run(bucket, service.get_service_properties)
        return [from_api(rule) for rule in properties["cors"]]

    async def set_cors(self, bucket: ObjectURI, rules: Sequence[CorsRule]) -> None:
        service = await self._calls.service(bucket)
        wanted = [to_api(rule) for rule in rules]
        await self._calls.run(bucket, lambda: service.set_service_properties(cors=wanted))


def _next(pages: Any) -> list[Any] | None:
    page = next(pages, None)
    return None if page is None else list(page)
