"""The documented table is the one that the policy uses."""

from __future__ import annotations

from support.policy_document import DOCUMENT, document


def test_the_documented_table_is_the_one_in_use() -> None:
    assert DOCUMENT.read_text() == document(), "run `PYTHONPATH=tests python -m support.policy_document`"
