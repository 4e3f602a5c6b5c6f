"""The address of an object: one type for every provider, without any I/O.

A key is an opaque byte string that happens to be written as text. Nothing here normalises or case-folds it,
and nothing here goes through `os.path`: `str(uri)` is what the user wrote, `//`, `..`, `%`, `+`, `#` and `?`
included. How text becomes an `ObjectURI` is `safelight.storage.addresses`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import quote

#: Two letters at least: `C:/` is a drive. `file:` is this machine, and upstream knows it.
_REMOTE: Final = re.compile(r"(?!file:)(?:[a-z][a-z0-9+.-]+://|dbfs:/)", re.IGNORECASE)
_LONGEST_SCHEME: Final = 40

#: Schemes in whose addresses an `@` stands before an account or a namespace, not behind a user.
_AT_NAMES_A_PLACE: Final = frozenset({"abfs", "abfss", "wasb", "wasbs", "oci"})

#: What an address may say behind the key, where it has a version to choose (Amazon S3's `?versionId=`).
_VERSIONED: Final = frozenset({"s3", "minio"})


def is_remote(path: object) -> bool:
    """Whether `path` is an address in a store rather than a path on this machine (~0.2 µs)."""
    return (
        isinstance(path, str) and path.find(":/", 1, _LONGEST_SCHEME) > 0 and _REMOTE.match(path) is not None
    )


@dataclass(frozen=True, slots=True, repr=False)
class ObjectURI:
    """The address of one object or prefix. Two spellings of one address are equal.

    Attributes:
        provider: which kind of store understands it: a name of `registry.PROVIDERS`
        bucket: the bucket or container; for http `scheme://netloc`; empty where the provider has none
        key: the name inside the bucket, byte for byte; for local paths the whole path
        query: what follows the key, with its `?`: an S3 version, an HTTP query; empty where there is none
        endpoint: which of the provider's servers or accounts, as `scheme://netloc`; empty where the options
            of storage name the only one; for fsspec the protocol
        root: what the user wrote before the key, without the slash between them
        text: what the user wrote; built from the other fields where it is not given
    """

    provider: str
    bucket: str
    key: str
    query: str = ""
    endpoint: str = ""
    root: str = field(default="", compare=False)
    text: str = field(default="", compare=False)

    def __post_init__(self) -> None:
        if not self.root:
            object.__setattr__(self, "root", self._canonical_root())
        if not self.text:
            object.__setattr__(self, "text", self._written(self.root) + self.query)

    @property
    def name(self) -> str:
        """The last segment of the key; empty for a key that ends with a slash."""
        return self.key.rpartition("/")[2]

    @property
    def place(self) -> tuple[str, str, str]:
        """Provider, endpoint and bucket: what objects have in common that one request can speak of."""
        return self.provider, self.endpoint, self.bucket

    @property
    def tail(self) -> str:
        """The key as it is written in `with_key(key).text`."""
        return quote(self.key, safe=URL_SAFE) if self._in_url else self.key

    @property
    def parent(self) -> ObjectURI:
        """The address up to the last slash of the key, without that slash."""
        return self.with_key(self.key.rpartition("/")[0])

    @property
    def version(self) -> str | None:
        """The S3 version that the address names."""
        return self.query.removeprefix("?versionId=") if self.provider in _VERSIONED and self.query else None

    @property
    def public_text(self) -> str:
        """The address for logs and errors: no query string, no user or password."""
        return self._written(_without_user(self.root))

    def child(self, relative: str) -> ObjectURI:
        """The address of `relative` below this one, written in the same way."""
        separator = "" if not self.key or self.key.endswith("/") else "/"
        return self.with_key(f"{self.key}{separator}{relative}")

    def with_key(self, key: str) -> ObjectURI:
        """The address of another key in the same bucket; a version or query stays behind."""
        return ObjectURI(self.provider, self.bucket, key, "", self.endpoint, self.root)

    def _canonical_root(self) -> str:
        if self.provider in {"s3", "oci", "alipan"}:
            return f"{self.provider}://{self.bucket}"
        if self.provider == "gcs":
            return f"gs://{self.bucket}"
        if self.provider == "databricks":
            return "dbfs:"
        if self.provider == "fsspec":
            return f"{self.endpoint}://{self.bucket}"
        return f"{self.endpoint}/{self.bucket}" if self.endpoint else self.bucket

    @property
    def _in_url(self) -> bool:
        return self.endpoint != "" and self.root.lower().startswith(("https://", "http://"))

    def _written(self, root: str) -> str:
        return self.key if self.provider == "local" else f"{root}/{self.tail}"

    def __str__(self) -> str:
        return self.text

    def __repr__(self) -> str:
        return f"ObjectURI({self.public_text!r})"


URL_SAFE: Final = "/~!$&'()*+,;=:@"
"""What a key may hold unquoted in the path of a URL (RFC 3986, 3.3)."""


def public_text(text: str) -> str:
    """`ObjectURI.public_text` for text that may not parse: nothing after `?`, no user or password."""
    scheme = text.partition("://")[0].lower()
    shown = _without_user(text)
    return re.split(r"[?#]", shown, maxsplit=1)[0] if scheme in {"http", "https"} else shown


def _without_user(text: str) -> str:
    scheme, mark, rest = text.partition("://")
    authority, slash, path = rest.partition("/")
    if scheme.lower() in _AT_NAMES_A_PLACE:
        return text
    return scheme + mark + authority.rpartition("@")[2] + slash + path
