"""Which file system an address belongs to: `fos.FileSystem` and the functions around it."""

from __future__ import annotations

import enum
from collections.abc import Callable
from datetime import timedelta
from functools import wraps
from typing import Any, Final

from safelight.dropin.files.dispatch import get_files
from safelight.files.address import split_address
from safelight.storage.uri import is_remote

_REMOTE: Final = {
    "S3": ("s3",),
    "GCS": ("gs",),
    "AZURE": ("az", "abfs", "abfss"),
    "MINIO": ("minio",),
    "OCI": ("oci",),
    "DBFS": ("dbfs",),
    "ALIPAN": ("alipan",),
    "HTTP": ("http", "https"),
}

_BY_SCHEME: Final = {scheme: name for name, schemes in _REMOTE.items() for scheme in schemes}


def extend_file_system(original: Any) -> Any:
    """Make `FileSystem` anew with upstream's members and ours: an enum with members cannot be extended."""
    members = {member.name: member.value for member in original}
    members.update((name, name.lower()) for name in _REMOTE)
    make: Any = enum.Enum  # the functional form, with names that only upstream knows
    extended = make("FileSystem", members, module=original.__module__, qualname=original.__qualname__)
    extended.__doc__ = original.__doc__
    return extended


def get_file_system(path: str) -> Any:
    """The `FileSystem` of an address."""
    import fiftyone.core.storage as fos

    return fos.FileSystem[_BY_SCHEME[path.partition(":")[0].lower()]]


def split_prefix(path: str) -> tuple[str, str]:
    """Split `s3://bucket/key` into `s3://` and `bucket/key`."""
    scheme, mark, rest = path.partition("://" if "://" in path else ":/")
    return scheme + mark, rest


def get_bucket_name(path: str) -> str:
    """The bucket of an address, or the host of an http one."""
    return split_address(path).root.partition("://")[2]


def listing_buckets(original: Callable[..., Any]) -> Callable[..., Any]:
    """Make `fos.list_buckets`: upstream would list this machine's root directory for every file system."""

    @wraps(original)
    def list_buckets(fs: Any, abs_paths: bool = False) -> Any:
        if fs.value != "local":
            raise NotImplementedError(f"the buckets of {fs.name} cannot be listed yet: name one")
        return original(fs, abs_paths=abs_paths)

    return list_buckets


def get_url(path: str, *, method: str = "GET", hours: float = 24) -> str:
    """Give a URL with which a browser can reach the file, without credentials, until it expires.

    Args:
        path: an address; a local path and an http(s) address are returned as they are
        method: the one HTTP method that the URL is good for
        hours: how long it is good

    Raises:
        CredentialsError: there is nothing to sign with
    """
    if not is_remote(path) or path.lower().startswith(("http://", "https://")):
        return path
    return get_files().sign(path, method=method, expires=timedelta(hours=hours))
