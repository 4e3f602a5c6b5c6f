"""What end-to-end tests share: a real browser, and the App with a bucket behind it."""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from support.app_page import AppPage
from support.app_server import App, running_app
from support.chromium import chromium, new_page
from support.cloud import Cloud, MakeDataset, new_datasets
from support.importing import import_upstream
from support.recording_proxy import RecordingProxy, recording_proxy
from support.s3_server import S3Server

if TYPE_CHECKING:
    from playwright.sync_api import Browser


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """The system's Chromium; only while it is used, for its driver has an event loop in this thread."""
    with chromium() as browser:
        yield browser


@pytest.fixture
def app_page(browser: Browser) -> Iterator[AppPage]:
    """A new page, with nothing kept from other tests."""
    with new_page(browser) as page:
        yield AppPage(page)


@pytest.fixture(scope="session")
def app_store(s3: S3Server) -> Iterator[RecordingProxy]:
    """The store as the App sees it: every request is written down."""
    with recording_proxy(s3.endpoint_url) as proxy:
        yield proxy


@pytest.fixture(scope="session")
def app_environment(s3: S3Server, app_store: RecordingProxy, session_directory: Path) -> dict[str, str]:
    """What the App's process runs with."""
    return {
        **os.environ,
        **s3.environment,
        "S3_ENDPOINT_URL": app_store.url,
        "FIFTYONE_MEDIA_CACHE_DIR": str(session_directory / "app-cache"),
    }


@pytest.fixture(scope="session")
def app(app_environment: dict[str, str]) -> Iterator[App]:
    """The App, with the session's bucket: launched once, since its server takes seconds to start."""
    with running_app(app_environment) as app:
        yield app


@pytest.fixture(scope="session")
def app_bucket(s3: S3Server) -> str:
    """A bucket that all tests of the App share."""
    return s3.new_bucket("app")


@pytest.fixture
def cloud(s3_environment: S3Server, app_bucket: str, tmp_path: Path) -> Cloud:
    """A folder in the App's bucket; this test's process can reach it too."""
    return Cloud(app_bucket, tmp_path.name, s3_environment.client(), tmp_path / "cache")


@pytest.fixture(scope="session")
def upstream() -> None:
    """Upstream in this process, connected: its deprecation warnings are not ours to mend."""
    import_upstream()
    import fiftyone as fo

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        fo.list_datasets()


@pytest.fixture
def make_dataset(upstream: None) -> Iterator[MakeDataset]:
    """Makes datasets of samples, or of media paths; they are deleted when the test ends."""
    with new_datasets() as make:
        yield make
