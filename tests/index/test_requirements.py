"""The page that says where each requirement is fulfilled and shown."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "design" / "index-requirements.md"
ROWS = [line for line in PAGE.read_text(encoding="utf-8").splitlines() if re.match(r"\| [RT]\d", line)]


def test_every_requirement_has_its_row() -> None:
    names = [row.split(" ", 2)[1] for row in ROWS]
    assert names == [f"R{n}" for n in range(1, 29)] + [f"T{n}" for n in range(1, 13)]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.split(" ", 2)[1])
def test_the_named_modules_and_tests_exist(row: str) -> None:
    tests = re.findall(r"`([\w/]+\.py)::(\w+)`", row)
    assert tests
    for file, name in tests:
        assert re.search(rf"^ *(async )?def {name}\(", (ROOT / "tests" / file).read_text(), re.MULTILINE), (
            f"{file} has no {name}"
        )
    for module in re.findall(r"`([\w/-]+\.py)`", row):
        home = ROOT if "/src/" in module else ROOT / "index-server" / "src" / "safelight_index"
        assert (home / module).is_file(), module
