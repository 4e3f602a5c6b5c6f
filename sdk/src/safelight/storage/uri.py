"""Addresses of objects: one type for every provider, parsed and formatted without any I/O.

A key is an opaque byte string that happens to be written as text. Nothing here unquotes, normalises or
case-folds it, and nothing here goes through `os.path`: `str(ObjectURI.parse(text)) == text` for every text
that parses, `//`, `..`, `%`, `+`, `#` and `?` included.

    s3://bucket/key[?versionId=ID]          the only query an S3 address may have; any other `?` is the key's
    http[s]://host[:port]/key[?query]       the query is the server's business: kept, never shown
    anything else                           a local path
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from safelight.errors import InvalidURIError

#: Providers of the addresses that Safelight reads, by scheme.
PROVIDERS = {"s3": "s3", "http": "http", "https": "http"}

#: Schemes of cloud storage that are remote, but that this version has no store for.
PLANNED = ("gs", "az", "abfs", "abfss", "oci", "minio", "dbfs", "alipan")

_REMOTE_PREFIXES = (*(f"{scheme}://" for scheme in (*PROVIDERS, *PLANNED)), "dbfs:/")
_BUCKET = re.compile(r"[A-Za-z0-9._-]{1,255}")
_VERSION = re.compile(r"\?versionId=[^?&#/\s]+\Z")
_HTTP = re.compile(
    r"(?P<scheme>https?)://(?P<netloc>[^/?#\s]+)(?=[/?#]|\Z)/?(?P<key>[^?#]*)(?P<query>\?[^#]*)?(?:#.*)?",
    re.DOTALL | re.IGNORECASE,
)


def is_remote(path: object) -> bool:
    """Whether `path` is an address in a store rather than a path on this machine (~0.2 µs)."""
    if not isinstance(path, str):
        return False
    if path.startswith(_REMOTE_PREFIXES):
        return True
    # Schemes are case-insensitive (RFC 3986, 3.1), but almost nobody writes them so.
    return ":/" in path[:9] and path[:9].lower().startswith(_REMOTE_PREFIXES)


@dataclass(frozen=True, slots=True, repr=False)
class ObjectURI:
    """The address of one object or prefix.

    Attributes:
        provider: "s3", "http" or "local": which store understands it
        bucket: the S3 bucket; for http `scheme://netloc`; empty for local paths
        key: the name inside the bucket, byte for byte; for local paths the whole path
        query: what follows the key, with its `?`: an S3 version, an HTTP query; empty where there is none
        text: what the user wrote; built from the other fields where it is not given
    """

    provider: str
    bucket: str
    key: str
    query: str = ""
    text: str = field(default="", compare=False)

    def __post_init__(self) -> None:
        if not self.text:
            object.__setattr__(self, "text", self._format(self.bucket) + self.query)

    @classmethod
    def parse(cls, text: str) -> ObjectURI:
        """Read an address.

        Raises:
            InvalidURIError: no store can mean this
        """
        if not text:
            raise InvalidURIError("an empty string is no address")
        if not is_remote(text):
            return cls("local", "", text, text=text)
        scheme = text.partition(":")[0].lower()
        if scheme in PLANNED:
            raise InvalidURIError(f"{scheme}:// addresses are not supported yet: {public_text(text)}")
        try:
            text.encode()
        except UnicodeEncodeError:
            raise InvalidURIError(f"not valid unicode: {text!a}") from None
        return _parse_http(text) if PROVIDERS[scheme] == "http" else _parse_s3(text)

    @property
    def name(self) -> str:
        """The last segment of the key; empty for a key that ends with a slash."""
        return self.key.rpartition("/")[2]

    @property
    def parent(self) -> ObjectURI:
        """The address up to the last slash of the key, without that slash."""
        return self.with_key(self.key.rpartition("/")[0])

    @property
    def version(self) -> str | None:
        """The S3 version that the address names."""
        return self.query.removeprefix("?versionId=") if self.provider == "s3" and self.query else None

    @property
    def public_text(self) -> str:
        """The address for logs and errors: no query string, no user or password."""
        scheme, mark, host = self.bucket.rpartition("://")
        return self._format(scheme + mark + host.rpartition("@")[2])

    def child(self, relative: str) -> ObjectURI:
        """The address of `relative` below this one."""
        separator = "" if not self.key or self.key.endswith("/") else "/"
        return self.with_key(f"{self.key}{separator}{relative}")

    def with_key(self, key: str) -> ObjectURI:
        """The address of another key in the same bucket; a version or query stays behind."""
        return ObjectURI(self.provider, self.bucket, key)

    def _format(self, bucket: str) -> str:
        if self.provider == "local":
            return self.key
        return f"{bucket}/{self.key}" if self.provider == "http" else f"{self.provider}://{bucket}/{self.key}"

    def __str__(self) -> str:
        return self.text

    def __repr__(self) -> str:
        return f"ObjectURI({self.public_text!r})"


def public_text(text: str) -> str:
    """`ObjectURI.public_text` for text that may not parse: nothing after `?`, no user or password."""
    head, mark, rest = text.partition("://")
    authority, slash, path = rest.partition("/")
    shown = head + mark + authority.rpartition("@")[2] + slash + path
    return shown if head.lower() == "s3" else re.split(r"[?#]", shown, maxsplit=1)[0]


def _parse_s3(text: str) -> ObjectURI:
    bucket, _, key = text.partition("://")[2].partition("/")
    if not _BUCKET.fullmatch(bucket):
        raise InvalidURIError(f"no bucket name in {public_text(text)!r}: expected s3://bucket/key")
    version = _VERSION.search(key)
    if version and version.start() > 0:
        return ObjectURI("s3", bucket, key[: version.start()], version.group(), text)
    return ObjectURI("s3", bucket, key, text=text)


def _parse_http(text: str) -> ObjectURI:
    match = _HTTP.fullmatch(text)
    if match is None or not re.sub(r":\d*\Z", "", match["netloc"].rpartition("@")[2]):
        raise InvalidURIError(f"no host name in {public_text(text)!r}: expected https://host/path")
    bucket = f"{match['scheme'].lower()}://{match['netloc']}"
    return ObjectURI("http", bucket, match["key"], match["query"] or "", text)
