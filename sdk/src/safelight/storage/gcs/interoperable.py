"""HMAC keys: Google Cloud Storage's XML API with the signatures of Amazon S3 ("Interoperability").

It is S3 but for three things: it deletes one object a request, it does not know S3's condition for writing
only what does not exist, and who pays for a request is a project, which the request names.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

from safelight.errors import ConfigError, ObjectExistsError, ObjectNotFoundError
from safelight.storage.base import ObjectInfo, PutOptions, Source
from safelight.storage.gcs.options import GCSAccount, GCSOptions
from safelight.storage.native import NativePlane
from safelight.storage.options import StorageOptions
from safelight.storage.s3.options import S3Account, S3Options
from safelight.storage.s3.store import S3Store
from safelight.storage.uri import ObjectURI

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

_ENDPOINT: Final = "https://storage.googleapis.com"
_DELETES_AT_ONCE: Final = 32


class InteroperableStore(S3Store):
    """One bucket as the owner of an HMAC key."""

    async def put(self, uri: ObjectURI, source: Source, options: PutOptions | None = None) -> ObjectInfo:
        options = options or PutOptions()
        if not options.overwrite:
            await self._check_missing(uri)
        return await super().put(uri, source, options)

    async def delete(self, uris: Sequence[ObjectURI]) -> None:
        slots = asyncio.Semaphore(_DELETES_AT_ONCE)

        async def delete(uri: ObjectURI) -> None:
            async with slots:
                await S3Store.delete(self, [uri])

        await asyncio.gather(*(delete(uri) for uri in dict.fromkeys(uris)))

    def _client(self) -> S3Client:
        client = super()._client()
        if self._billed:
            client.meta.events.register("before-sign.s3", self._name_payer)
        return client

    def _open_native(self, client: S3Client) -> NativePlane | None:
        # obstore signs no parameter of ours.
        return None if self._billed else super()._open_native(client)

    @property
    def _billed(self) -> bool:
        return self._bucket in self._options.gcs.requester_pays

    def _name_payer(self, request: Any, **_: Any) -> None:
        # As a parameter: Google refuses its own header for this, x-goog-user-project, beside Amazon's.
        project = self._options.gcs.billing_project
        if not project:
            raise ConfigError(
                f"the caller pays for requests to gs://{self._bucket}, and an HMAC key names no project: "
                "set SAFELIGHT_GCS_BILLING_PROJECT"
            )
        request.url += f"{'&' if '?' in request.url else '?'}userProject={quote(project, safe='')}"

    async def _check_missing(self, uri: ObjectURI) -> None:
        try:
            await self.head(uri)
        except ObjectNotFoundError:
            return
        raise ObjectExistsError("the object exists", uri.public_text)


def s3_options(options: StorageOptions) -> StorageOptions:
    """The options of storage with Google's accounts in the place of Amazon's."""
    gcs = options.gcs
    accounts = {name.removeprefix("gs://"): s3_account(gcs, account) for name, account in gcs.buckets.items()}
    return replace(options, s3=S3Options(account=s3_account(gcs, gcs.account), buckets=accounts))


def s3_account(gcs: GCSOptions, account: GCSAccount) -> S3Account:
    """An account as S3 knows it; one without an HMAC key is nobody there."""
    chosen: Any = gcs.client_kwargs.get("client_options") or {}
    return S3Account(
        access_key_id=account.access_key,
        secret_access_key=account.secret,
        endpoint_url=(chosen.get("api_endpoint") if isinstance(chosen, dict) else None) or _ENDPOINT,
        region="auto",
        anonymous=None if account.access_key else True,
        source=account.source or "explicit options",
        isolated=True,
    )
