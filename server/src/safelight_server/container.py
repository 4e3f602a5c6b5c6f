"""The composition root: everything that one server process is made of, built here and closed here."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from functools import partial
from typing import Final

from safelight_server.api_keys.service import ApiKeyService
from safelight_server.api_keys.store import ApiKeyStore
from safelight_server.authn.authenticator import Authenticator
from safelight_server.authn.principals import Principals
from safelight_server.authn.root_token import RootTokenStore
from safelight_server.authz.policy import decide
from safelight_server.datasets.accesses import Accesses
from safelight_server.datasets.catalogue import Catalogue
from safelight_server.datasets.lookups import Lookups
from safelight_server.datasets.rules import DatasetRules
from safelight_server.datasets.service import DatasetService
from safelight_server.datasets.sharing import SharingService
from safelight_server.datasets.store import AccessListStore
from safelight_server.datasets.temporary import TemporaryDatasets
from safelight_server.db.databases import Databases, needed_by
from safelight_server.db.migrations import require_current
from safelight_server.db.replica import Replica
from safelight_server.db.shared_schema import prepare_shared_database
from safelight_server.gateway.assembly import make_gateway
from safelight_server.groups.service import GroupService
from safelight_server.groups.store import GroupStore
from safelight_server.invitations.mail import Mailer
from safelight_server.invitations.service import InvitationService, Terms
from safelight_server.invitations.store import InvitationStore
from safelight_server.membership import Membership
from safelight_server.organization.store import OrganizationStore
from safelight_server.rate_limit import RateLimit
from safelight_server.service_accounts.service import ServiceAccountService
from safelight_server.service_accounts.store import ServiceAccountStore
from safelight_server.settings import Settings
from safelight_server.users.service import UserService
from safelight_server.users.store import UserStore
from safelight_server.work import Work

TABLES: Final = (
    "users",
    "service_accounts",
    "groups",
    "api_keys",
    "root_token",
    "organization",
    "invitations",
    "dataset_access",
)
"""The collections of the server's own database that are held in memory."""


class Container:
    """One process's services. Make it with `open_container`."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.work = Work()
        self._collecting: asyncio.Task[None] | None = None
        self.databases = Databases(settings)
        self.replica = Replica(self.databases.own, TABLES)
        self._open_stores(self.replica)
        self.principals = Principals(self.replica, self.users, self.service_accounts, self.groups)
        self.requests = RateLimit(settings.requests_per_minute, "requests")
        self.unknown_tokens = RateLimit(settings.unknown_tokens_per_minute, "unknown tokens")
        self.authenticator = Authenticator(
            self.replica, self.api_keys, self.root_token, self.principals, self.unknown_tokens
        )
        self._open_identity_services()
        self._open_dataset_services()

    def _open_stores(self, replica: Replica) -> None:
        self.users = UserStore(replica["users"])
        self.service_accounts = ServiceAccountStore(replica["service_accounts"])
        self.groups = GroupStore(replica["groups"])
        self.api_keys = ApiKeyStore(replica["api_keys"])
        self.root_token = RootTokenStore(replica["root_token"])
        self.organization = OrganizationStore(replica["organization"])
        self.invitations = InvitationStore(replica["invitations"])
        self.access_lists = AccessListStore(replica["dataset_access"])

    def _open_identity_services(self) -> None:
        membership = Membership(self.api_keys, self.groups, self.access_lists)
        self.user_service = UserService(self.users, membership)
        self.service_account_service = ServiceAccountService(self.service_accounts, membership)
        self.group_service = GroupService(self.groups, self.principals, self.access_lists)
        self.api_key_service = ApiKeyService(self.api_keys)
        self.invitation_service = InvitationService(
            invitations=self.invitations,
            users=self.user_service,
            keys=self.api_key_service,
            principals=self.principals,
            access_lists=self.access_lists,
            organization=self.organization,
            mailer=Mailer(self.settings.smtp_url, self.settings.smtp_sender),
            terms=Terms(self.settings.url, timedelta(days=self.settings.invitation_days)),
        )

    def _open_dataset_services(self) -> None:
        databases = self.databases
        self.accesses = Accesses(self.access_lists, self.organization)
        self.catalogue = Catalogue(databases.shared)
        self.lookups = Lookups(databases.shared, databases.own, self.catalogue, self.access_lists)
        self.datasets = DatasetService(self.catalogue, self.access_lists, self.accesses)
        policy = partial(decide, database=self.settings.database_name)
        rules = DatasetRules(policy, self.replica, self.accesses, self.lookups, self.catalogue)
        self.gateway = make_gateway(self.settings, databases, self.work, rules)
        self.temporary_datasets = TemporaryDatasets(
            databases.shared_writable,
            self.access_lists,
            self.api_keys,
            self.authenticator.note_use_of_open_connections,
            timedelta(hours=self.settings.temporary_dataset_hours),
        )
        self.sharing = SharingService(self.access_lists, self.principals, self.users, self.groups)

    async def start(self) -> None:
        """Connect, check the database's version, load what is held in memory.

        Raises:
            UnavailableError: MongoDB does not answer
            SchemaError: the database is of another version
        """
        with needed_by("the server"):
            await self.databases.ping()
            await require_current(self.databases.own)
            await prepare_shared_database(self.databases.shared_writable)
            await self.replica.start()
            self._collecting = asyncio.create_task(self.temporary_datasets.keep_collecting())

    async def close(self) -> None:
        """Close every connection."""
        if self._collecting:
            self._collecting.cancel()
        self.gateway.close()
        await self.replica.stop()
        self.databases.close()


@asynccontextmanager
async def open_container(settings: Settings) -> AsyncIterator[Container]:
    """A started container, closed in the end."""
    container = Container(settings)
    try:
        await container.start()
        yield container
    finally:
        await container.close()
