"""An installation's first minute: accounts at MongoDB, the server's database, the root token, an admin.

Everything here may run again: what exists stays as it is, and keys that are asked for are made anew.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from motor.motor_asyncio import AsyncIOMotorClient
from pymongo.errors import PyMongoError

from safelight.storage.credentials import Secret
from safelight_server.authn.tokens import Token
from safelight_server.authz.roles import Role
from safelight_server.container import Container, open_container
from safelight_server.db.accounts import Account, accounts, address_of, create_account
from safelight_server.db.databases import Client, Databases, needed_by
from safelight_server.db.migrations import migrate
from safelight_server.settings import Settings, variable_of
from safelight_server.users.errors import NotAnAdminError
from safelight_server.users.model import User
from safelight_server.users.service import normalize_email


@dataclass(frozen=True, slots=True)
class Bootstrapped:
    """What is shown once.

    Attributes:
        settings: addresses of the accounts that were made, by variable
        root_token: None when there was one already
        admin_key: a new key of the first admin, when one was asked for
    """

    settings: dict[str, Secret] = field(default_factory=dict)
    root_token: Token | None = None
    admin_key: Token | None = None


async def bootstrap(
    settings: Settings, admin_email: str | None = None, *, new_root_token: bool = False
) -> Bootstrapped:
    """Prepare an installation.

    Args:
        settings: with `mongodb_admin_uri`, accounts are made there; without, `mongodb_uri` is used as it is
        admin_email: of a first admin, who is added where nobody has this email, and gets an API key
        new_root_token: make a root token even if there is one, which is then revoked

    Raises:
        UnavailableError: MongoDB does not answer, or refuses
        InvalidEmailError: `admin_email` is none
        NotAnAdminError: somebody else than an admin has it
    """
    # What may fail comes first: an error must not leave secrets behind that nobody saw.
    admin_email = normalize_email(admin_email) if admin_email else None
    privileged = settings
    if settings.mongodb_admin_uri:
        # Also where the accounts exist, and nobody gave their passwords.
        privileged = replace(
            settings, mongodb_uri=settings.mongodb_admin_uri, relay_uri=None, relay_read_uri=None
        )
    await migrate_database(privileged)
    async with open_container(privileged) as container:
        admin = await _admin(container, admin_email) if admin_email else None
        with needed_by("bootstrap"):
            made = await _make_accounts(settings)
        root_token = None
        if new_root_token or not container.root_token.exists:
            root_token = await container.root_token.replace()
        admin_key = await _key_of(container, admin) if admin else None
    shown = {variable_of(name): uri for name, uri in made.items()}
    return Bootstrapped(shown, root_token, admin_key)


async def _admin(container: Container, email: str) -> User:
    user = container.users.by_email(email)
    if user is None:
        return await container.user_service.create(email, email.partition("@")[0], Role.ADMIN)
    if user.role is not Role.ADMIN:
        raise NotAnAdminError(email, user.role)
    return user


async def _key_of(container: Container, user: User) -> Token:
    _key, token = await container.api_key_service.create(container.principals.find(user.email), "bootstrap")
    return token


async def migrate_database(settings: Settings) -> list[str]:
    """Bring the server's database to this server's version; the summaries of the steps taken.

    Raises:
        SchemaError: it is newer than this server
        UnavailableError: MongoDB does not answer, or refuses
    """
    databases = Databases(settings)
    try:
        with needed_by("a migration"):
            return await migrate(databases.own)
    finally:
        databases.close()


async def _make_accounts(settings: Settings) -> dict[str, Secret]:
    """Addresses of the accounts that were made, by setting: all that are missing, or on an error none."""
    if settings.mongodb_admin_uri is None:
        return {}
    client: Client = AsyncIOMotorClient(settings.mongodb_admin_uri.reveal())
    made: dict[Account, Secret] = {}
    try:
        for account in accounts(settings.database_name, settings.own_database):
            password = await create_account(client, account)
            if password is not None:
                made[account] = password
    except PyMongoError:
        for account in made:
            await client.admin.command("dropUser", account.name)
        raise
    finally:
        client.close()
    return {each.variable: address_of(settings.mongodb_admin_uri, each, made[each]) for each in made}
