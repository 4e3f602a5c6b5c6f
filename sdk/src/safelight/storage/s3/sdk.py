"""S3 through boto3: all that obstore cannot do.

Keys that are no plain paths, listings by any prefix, copies, presigned URLs; and everything in forked
children (`safelight.storage.forks`). The calls block, so they run in threads.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Sequence
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from boto3.s3.transfer import TransferConfig
from botocore.exceptions import ClientError, ReadTimeoutError

from safelight.errors import (
    BucketNotFoundError,
    ObjectNotFoundError,
    StorageError,
)
from safelight.storage.base import CorsRule, ObjectInfo, Page, PutOptions, Source
from safelight.storage.checksums import check_length
from safelight.storage.content import Counted, content_headers, size_of
from safelight.storage.http.body import ArrivingBody, BodyReader, open_reader
from safelight.storage.http_status import error_for_code
from safelight.storage.s3.cors import from_api, to_api
from safelight.storage.s3.describe import describe_listed, describe_response
from safelight.storage.s3.errors import translating
from safelight.storage.threads import Threads
from safelight.storage.uri import ObjectURI

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

_PART = 8 << 20
_PAGE = 1000
_TOO_LARGE = frozenset({"EntityTooLarge", "InvalidRequest"})
"""How AWS (the latter, for much else too) and others name the limit of 5 GiB."""

_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_ONE_THREAD = TransferConfig(use_threads=False, multipart_threshold=_PART, multipart_chunksize=_PART)


class SdkPlane:
    """Every operation on one bucket, by boto3.

    Args:
        client: a client for the bucket's region
        threads: where its calls run
        seconds: how long a body may take
        requester_pays: whether requests say that the caller pays
        canned_acl: ACL of written objects
    """

    def __init__(
        self,
        client: S3Client,
        threads: Threads,
        *,
        seconds: float,
        requester_pays: bool,
        canned_acl: str | None,
    ) -> None:
        self._client: Any = client  # keyword arguments are put together at run time
        self._threads = threads
        self._seconds = seconds
        self._payer = {"RequestPayer": "requester"} if requester_pays else {}
        self._acl = {"ACL": canned_acl} if canned_acl else {}

    async def head(self, uri: ObjectURI) -> ObjectInfo:
        with translating(uri):
            response = await self._threads.run(self._client.head_object, **self._address(uri))
        return describe_response(uri, response)

    async def get(self, uri: ObjectURI) -> BodyReader:
        return await open_reader(self._threads, self._open, uri, {})

    async def get_range(
        self, uri: ObjectURI, start: int, length: int, etag: str | None = None
    ) -> tuple[bytes, ObjectInfo]:
        condition = {"IfMatch": etag} if etag else {}
        wanted = {"Range": f"bytes={start}-{start + length - 1}"} | condition
        data, info = await self._threads.run(self._read, uri, wanted)
        check_length(len(data), min(length, info.size - start), uri)
        return data, info

    async def put(self, uri: ObjectURI, source: Source, options: PutOptions) -> ObjectInfo:
        headers = self._acl | content_headers(uri, options)
        if not isinstance(source, bytes | Path):
            return await self._put_parts(uri, Counted(source), headers)
        with translating(uri, writing=True):
            if isinstance(source, Path) and options.overwrite and size_of(source) > _PART:
                extra = headers | self._payer
                await self._threads.run(
                    self._client.upload_file,
                    str(source),
                    uri.bucket,
                    uri.key,
                    ExtraArgs=extra,
                    Config=_ONE_THREAD,
                )
                return await self.head(uri)
            if not options.overwrite:
                headers["IfNoneMatch"] = "*"
            response = await self._threads.run(self._put_object, uri, source, headers)
        return describe_response(uri, {**response, "ContentLength": size_of(source)})

    async def _put_parts(self, uri: ObjectURI, source: Counted, headers: dict[str, str]) -> ObjectInfo:
        address = self._address(uri)
        with translating(uri, writing=True):
            begun = await self._threads.run(self._client.create_multipart_upload, **address, **headers)
            upload = address | {"UploadId": begun["UploadId"]}
            try:
                parts: list[dict[str, Any]] = []
                async for body in source.parts(_PART):
                    number = len(parts) + 1
                    sent = await self._threads.run(
                        self._client.upload_part, **upload, PartNumber=number, Body=body
                    )
                    parts.append({"PartNumber": number, "ETag": sent["ETag"]})
                response = await self._threads.run(
                    self._client.complete_multipart_upload, **upload, MultipartUpload={"Parts": parts}
                )
            except BaseException:
                await self._threads.run(self._client.abort_multipart_upload, **upload)
                raise
        return describe_response(uri, {**response, "ContentLength": source.size})

    async def close(self) -> None:
        """Close idle connections."""
        await self._threads.run(self._client.close)

    def _put_object(self, uri: ObjectURI, source: bytes | Path, headers: dict[str, str]) -> dict[str, Any]:
        address = self._address(uri) | headers
        if isinstance(source, bytes):
            response: dict[str, Any] = self._client.put_object(Body=source, **address)
        else:
            with source.open("rb") as file:
                response = self._client.put_object(Body=file, **address)
        return response

    async def list(self, prefix: ObjectURI, *, recursive: bool) -> AsyncIterator[Page]:
        request: dict[str, Any] = {"Bucket": prefix.bucket, "Prefix": prefix.key, "MaxKeys": _PAGE}
        request |= self._payer | ({} if recursive else {"Delimiter": "/"})
        while True:
            with translating(prefix):
                response = await self._threads.run(self._client.list_objects_v2, **request)
            yield Page(
                tuple(describe_listed(prefix, item) for item in response.get("Contents", ())),
                tuple(prefix.with_key(item["Prefix"]) for item in response.get("CommonPrefixes", ())),
            )
            if not response.get("IsTruncated"):
                return
            request["ContinuationToken"] = response["NextContinuationToken"]

    async def delete(self, uris: Sequence[ObjectURI]) -> None:
        # Several at a time go as XML, which has no control characters.
        together = [uri for uri in uris if not _CONTROL.search(uri.key)] if len(uris) > 1 else []
        for uri in set(uris).difference(together):
            await self._delete_one(uri)
        for first in range(0, len(together), _PAGE):
            await self._delete_together(together[first : first + _PAGE])

    async def _delete_one(self, uri: ObjectURI) -> None:
        try:
            with translating(uri):
                await self._threads.run(self._client.delete_object, **self._address(uri))
        except BucketNotFoundError:
            raise
        except ObjectNotFoundError:
            pass

    async def _delete_together(self, uris: Sequence[ObjectURI]) -> None:
        by_name = {(uri.key, uri.version): uri for uri in uris}
        names = [{"Key": key} | ({"VersionId": v} if v else {}) for key, v in by_name]
        with translating(uris[0]):
            response = await self._threads.run(
                self._client.delete_objects,
                Bucket=uris[0].bucket,
                Delete={"Objects": names, "Quiet": True},
                **self._payer,
            )
        for failure in response.get("Errors", ()):
            if failure.get("Code") != "NoSuchKey":
                uri = by_name.get((failure.get("Key", ""), failure.get("VersionId")), uris[0])
                raise error_for_code(failure.get("Code", ""), failure.get("Message", ""), 0, uri)

    async def copy(self, source: ObjectURI, target: ObjectURI) -> None:
        with translating(source):
            await self._threads.run(self._copy, source, target)

    async def sign(self, uri: ObjectURI, method: str, expires: timedelta) -> str:
        operations = {
            "GET": "get_object",
            "PUT": "put_object",
            "HEAD": "head_object",
            "DELETE": "delete_object",
        }
        if method not in operations:
            raise StorageError(f"cannot sign a {method} request", uri.public_text)
        with translating(uri):
            url: str = await self._threads.run(
                self._client.generate_presigned_url,
                operations[method],
                Params=self._address(uri),
                ExpiresIn=int(expires.total_seconds()),
            )
        return url

    async def cors(self, bucket: ObjectURI) -> Sequence[CorsRule]:
        try:
            with translating(bucket):
                found = await self._threads.run(self._client.get_bucket_cors, Bucket=bucket.bucket)
        except BucketNotFoundError:
            raise
        except ObjectNotFoundError:  # NoSuchCORSConfiguration
            return []
        return [from_api(rule) for rule in found["CORSRules"]]

    async def set_cors(self, bucket: ObjectURI, rules: Sequence[CorsRule]) -> None:
        configuration = {"CORSRules": [to_api(rule) for rule in rules]}
        with translating(bucket, writing=True):
            if rules:
                await self._threads.run(
                    self._client.put_bucket_cors, Bucket=bucket.bucket, CORSConfiguration=configuration
                )
            else:
                await self._threads.run(self._client.delete_bucket_cors, Bucket=bucket.bucket)

    def _copy(self, source: ObjectURI, target: ObjectURI) -> None:
        origin = {"Bucket": source.bucket, "Key": source.key}
        origin |= {"VersionId": source.version} if source.version else {}
        address, extra = {"Bucket": target.bucket, "Key": target.key}, self._acl | self._payer
        try:
            # Up to 5 GiB in one request, which needs no question before it and keeps the object's metadata.
            self._client.copy_object(CopySource=origin, **address, **extra)
        except (ClientError, ReadTimeoutError) as error:
            if not _takes_parts(error):
                raise
            self._client.copy(origin, *address.values(), ExtraArgs=extra, Config=_ONE_THREAD)

    def _read(self, uri: ObjectURI, wanted: dict[str, str]) -> tuple[bytes, ObjectInfo]:
        # In one call: a caller that is cancelled between two would leave the connection open.
        info, body = self._open(uri, wanted)
        return b"".join(body), info

    def _open(self, uri: ObjectURI, wanted: dict[str, str]) -> tuple[ObjectInfo, ArrivingBody]:
        with translating(uri):
            response: dict[str, Any] = self._client.get_object(**self._address(uri), **wanted)
        # boto3's own reader waits for all that was asked for, however slowly it drips in.
        raw = response["Body"]._raw_stream  # noqa: SLF001
        body = ArrivingBody(uri, raw, self._seconds, decode=False)
        try:
            return describe_response(uri, response), body
        except StorageError:
            body.close()
            raise

    def _address(self, uri: ObjectURI) -> dict[str, Any]:
        version = {"VersionId": uri.version} if uri.version else {}
        return {"Bucket": uri.bucket, "Key": uri.key} | version | self._payer


def _takes_parts(error: ClientError | ReadTimeoutError) -> bool:
    """Whether an object was too large to be copied in one request, or in the time that one may take."""
    if isinstance(error, ReadTimeoutError):
        return True
    return error.response.get("Error", {}).get("Code") in _TOO_LARGE
