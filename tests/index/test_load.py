"""The read path does the same work at any number of files. How fast it is shows `make bench`."""

from __future__ import annotations

import asyncio
import gc
import sqlite3
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx
import pytest

from safelight_index.app import create_app
from safelight_index.database import FILENAME, Database
from safelight_index.publishing import open_publishing
from safelight_index.settings import Fallback, Settings
from safelight_index.tokens import TokenStore
from support.index_server import OPERATOR
from support.index_wheels import make_wheel

PATHS = {
    "a page that nobody has asked for": "/simple/bulk3/",
    "the same page again": "/simple/bulk3/",
    "a file": "/packages/bulk3-1.4-py3-none-any.whl",
    "metadata": "/packages/bulk3-1.4-py3-none-any.whl.metadata",
}


def fill(state: Path, wheel: Path, projects: int) -> None:
    """Enter ten files for each of many projects; the bytes are those of one wheel."""
    publishing = open_publishing(state)
    file = publishing.publish_file(wheel, OPERATOR)
    publishing.claim("bulk*", OPERATOR)
    columns = (
        "version, sha256, size, uploaded_at, uploaded_by, requires_python, metadata_sha256, yanked, listed"
    )
    names = ((f"bulk{n // 10}-1.{n % 10}-py3-none-any.whl", f"bulk{n // 10}") for n in range(projects * 10))
    with closing(sqlite3.connect(state / FILENAME)) as connection, connection:
        connection.executemany(
            f"INSERT INTO files SELECT ?, ?, {columns}, revision FROM files WHERE filename = ?",
            ((filename, project, file.filename) for filename, project in names),
        )


async def calls_for_each(state: Path) -> dict[str, int]:
    """How many functions, of Python and of C, the server calls to answer each path."""
    token = TokenStore(Database(state)).create("tester")[0].reveal()
    app = create_app(Settings(state_dir=state, fallback=Fallback.OFF))
    transport = httpx.ASGITransport(app)
    counts = {}
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://index", auth=(token, "")) as client,
    ):
        await client.get("/simple/bulk0/")
        for kind, path in PATHS.items():
            counts[kind] = await calls_for(client, path)
    return counts


async def calls_for(client: httpx.AsyncClient, path: str) -> int:
    calls = 0

    def count(_frame: Any, event: str, _argument: Any) -> None:
        nonlocal calls
        calls += event in {"call", "c_call"}

    gc.disable()
    sys.setprofile(count)
    try:
        response = await client.get(path)
    finally:
        sys.setprofile(None)
        gc.enable()
    assert response.status_code == 200, (path, response.text)
    return calls


@pytest.fixture
def wheel(tmp_path: Path) -> Path:
    return make_wheel(tmp_path, "acme", "1.0")


def test_ten_thousand_files_cost_no_more_than_forty(tmp_path: Path, wheel: Path) -> None:
    results = []
    for projects in (4, 1000):
        state = tmp_path / f"state{projects}"
        fill(state, wheel, projects)
        asyncio.run(calls_for_each(state))  # fills what this process remembers for ever, such as parsed paths
        results.append(asyncio.run(calls_for_each(state)))
    few, many = results
    assert min(few.values()) > 50
    assert few == many
