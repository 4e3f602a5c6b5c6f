"""File systems of fsspec as places for the contract suite."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import quote

from safelight.storage.fsspec.options import FsspecOptions
from safelight.storage.options import StorageOptions
from safelight.storage.portal import Portal
from safelight.storage.registry import StoreRegistry
from safelight.storage.uri import ObjectURI
from support.file_servers import PASSWORD, USER, FileServer
from support.stores import QUICK, Rig

#: The servers' host keys are new in every session; what `known_hosts` does has tests of its own.
ARGUMENTS: dict[str, dict[str, Any]] = {"sftp": {"host_key_policy": "auto_add"}}


@contextmanager
def no_server() -> Iterator[None]:
    """`memory://` has none."""
    yield


def memory_rig_at(server: None, portal: Portal, endpoint: str = "") -> Rig:
    """A new bucket in this process."""
    registry = StoreRegistry(StorageOptions(retry=QUICK))
    return Rig("memory", portal, registry, ObjectURI("fsspec", uuid.uuid4().hex, "base/", "", "memory"))


def file_rig_at(server: FileServer, portal: Portal, endpoint: str = "") -> Rig:
    """A new folder at a server; the address says as whom."""
    options = StorageOptions(retry=QUICK, fsspec=FsspecOptions(arguments=ARGUMENTS))
    place = f"{quote(USER)}:{quote(PASSWORD, safe='')}@{endpoint or '127.0.0.1'}:{server.port}"
    base = ObjectURI("fsspec", place, f"{uuid.uuid4().hex}/", "", server.scheme)
    return Rig(server.scheme, portal, StoreRegistry(options), base, server)


def webdav_rig_at(server: FileServer, portal: Portal, endpoint: str = "") -> Rig:
    """A new folder at a WebDAV server, whose address and user are arguments."""
    arguments = {"webdav": {"base_url": endpoint or server.url, "auth": (USER, PASSWORD)}}
    options = StorageOptions(retry=QUICK, fsspec=FsspecOptions(arguments=arguments))
    base = ObjectURI("fsspec", "shelf", f"{uuid.uuid4().hex}/", "", "webdav")
    return Rig("webdav", portal, StoreRegistry(options), base, server)
