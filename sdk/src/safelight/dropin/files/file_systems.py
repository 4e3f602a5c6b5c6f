"""Which file system an address belongs to: `fos.FileSystem` and the functions around it."""

from __future__ import annotations

import enum
from collections.abc import Callable
from datetime import timedelta
from functools import wraps
from typing import Any, Final

from safelight.dropin.files.dispatch import get_files
from safelight.storage.uri import ObjectURI, is_remote

_WEB: Final = ("http://", "https://")

#: The member of `FileSystem` that each provider is.
_MEMBERS: Final = {
    "alipan": "ALIPAN",
    "azure": "AZURE",
    "databricks": "DBFS",
    "fsspec": "FSSPEC",
    "gcs": "GCS",
    "http": "HTTP",
    "minio": "MINIO",
    "oci": "OCI",
    "s3": "S3",
}
_PROVIDERS: Final = {member: provider for provider, member in _MEMBERS.items()}


def extend_file_system(original: Any) -> Any:
    """Make `FileSystem` anew with upstream's members and ours: an enum with members cannot be extended."""
    members = {member.name: member.value for member in original}
    members.update((name, name.lower()) for name in _MEMBERS.values())
    make: Any = enum.Enum  # the functional form, with names that only upstream knows
    extended = make("FileSystem", members, module=original.__module__, qualname=original.__qualname__)
    extended.__doc__ = original.__doc__
    return extended


def get_file_system(path: str) -> Any:
    """The `FileSystem` of an address."""
    import fiftyone.core.storage as fos

    return fos.FileSystem[_MEMBERS[_parse(path).provider]]


def split_prefix(path: str) -> tuple[str, str]:
    """Split `s3://bucket/key` into `s3://` and `bucket/key`, `https://host/container/key` behind the host."""
    if path.lower().startswith(_WEB) and (uri := _parse(path)).provider != "http":
        before = uri.root.rpartition("/")[0] + "/"
        return before, path[len(before) :]
    scheme, mark, rest = path.partition("://" if "://" in path else ":/")
    return scheme + mark, rest


def get_bucket_name(path: str) -> str:
    """The bucket or container of an address, or the host of an http one."""
    uri = _parse(path)
    if uri.provider in {"http", "fsspec"}:
        return uri.bucket.rpartition("://")[2].rpartition("@")[2]  # without a user and a password
    return uri.bucket


def listing_buckets(original: Callable[..., Any]) -> Callable[..., Any]:
    """Make `fos.list_buckets`: upstream would list this machine's root directory for every file system."""

    @wraps(original)
    def list_buckets(fs: Any, abs_paths: bool = False) -> Any:
        if fs.value == "local":
            return original(fs, abs_paths=abs_paths)
        buckets = get_files().buckets(_PROVIDERS[fs.name])
        return [uri.root if abs_paths else uri.bucket for uri in buckets]

    return list_buckets


def get_url(path: str, *, method: str = "GET", hours: float = 24) -> str:
    """Give a URL with which a browser can reach the file, without credentials, until it expires.

    Args:
        path: an address; a local path and one of the web are returned as they are
        method: the one HTTP method that the URL is good for
        hours: how long it is good

    Raises:
        CredentialsError: there is nothing to sign with
    """
    if not is_remote(path) or _parse(path).provider == "http":
        return path
    return get_files().sign(path, method=method, expires=timedelta(hours=hours))


def _parse(path: str) -> ObjectURI:
    from safelight.runtime import get_runtime

    return get_runtime().stores.parse(path)
