"""The gateway of one server process, put together from its settings."""

from __future__ import annotations

from typing import Final

from safelight_server.authz.decision import Account
from safelight_server.datasets.rules import DatasetRules
from safelight_server.db.databases import Databases
from safelight_server.gateway.backend.account import BackendAccount
from safelight_server.gateway.backend.backend import Backend
from safelight_server.gateway.backend.pool import LinkPool
from safelight_server.gateway.backend.primary import PrimaryFinder
from safelight_server.gateway.gateway import Gateway
from safelight_server.settings import Settings
from safelight_server.work import Work

_LINKS: Final = 256
"""Most commands of one account that run at MongoDB at a time; more wait their turn."""


def make_gateway(settings: Settings, databases: Databases, work: Work, rules: DatasetRules) -> Gateway:
    """Put a gateway together.

    Args:
        settings: addresses of MongoDB, with the accounts that run clients' commands
        databases: knows who the primary is
        work: counts commands under way
        rules: judges them

    Raises:
        SettingsError: an address of MongoDB is none
    """
    write = BackendAccount.from_uri(settings.relay_uri or settings.mongodb_uri)
    read = BackendAccount.from_uri(settings.relay_read_uri or settings.relay_uri or settings.mongodb_uri)
    pools = {Account.WRITE: LinkPool(write, _LINKS), Account.READ: LinkPool(read, _LINKS)}
    return Gateway(Backend(PrimaryFinder(databases.relay), pools), rules, work)
