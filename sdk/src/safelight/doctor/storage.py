"""The hops between a script and an object, in the order in which requests meet them."""

from __future__ import annotations

import uuid
from collections.abc import Awaitable, Callable, Coroutine
from datetime import timedelta
from typing import Any, Final, Protocol, TypeVar

import urllib3

from safelight.doctor.hops import SECONDS, check_server
from safelight.doctor.remedies import hop_and_remedy
from safelight.doctor.report import Outcome, Report
from safelight.errors import (
    RangeNotSatisfiableError,
    SafelightError,
    UnsupportedOperationError,
)
from safelight.storage.base import ObjectInfo, ObjectStore, PutOptions
from safelight.storage.registry import StoreRegistry
from safelight.storage.uri import ObjectURI

T = TypeVar("T")

PROBE: Final = b"safelight storage check\n"
_VALIDITY: Final = timedelta(minutes=5)


class Runner(Protocol):
    """Runs coroutines for callers that are none."""

    def run(self, coro: Coroutine[Any, Any, T]) -> T: ...


def check_storage(
    stores: StoreRegistry, portal: Runner, text: str, *, origin: str | None = None, write: bool = False
) -> Report:
    """Follow every hop to an object, or to any object below a prefix. Nothing is written unless asked for.

    Args:
        stores: finds the store
        portal: runs its coroutines
        text: an object, prefix or bucket
        origin: a web page's origin that should be able to read the object in a browser
        write: also write a small object beside it, read it back and delete it
    """
    report = Report(text)
    try:
        uri = stores.parse(text)
        store = stores.store_for(uri)
    except SafelightError as error:
        _fail(report, error)
        return report
    report.subject = uri.public_text
    report.add("address", Outcome.OK, f"{uri.provider}, bucket {uri.bucket or '-'}, key {uri.key or '-'}")
    check = _Check(report, store, portal, uri)
    if check.identity() and check.listing_and_reading():
        check.signed_url(origin)
        check.cors(origin)
        if write:
            check.writing()
    return report


class _Check:
    """One run against one store.

    Args:
        report: gets the findings
        store: the store
        portal: runs its coroutines
        uri: what is asked about
    """

    def __init__(self, report: Report, store: ObjectStore, portal: Runner, uri: ObjectURI) -> None:
        self._report = report
        self._store = store
        self._portal = portal
        self._uri = uri
        self._object: ObjectURI | None = None

    def identity(self) -> bool:
        """Who asks, and whether the server can be reached at all."""
        identity = self._try(self._store.identity)
        if identity is None:
            return False
        chosen = next((each.source for each in identity.candidates if "chosen" in each.outcome), "")
        source = f", from {chosen}" if chosen else ""
        self._report.add("credentials", Outcome.OK, f"{identity.method}: {identity.principal}{source}")
        return check_server(self._report, identity.endpoint)

    def listing_and_reading(self) -> bool:
        """Whether there is something, and whether it can be read."""
        listed = self._listed()
        self._object = self._uri if self._uri.key and not self._uri.key.endswith("/") else listed
        if self._object is None:
            self._report.add("read", Outcome.LEFT_OUT, "there is no object to read")
            return True
        info = self._read(self._object)
        if info is None and listed is not None and listed != self._object:
            return False
        return info is not None

    def _listed(self) -> ObjectURI | None:
        async def first_page() -> tuple[int, ObjectURI | None]:
            async for page in self._store.list(self._uri, recursive=True):
                return len(page.objects), page.objects[0].uri if page.objects else None
            return 0, None

        try:
            count, first = self._portal.run(first_page())
        except UnsupportedOperationError:
            self._report.add("list", Outcome.LEFT_OUT, f"{self._uri.provider} addresses cannot be listed")
            return None
        except SafelightError as error:
            # Reading may be allowed where listing is not.
            hop, remedy = hop_and_remedy(error)
            self._report.add("list", Outcome.WARNING, f"{hop}: {error}", remedy)
            return None
        more = "or more " if count >= 1000 else ""  # noqa: PLR2004 - a page of every provider
        self._report.add("list", Outcome.OK, f"{count} {more}objects below it")
        return first

    def _read(self, uri: ObjectURI) -> ObjectInfo | None:
        async def one_byte() -> ObjectInfo:
            try:
                return (await self._store.get_range(uri, 0, 1))[1]
            except RangeNotSatisfiableError:
                return await self._store.head(uri)  # an empty object has no first byte

        info = self._try(one_byte)
        if info:
            self._report.add(
                "read", Outcome.OK, f"one byte of {info.size} of {uri.name}, ETag {info.etag or '-'}"
            )
        return info

    def signed_url(self, origin: str | None) -> None:
        """Whether a browser could fetch the object with a signed URL."""
        if self._object is None:
            return
        uri = self._object
        try:
            url = self._portal.run(self._store.sign(uri, expires=_VALIDITY))
        except SafelightError as error:
            _, remedy = hop_and_remedy(error)
            self._report.add("sign", Outcome.WARNING, str(error), remedy)
            return
        headers = {"Range": "bytes=0-0"} | ({"Origin": origin} if origin else {})
        try:
            with urllib3.PoolManager() as pool:
                response = pool.request(
                    "GET", url, headers=headers, timeout=SECONDS, retries=False, preload_content=False
                )
                response.release_conn()
        except urllib3.exceptions.HTTPError as error:
            reason = type(error).__name__  # its text holds the signed URL
            remedy = "the URL is for browsers: its host must be reachable from where they run"
            self._report.add("signed URL", Outcome.FAILED, f"cannot be fetched: {reason}", remedy)
            return
        readable = response.status in {200, 206, 416}
        self._report.add(
            "signed URL",
            Outcome.OK if readable else Outcome.FAILED,
            f"HTTP {response.status} when fetched without credentials",
            ""
            if readable
            else "the signature is refused: check the secret key, and proxies that rewrite requests",
        )
        if origin and readable:
            self._allowed(origin, response.headers.get("Access-Control-Allow-Origin"))

    def _allowed(self, origin: str, answer: str | None) -> None:
        if answer in {"*", origin}:
            self._report.add("CORS answer", Outcome.OK, f"pages of {origin} may read it")
            return
        remedy = f"safelight storage cors apply {self._uri.root} --origin {origin}"
        self._report.add("CORS answer", Outcome.FAILED, f"pages of {origin} may not read it", remedy)

    def cors(self, origin: str | None) -> None:
        """Which rules the bucket has."""
        try:
            rules = self._portal.run(self._store.cors(self._uri))
        except SafelightError as error:
            self._report.add("CORS rules", Outcome.LEFT_OUT, str(error))
            return
        origins = sorted({each for rule in rules for each in rule.origins})
        missing = not rules and not origin
        remedy = (
            "needed only for browsers: `safelight storage cors apply URL --origin https://...`"
            if missing
            else ""
        )
        self._report.add("CORS rules", Outcome.OK, f"for {', '.join(origins)}" if origins else "none", remedy)

    def writing(self) -> None:
        """Whether objects can be written, with the checksums that the store wants, and deleted."""
        uri = self._uri.with_key(
            f"{self._uri.key.rpartition('/')[0]}/.safelight-check-{uuid.uuid4().hex}".lstrip("/")
        )

        async def round_trip() -> bytes:
            await self._store.put(uri, PROBE, PutOptions(overwrite=True))
            try:
                return (await self._store.get_range(uri, 0, len(PROBE)))[0]
            finally:
                await self._store.delete([uri])

        read = self._try(round_trip, "write")
        if read == PROBE:
            self._report.add("write", Outcome.OK, "wrote, read and deleted a small object")
        elif read is not None:
            self._report.add("write", Outcome.FAILED, "what was read is not what was written")

    def _try(self, ask: Callable[[], Awaitable[T]], hop: str = "") -> T | None:
        async def asked() -> T:
            return await ask()

        try:
            return self._portal.run(asked())
        except SafelightError as error:
            _fail(self._report, error, hop)
            return None


def _fail(report: Report, error: SafelightError, hop: str = "") -> None:
    named, remedy = hop_and_remedy(error)
    report.add(f"{hop} ({named})" if hop else named, Outcome.FAILED, str(error), remedy)
