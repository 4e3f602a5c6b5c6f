"""The three parts that path functions see in an address: root, tail and query.

```
s3://bucket/a//b.jpg?versionId=3        https://host/d/k.jpg?sig=a/b      dbfs:/mnt/k
└── root ──┘└ tail ┘└── query ─┘        └─ root ──┘└ tail ─┘└query ┘      └root┘└tail┘
```

A tail is the provider's key, byte for byte: `//`, `%`, `+`, spaces and dots mean themselves. Object stores
allow `?` and `#` in a key, so there only a trailing `?versionId=` is a query; in http(s) addresses RFC 3986
says where the query begins.
"""

from __future__ import annotations

import re
from typing import Final, NamedTuple

_ROOT: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:/(?:/[^/?#]*)?")
_VERSION: Final = re.compile(r"(?<=[^/])\?versionId=[^?&#/\s]+\Z")
_WEB: Final = ("http://", "https://")


class Address(NamedTuple):
    """A remote address in three parts; `text` puts them together again.

    Attributes:
        root: scheme and bucket (or host), without the slash that follows
        tail: everything from that slash on, without the query: empty, or it starts with `/`
        query: from its `?` or `#` on, or empty
    """

    root: str
    tail: str
    query: str

    @property
    def text(self) -> str:
        """The address as it was written."""
        return self.root + self.tail + self.query

    @property
    def plain(self) -> str:
        """The address without its query."""
        return self.root + self.tail

    @property
    def segments(self) -> list[str]:
        """The tail between its slashes; a trailing slash (a directory's) leaves no empty last segment."""
        return [] if self.tail in ("", "/") else self.tail[1:].removesuffix("/").split("/")


def split_address(url: str) -> Address:
    """Take a remote address apart.

    Args:
        url: an address for which `safelight.storage.uri.is_remote` holds
    """
    match = _ROOT.match(url)
    root = match.group() if match else url
    root = root.removesuffix("/") if root.endswith(":/") else root
    rest = url[len(root) :]
    cut = _query_start(url, rest)
    return Address(root, rest[:cut], rest[cut:])


def _query_start(url: str, rest: str) -> int:
    if url.lower().startswith(_WEB):
        return min((at for at in (rest.find("?"), rest.find("#")) if at >= 0), default=len(rest))
    version = _VERSION.search(rest)
    return version.start() if version else len(rest)
