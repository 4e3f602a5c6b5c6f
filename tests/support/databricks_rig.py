"""The workspace double as places for the contract suite: a volume, and the file system."""

from __future__ import annotations

import uuid

from safelight.storage.credentials import Secret
from safelight.storage.databricks.options import DatabricksOptions
from safelight.storage.options import StorageOptions
from safelight.storage.portal import Portal
from safelight.storage.registry import StoreRegistry
from safelight.storage.uri import ObjectURI
from support.databricks_server import VOLUME, Databricks
from support.stores import QUICK, Rig


def volume_rig_at(server: Databricks, portal: Portal, endpoint: str = "") -> Rig:
    """A new folder in the volume, by default reached directly."""
    return _rig(server, portal, endpoint, VOLUME.strip("/"))


def dbfs_rig_at(server: Databricks, portal: Portal, endpoint: str = "") -> Rig:
    """A new folder in the file system, by default reached directly."""
    return _rig(server, portal, endpoint, "datasets")


def _rig(server: Databricks, portal: Portal, endpoint: str, folder: str) -> Rig:
    workspace = DatabricksOptions(host=endpoint or server.url, token=Secret(server.add_token()))
    registry = StoreRegistry(StorageOptions(retry=QUICK, databricks=workspace))
    base = ObjectURI("databricks", "", f"{folder}/{uuid.uuid4().hex}/")
    return Rig("databricks", portal, registry, base, server)
