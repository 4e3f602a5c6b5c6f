"""Every workflow of the matrix: the outcome on remote media is that on local ones, at no request too many."""

from __future__ import annotations

import inspect
from pathlib import Path
from typing import Any

import fiftyone.types as fot
import pytest

from safelight.dropin import versions
from support import workflow_table
from support.matrix import record
from support.matrix.plain import differences
from support.matrix.record import RECORDING, Cost, Entry
from support.matrix.row import Row, all_absent, all_rows
from support.matrix.stage import Stage
from support.places.local import LocalPlace
from support.places.providers import Providers, place_at
from support.places.traffic import Traffic

# Forked workers inherit that warnings are errors, and connect to the database anew.
pytestmark = pytest.mark.filterwarnings("ignore:No uuidRepresentation:DeprecationWarning")

CELLS = [
    pytest.param(row, provider, id=f"{row.name}-{provider}".replace(" ", "_"))
    for row in all_rows()
    for provider in row.providers
]


@pytest.fixture(scope="module")
def local_outcomes() -> dict[str, Any]:
    """By row, what comes of it on local media: each runs once."""
    return {}


def run_locally(row: Row, known: dict[str, Any], directory: Path, video_file: Path) -> Any:
    if row.name not in known:
        place = LocalPlace(directory / "media")
        place.directory.mkdir(parents=True)
        known[row.name] = Stage(place, directory, video_file).run(row.run)
    return known[row.name]


@pytest.mark.filterwarnings(  # what upstream does with its own libraries
    "ignore::DeprecationWarning:fiftyone", "ignore::PendingDeprecationWarning"
)
@pytest.mark.parametrize(("row", "provider"), CELLS)
def test_the_same_as_on_local_media(  # noqa: PLR0917 - fixtures and a case
    row: Row,
    provider: str,
    local_outcomes: dict[str, Any],
    providers: Providers,
    video_file: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    expected = run_locally(row, local_outcomes, tmp_path / "local", video_file)
    store = providers.get(provider)
    with place_at(store, tmp_path, monkeypatch) as place:
        outcome = Stage(place, tmp_path, video_file).run(row.run)
        traffic = Traffic.of(store.proxy.requests, store.classify)
    differing = differences(outcome, expected)
    assert not differing, "\n".join(differing)
    assert row.reads_again or not traffic.read_again()
    cost = Cost.of(traffic)
    if RECORDING:
        record.note(row.name, row.area, provider, cost)
        return
    known = record.read().get(row.name)
    assert known, "run `make matrix`, and look at what the page says then"
    assert not cost.exceeds(known.costs[provider], reads_vary=row.probes), traffic.requests


def names_a_format(kind: type) -> bool:
    """Whether upstream has an importer or an exporter for it; others are there to be derived from."""
    for method in ("get_dataset_importer_cls", "get_dataset_exporter_cls"):
        try:
            getattr(kind(), method)()
        except TypeError:
            continue
        except ImportError:  # what it needs is not installed
            return True
        return True
    return False


def test_every_dataset_type_of_upstream_has_a_row() -> None:
    shown = {kind for row in all_rows() for kind in row.types}
    shown |= {kind for absent in all_absent() for kind in absent.types}
    formats = {kind for _, kind in inspect.getmembers(fot, inspect.isclass) if names_a_format(kind)}
    assert sorted(kind.__name__ for kind in formats - shown) == []


def test_the_page_shows_these_rows() -> None:
    if RECORDING:
        absent = [Entry(each.name, each.area, {}, each.reason) for each in all_absent()]
        record.note_all({row.name: row.area for row in all_rows()}, absent)
        workflow_table.PAGE.write_text(workflow_table.page(), encoding="utf-8")
    recorded = {(name, entry.area, tuple(entry.costs), entry.absent) for name, entry in record.read().items()}
    here = {
        *((row.name, row.area, row.providers, "") for row in all_rows()),
        *((each.name, each.area, (), each.reason) for each in all_absent()),
    }
    # An older upstream has fewer dataset types than the page shows.
    assert here <= recorded
    assert here == recorded or versions.installed_version() != versions.NEWEST
    assert workflow_table.PAGE.read_text(encoding="utf-8") == workflow_table.page()
