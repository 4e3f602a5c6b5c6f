"""Admins who take each other's role, or each other, away at the same moment: one of them stays."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Sequence
from itertools import cycle
from typing import TypeAlias

import pytest

from safelight_server.authz.roles import Role
from safelight_server.container import Container
from safelight_server.errors import ConflictError
from safelight_server.settings import Settings
from safelight_server.users.errors import AdminError, LastAdminError
from safelight_server.users.model import User
from support.containers import containers, run

Leave: TypeAlias = Callable[[Container, User], Awaitable[object]]
ROUNDS = 10


async def demote(container: Container, user: User) -> None:
    await container.user_service.change(user, role=Role.MEMBER)


async def delete(container: Container, user: User) -> None:
    await container.user_service.delete(user)


async def admins(container: Container) -> list[User]:
    """Those in the database."""
    ids = await container.databases.own["users"].distinct("_id", {"role": Role.ADMIN.value})
    return [container.user_service.find(each) for each in ids]


async def all_at_once(
    services: Sequence[Container], leaving: Sequence[User], leave: Iterator[Leave]
) -> list[object]:
    """Each admin leaves, at another server than the one before; what went wrong."""
    attempts = [next(leave)(each, admin) for each, admin in zip(cycle(services), leaving)]
    return [error for error in await asyncio.gather(*attempts, return_exceptions=True) if error]


@pytest.mark.parametrize(
    "ways", [(demote,), (delete,), (demote, delete)], ids=["demoted", "deleted", "demoted or deleted"]
)
@pytest.mark.parametrize("count", [2, 5])
def test_one_of_those_who_leave_together_stays(
    settings: Settings, ways: tuple[Leave, ...], count: int
) -> None:
    async def main() -> None:
        async with containers(settings, 2) as services:
            create = services[0].user_service.create
            for number in range(ROUNDS):
                stayed = await admins(services[0])
                new = [await create(f"{number}-{i}@example.org", "a", Role.ADMIN) for i in range(count)]
                errors = await all_at_once(services, [*stayed, *new], cycle(ways))
                assert [type(error) for error in errors] == [LastAdminError]
                assert len(await admins(services[0])) == 1

    run(main)


def test_the_refusal_names_who_would_leave(settings: Settings) -> None:
    async def main() -> None:
        async with containers(settings) as [container]:
            only = await container.user_service.create("ann@example.org", "Ann", Role.ADMIN)
            for leave in (demote, delete):
                with pytest.raises(LastAdminError, match=r"ann@example.org is the only admin"):
                    await leave(container, only)
            assert container.user_service.find(only.id) == only
            key, _ = await container.api_key_service.create(container.principals.find(only.id), "key")
            with pytest.raises(LastAdminError):
                await delete(container, only)
            assert container.api_keys.get(key.id), "nothing is taken from whoever stays"

    run(main)


def test_who_is_made_an_admin_while_being_deleted_is_not_deleted(settings: Settings) -> None:
    async def main() -> None:
        async with containers(settings) as [container]:
            await container.user_service.create("ann@example.org", "Ann", Role.ADMIN)
            user = await container.user_service.create("bob@example.org", "Bob", Role.ADMIN)
            with pytest.raises(AdminError, match=r"bob@example.org was made an admin"):
                await container.users.delete(user)
            assert container.user_service.find(user.id) == user
            assert issubclass(AdminError, ConflictError)

    run(main)
