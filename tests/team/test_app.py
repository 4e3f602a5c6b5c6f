"""The App of somebody who may view one dataset: it shows that one, and refuses what needs more."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from safelight_server.quickstart.ports import find_free_port
from support.api_server import Person, RunningApi
from support.team import TESTS, Worker

SAMPLES = """
query Samples($name: String!) {
  samples(dataset: $name, view: [], first: 3) {
    ... on SampleItemStrConnection { edges { node { __typename } } }
  }
}
"""
COLORS = """
mutation Colors($name: String!) {
  setDatasetColorScheme(datasetName: $name, colorScheme: {id: "1", colorPool: []}, subscription: "s") { id }
}
"""
TAG = {
    "dataset": "street",
    "view": [],
    "filters": {},
    "target_labels": False,
    "sample_ids": [],
    "labels": [],
    "extended": {},
    "hidden_labels": [],
    "active_label_fields": [],
    "slices": None,
    "slice": None,
    "group_id": None,
    "mixed": False,
    "changes": {"from-the-app": True},
    "modal": None,
    "current_frame": None,
    "label_fields": None,
    "subscription": "s",
    "session": "s",
}


def grant(api: RunningApi, person: Person, level: str) -> None:
    path = f"/datasets/street/access/users/{person.id}"
    api.admin.api.put(path, json={"permission": level}).raise_for_status()


@pytest.fixture(scope="module")
def viewer(api: RunningApi, worker: Worker, people: dict[str, Person]) -> Person:
    """Somebody who may view one of two datasets."""
    for name in ("street", "hidden"):
        assert worker.act(people["ADMIN"], "build images", name) is None
    person = api.person("COLLABORATOR")
    grant(api, person, "VIEW")
    return person


@pytest.fixture(scope="module")
def app(api: RunningApi, viewer: Person, tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    """Their App."""
    port, log = find_free_port(), tmp_path_factory.mktemp("app") / "log"
    inherited = {name: value for name, value in os.environ.items() if name != "FIFTYONE_DATABASE_URI"}
    with Path(log).open("w") as errors:
        process = subprocess.Popen(
            [sys.executable, "-m", "support.app_session", str(port), "street"],
            env={**inherited, "FIFTYONE_API_URI": api.url, "FIFTYONE_API_KEY": viewer.key},
            cwd=TESTS,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
        )
        try:
            assert process.stdout
            assert any(line == "ready\n" for line in process.stdout), Path(log).read_text()
            with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=60) as client:
                yield client
        finally:
            process.communicate("")


def ask(app: httpx.Client, query: str, **variables: Any) -> dict[str, Any]:
    answer: dict[str, Any] = app.post("/graphql", json={"query": query, "variables": variables}).json()
    return answer


def test_only_what_one_may_see_is_there(app: httpx.Client) -> None:
    listed = ask(app, '{ datasets(first: 9, search: "") { edges { node { name } } } estimatedDatasetCount }')
    assert listed["data"] == {
        "datasets": {"edges": [{"node": {"name": "street"}}]},
        "estimatedDatasetCount": 1,
    }
    assert len(ask(app, SAMPLES, name="street")["data"]["samples"]["edges"]) == 3
    assert "not found" in str(ask(app, SAMPLES, name="hidden")["errors"])
    dataset = "query Dataset($name: String!) { dataset(name: $name) { name estimatedSampleCount } }"
    assert ask(app, dataset, name="street")["data"]["dataset"]["estimatedSampleCount"] == 6
    assert ask(app, dataset, name="hidden")["data"]["dataset"] is None


def test_what_needs_more_is_refused_until_it_is_granted(
    api: RunningApi, viewer: Person, app: httpx.Client
) -> None:
    assert '"Can edit"' in ask(app, COLORS, name="street")["errors"][0]["message"]
    assert app.post("/tag", json=TAG).status_code == 500
    grant(api, viewer, "TAG")
    assert app.post("/tag", json=TAG).status_code == 200
    counted = app.post("/tagging", json={**TAG, "changes": None}).json()
    assert counted["tags"] == {"train": 6, "from-the-app": 6}
    assert '"Can edit"' in ask(app, COLORS, name="street")["errors"][0]["message"]
