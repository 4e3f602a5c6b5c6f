"""Where in the media cache the file of an object is: a pure function of its address.

    <cache_dir>/
        CACHEDIR.TAG            backup tools skip the directory (https://bford.info/cachedir/)
        README.txt              what this directory is, for people who find it
        index.sqlite3           sizes, checksums, last access; may be lost at any time
        leases/                 one file per process at work here
        locks                   advisory single-flight locks
        media/<provider>[/<endpoint>]/<bucket>/<key>

The path is the plain one wherever that is safe, and it is different for every object. A segment of a key that
is not safe as a name on disk is *encoded* as `<readable>~<24 hex digits>[.ext]`, the digits being a hash of
the exact segment; a plain segment that happens to look like that is encoded too. Encoded are:

* what no file system or what not every program bears: empty segments, `.`, `..`, control characters,
  backslash, a trailing dot or space, more than 255 bytes, what is not valid unicode, the prefix of our
  temporary files;
* a directory whose name has a file extension and a file whose name has none. An object store may hold both
  `a` and `a/b`, a file system may not; with this rule no file can stand where a directory must;
* on a file system that folds case, capitals, non-ASCII letters and what Windows reserves;
* a name that stands for more than its key: one version, or an http query that selects content.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from hashlib import blake2b
from typing import Final

from safelight.cache.identity import content_query
from safelight.storage.uri import ObjectURI

TEMPORARY_PREFIX: Final = ".safelight-"
"""No object's file has a name that starts with this."""

_MAX_SEGMENT: Final = 255  # bytes: NAME_MAX of every common file system
_MAX_DIRECTORIES: Final = 1800  # bytes: leaves room for the cache directory and the name below PATH_MAX
_MAX_READABLE: Final = 60
_EXTENSION: Final = re.compile(r"(?<=.)\.(?=[0-9]*[A-Za-z])[0-9A-Za-z]{1,10}\Z", re.DOTALL)
_ENCODED: Final = re.compile(r"~[0-9a-f]{24}(?:\.[0-9A-Za-z]{1,10})?\Z")
_UNSAFE: Final = re.compile(r"[\x00-\x1f\x7f\\/\ud800-\udfff]|[. ]\Z")
_UNSAFE_FOLDED: Final = re.compile(
    r'[A-Z<>:"|?*]|[^\x20-\x7e]|\A(?:con|prn|aux|nul|com[0-9]|lpt[0-9])(?:\.|\Z)|\A\s',
)
_UNREADABLE: Final = re.compile(r"[^0-9A-Za-z._-]")
_NETLOC: Final = re.compile(r"[0-9a-z.-]+(?::[0-9]+)?\Z")


@dataclass(frozen=True, slots=True)
class Layout:
    """Maps addresses to paths below one directory.

    Attributes:
        media_dir: absolute path of `<cache_dir>/media`
        folds_case: whether names there that differ in case, or in unicode normal form, are the same file
    """

    media_dir: str
    folds_case: bool = False

    def path_of(self, uri: ObjectURI) -> str:
        """Return the absolute path of the object's file."""
        return f"{self.media_dir}/{self.relative(uri)}"

    def relative(self, uri: ObjectURI) -> str:
        """Return the path below `media_dir`: no control characters, no empty or dotted segment."""
        directory, _, name = uri.key.rpartition("/")
        has_directory = len(uri.key) != len(name)
        identity = content_query(uri.query.removeprefix("?")) if uri.query else ""
        file_name = _file_name(name, identity, self.folds_case)
        root = _bucket_directory(uri.provider, uri.endpoint, uri.bucket, self.folds_case)
        if not has_directory:
            return f"{root}/{file_name}"
        return f"{root}/{_key_directory(directory, self.folds_case)}/{file_name}"


@lru_cache(maxsize=4096)
def _bucket_directory(provider: str, endpoint: str, bucket: str, folds_case: bool) -> str:
    if provider == "http":
        scheme, _, netloc = bucket.partition("://")
        return f"{scheme}/{_netloc_name('netloc', netloc, folds_case)}"
    parts = [provider]
    if endpoint:
        parts.append(_netloc_name("endpoint", endpoint.removeprefix("https://"), folds_case))
    if provider == "fsspec" and "@" in bucket:
        # A user, and maybe a password: no name on disk may show it.
        parts.append(_encode("bucket", bucket.rpartition("@")[2], bucket, "", folds_case))
    elif bucket:
        parts.append(_bucket_name(bucket, folds_case))
    return "/".join(parts)


def _netloc_name(kind: str, netloc: str, folds_case: bool) -> str:
    netloc = netloc.lower()  # host names have no case
    if _NETLOC.match(netloc) and _is_safe(netloc.replace(":", "+"), folds_case):
        return netloc.replace(":", "+")
    return _encode(kind, netloc.rpartition("@")[2].rpartition("://")[2], netloc, "", folds_case)


def _bucket_name(bucket: str, folds_case: bool) -> str:
    if _is_safe(bucket, folds_case):
        return bucket
    return _encode("bucket", bucket, bucket, "", folds_case)


@lru_cache(maxsize=16384)
def _key_directory(directory: str, folds_case: bool) -> str:
    path = "/".join(_directory_name(segment, folds_case) for segment in directory.split("/"))
    if len(path.encode()) > _MAX_DIRECTORIES:
        return _encode("directories", "", directory, "", folds_case)
    return path


def _directory_name(segment: str, folds_case: bool) -> str:
    if _is_safe(segment, folds_case) and not _EXTENSION.search(segment):
        return segment
    return _encode("directory", segment, segment, "", folds_case)


def _file_name(segment: str, identity: str, folds_case: bool) -> str:
    extension = _EXTENSION.search(segment)
    if extension and not identity and _is_safe(segment, folds_case):
        return segment
    stem, suffix = (segment[: extension.start()], extension.group()) if extension else (segment, "")
    # The length keeps the two parts apart: `a` with the query `b` is not `ab` without one.
    return _encode("file", stem, f"{len(segment)} {segment}{identity}", suffix, folds_case)


def _is_safe(segment: str, folds_case: bool) -> bool:
    return (
        segment != ""
        and _UNSAFE.search(segment) is None
        and (len(segment) <= _MAX_SEGMENT // 4 or len(segment.encode()) <= _MAX_SEGMENT)
        and not segment.startswith(TEMPORARY_PREFIX)
        and ("~" not in segment or _ENCODED.search(segment) is None)
        and not (folds_case and _UNSAFE_FOLDED.search(segment))
    )


def _encode(kind: str, readable: str, exact: str, extension: str, folds_case: bool) -> str:
    """Name a segment by a hash of `exact`; `readable` and `extension` are for people and for programs."""
    digest = blake2b(f"{kind}\0{exact}".encode("utf-8", "surrogatepass"), digest_size=12).hexdigest()
    readable = _UNREADABLE.sub("_", readable[:_MAX_READABLE]).lstrip(".")
    name = f"{readable}~{digest}{extension}"
    return name.lower() if folds_case else name
