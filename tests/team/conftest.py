"""One server and its people for all tests here."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from conftest import MongoDB
from support.api_server import Person, RunningApi, api_in_process, api_settings
from support.importing import import_upstream
from support.team import Worker, fiftyone_worker
from support.two_users import Stage, two_users
from support.workers import runs_tests


@pytest.hookimpl(trylast=True)
def pytest_configure(config: pytest.Config) -> None:
    """Before any test module here imports upstream."""
    if runs_tests(config):
        import_upstream()


@pytest.fixture(scope="session")
def api(mongodb: MongoDB) -> Iterator[RunningApi]:
    """A server with a first admin."""
    with api_in_process(api_settings(mongodb.uri)) as running:
        yield running


@pytest.fixture(scope="session")
def people(api: RunningApi) -> dict[str, Person]:
    """Somebody of each role that can use API keys."""
    others = {role: api.person(role) for role in ("MEMBER", "COLLABORATOR", "LABELER")}
    return {"ADMIN": api.admin, **others}


@pytest.fixture(scope="session")
def worker(api: RunningApi, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Worker]:
    """A FiftyOne that is connected to the server."""
    with fiftyone_worker(api, tmp_path_factory.mktemp("worker") / "log") as running:
        yield running


@pytest.fixture(scope="session")
def stage(api: RunningApi) -> Iterator[Stage]:
    """Ada's secret, and Eve."""
    with two_users(api) as made:
        yield made
