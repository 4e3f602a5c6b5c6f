"""The page on what each provider can do is what the tests show."""

from __future__ import annotations

from support.storage_table import PAGE, page


def test_the_page_is_what_the_tests_show() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), (
        "write it anew: PYTHONPATH=tests python -m support.storage_table > docs/guides/storage-support.md"
    )
