"""A team server, and the Management SDK acting as one of its users."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from conftest import MongoDB
from safelight import runtime
from safelight.storage.credentials import Secret
from support.api_server import Person, RunningApi, api_in_process, api_settings
from support.importing import import_upstream
from support.workers import runs_tests

Acting = Callable[[Person], None]


@pytest.hookimpl(trylast=True)
def pytest_configure(config: pytest.Config) -> None:
    """Before any test module here imports upstream."""
    if runs_tests(config):
        import_upstream()


@pytest.fixture(scope="module")
def api(mongodb: MongoDB) -> Iterator[RunningApi]:
    """A server with a first admin and nobody else."""
    with api_in_process(api_settings(mongodb.uri)) as running:
        yield running


@pytest.fixture(scope="module")
def admin(api: RunningApi) -> Person:
    """The first admin."""
    return api.admin


@pytest.fixture
def acting(api: RunningApi, admin: Person) -> Iterator[Acting]:
    """Become somebody else; the first admin at the start of each test."""

    def become(person: Person) -> None:
        current = runtime.reset()
        current.api_config.api_uri = api.url
        current.api_config.api_key = Secret(person.key)

    become(admin)
    yield become
    runtime.reset()
