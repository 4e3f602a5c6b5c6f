"""The providers beside S3: how to start a server of each, and a place at it."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass, field, replace
from typing import Any, Final, Protocol

from safelight.storage.options import StorageOptions
from safelight.storage.portal import Portal
from safelight.storage.registry import StoreRegistry
from support.alipan_rig import alipan_rig_at, redirected
from support.alipan_server import alipan_drive
from support.azurite import azurite
from support.databricks_rig import dbfs_rig_at, volume_rig_at
from support.databricks_server import databricks_workspace
from support.file_servers import ftp_server, sftp_server, webdav_server
from support.fsspec_rig import file_rig_at, memory_rig_at, no_server, webdav_rig_at
from support.oci_rig import oci_rig_at
from support.oci_server import oci_server
from support.stores import Rig, azure_rig_at


class _RigMaker(Protocol):
    def __call__(self, server: Any, portal: Portal, endpoint: str = "") -> Rig: ...


RIGS: dict[str, tuple[Callable[[], AbstractContextManager[Any]], _RigMaker]] = {
    "azure": (azurite, azure_rig_at),
    "alipan": (alipan_drive, alipan_rig_at),
    "databricks-dbfs": (databricks_workspace, dbfs_rig_at),
    "oci": (oci_server, oci_rig_at),
    "databricks-volumes": (databricks_workspace, volume_rig_at),
    "webdav": (webdav_server, webdav_rig_at),
}

#: Through fsspec: no HTTP, so that no proxy can stand in front of them.
FILE_RIGS: dict[str, tuple[Callable[[], AbstractContextManager[Any]], _RigMaker]] = {
    "memory": (no_server, memory_rig_at),
    "sftp": (sftp_server, file_rig_at),
    "ftp": (ftp_server, file_rig_at),
}
ALL: Final = {**RIGS, **FILE_RIGS}


def under(rig: Rig, options: StorageOptions, endpoint: str) -> Rig:
    """The same place under other options; the caller closes its registry."""
    ours = replace(rig, registry=StoreRegistry(options))
    return redirected(ours, endpoint) if rig.name == "alipan" else ours


@dataclass(frozen=True)
class Services:
    """The servers of a session, as far as tests asked for them.

    Attributes:
        stack: ends them
    """

    stack: ExitStack
    started: dict[str, Any] = field(default_factory=dict)

    def server(self, name: str) -> Any:
        """The server, started when it is first wanted."""
        if name not in self.started:
            self.started[name] = self.stack.enter_context(ALL[name][0]())
        return self.started[name]

    def rig(self, name: str, portal: Portal, endpoint: str = "") -> Rig:
        """A new place at the server, by default reached directly."""
        return ALL[name][1](self.server(name), portal, endpoint)


def in_a_child(rig: Rig) -> Rig:
    """The rig in a forked process, whose stores are new: Alipan's must learn where its double is."""
    return redirected(rig, rig.client.url) if rig.name == "alipan" else rig
