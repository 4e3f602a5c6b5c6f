"""Whatever a script does with samples, it ends with ours as it ends with stock.

Random programs are played by stock, by ours, and by ours with each of the patches off that make work with
documents faster: they return and raise the same, the objects that the script holds look the same, and the
same documents are in the database.
"""

from __future__ import annotations

from collections.abc import Iterator
from difflib import unified_diff
from itertools import islice

import pytest
from hypothesis import HealthCheck, example, given, settings

from conftest import MongoDB
from equivalence.programs import Program, programs
from equivalence.sides import DOCUMENT_PATCHES, Side
from equivalence.sides import sides as start_sides
from equivalence.values import Made


@pytest.fixture(scope="module")
def sides(mongodb: MongoDB, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Side]]:
    with start_sides(mongodb.uri, tmp_path_factory.mktemp("sides")) as started:
        yield started


def test_each_patch_can_be_switched_off_by_itself(sides: dict[str, Side]) -> None:
    every = set(DOCUMENT_PATCHES)
    assert every & set(sides["stock"].patches) == set()
    assert every <= set(sides["ours"].patches)
    for name in DOCUMENT_PATCHES:
        assert set(sides["ours"].patches) - set(sides[f"without {name}"].patches) == {name}


_BOX = Made("Detection", {"label": "cat", "bounding_box": [0, 0, 0.5, 1.0], "extra": [1, {"a": None}]})
_EVERYTHING: Program = (
    (
        "add",
        {
            "contents": [{"objects": Made("Detections", {"detections": [_BOX, _BOX]}), "number": 1}] * 2,
            "frames": None,
            "dynamic": True,
            "validate": True,
        },
    ),
    ("touch_labels", {}),
    ("set_values", {"field": "number", "value": 7, "dynamic": False}),
    ("write", {"update": {"$set": {"number": 8}}, "frames": False}),
    ("reload", {"hard": True}),
    ("read", {}),
    ("read_views", {}),
    ("copy", {}),
)


@given(program=programs)
@example(program=_EVERYTHING)
@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
def test_programs_end_as_with_stock(sides: dict[str, Side], program: Program) -> None:
    for side in sides.values():
        side.send(program)
    records = {name: side.receive() for name, side in sides.items()}
    stock = records.pop("stock")
    different = {name: _differences(stock, record) for name, record in records.items() if record != stock}
    assert different == {}, "\n".join(line for lines in different.values() for line in lines)


def _differences(stock: list[str], other: list[str]) -> list[str]:
    return list(islice(unified_diff(stock, other, "stock", "other", n=4, lineterm=""), 60))
