"""On local media nobody can tell our FiftyOne from stock: results, errors, files and documents are equal.

Both sides play the same operations (`upstream.operations`) in a process of their own.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from conftest import MongoDB

_TIMEOUT_S = 800  # half a minute on two free cores
pytestmark = pytest.mark.timeout(_TIMEOUT_S + 60)
_ADDED_NAMES = "datasets.public_names"
"""The one operation where ours may have more: names that stock does not know."""


@dataclass(frozen=True)
class Sides:
    stock: Mapping[str, Any]
    ours: Mapping[str, Any]


def _start(side: str, directory: Path, uri: str) -> subprocess.Popen[bytes]:
    environment = os.environ | {
        "FIFTYONE_DATABASE_URI": uri,
        "FIFTYONE_DATABASE_NAME": f"same_as_stock_{side}",
        "SAFELIGHT_DISABLE": "1" if side == "stock" else "",
        # Upstream stores some fields in the order of a set.
        "PYTHONHASHSEED": "0",
        "PYTHONPATH": str(Path(__file__).parents[1]),
    }
    place = directory / f"{side:_<5}"  # equally long: sizes of files that name paths are compared
    play = [sys.executable, "-m", "upstream.play", side, str(place), str(directory / f"{side}.json")]
    with (directory / f"{side}.log").open("wb") as log:
        return subprocess.Popen(play, env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log)


def _result(side: str, directory: Path, process: subprocess.Popen[bytes]) -> Mapping[str, Any]:
    code = process.wait(timeout=_TIMEOUT_S)
    log = (directory / f"{side}.log").read_text(errors="replace")
    assert code == 0, f"{side} ended with {code}:\n{log[-4000:]}"
    content: Mapping[str, Any] = json.loads((directory / f"{side}.json").read_text())
    return content


@pytest.fixture(scope="module")
def sides(mongodb: MongoDB, tmp_path_factory: pytest.TempPathFactory) -> Sides:
    """What both sides recorded; they run at the same time."""
    directory = tmp_path_factory.mktemp("sides")
    processes = {side: _start(side, directory, mongodb.uri) for side in ("stock", "ours")}
    try:
        return Sides(**{side: _result(side, directory, process) for side, process in processes.items()})
    finally:
        for process in processes.values():
            process.kill()
            process.wait()


def test_only_ours_is_patched(sides: Sides) -> None:
    assert sides.stock["patches"] == {}
    assert sides.ours["patches"]["off"] == []
    assert "fiftyone.core.storage:normalize_path" in sides.ours["patches"]["replaced"]


def test_both_sides_play_the_same_operations(sides: Sides) -> None:
    assert list(sides.stock["records"]) == list(sides.ours["records"])
    assert len(sides.stock["records"]) > 200


def test_operations_succeed_on_stock(sides: Sides) -> None:
    # An operation that fails early on both sides would compare nothing.
    misused = [
        name
        for name, record in sides.stock["records"].items()
        if isinstance(record["outcome"], dict)
        and record["outcome"].get("raised") in {"TypeError", "AttributeError"}
    ]
    assert misused == []


def test_results_files_and_documents_are_equal(sides: Sides) -> None:
    stock, ours = sides.stock["records"], sides.ours["records"]
    different = {name: _differences(stock[name], ours[name]) for name in stock if name != _ADDED_NAMES}
    assert {name: found for name, found in different.items() if found} == {}


def test_no_public_name_is_lost(sides: Sides) -> None:
    stock, ours = (side["records"][_ADDED_NAMES]["outcome"] for side in (sides.stock, sides.ours))
    lost = {where: sorted(set(names) - set(ours[where])) for where, names in stock.items()}
    assert not any(lost.values()), lost


def _differences(stock: Any, ours: Any, where: str = "") -> list[str]:
    """The innermost places where two records differ, readable in a failure report."""
    if isinstance(stock, dict) and isinstance(ours, dict) and stock.keys() == ours.keys():
        return [text for key in stock for text in _differences(stock[key], ours[key], f"{where}/{key}")]
    if isinstance(stock, list) and isinstance(ours, list) and len(stock) == len(ours):
        pairs = enumerate(zip(stock, ours, strict=True))
        return [text for index, pair in pairs for text in _differences(*pair, f"{where}/{index}")]
    return [] if stock == ours else [f"{where}: stock {stock!r:.600}, ours {ours!r:.600}"]
