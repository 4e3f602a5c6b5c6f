"""Whether what a browser has already is still good."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from safelight.dropin.app.conditions import is_not_modified, may_continue

MODIFIED = "Wed, 25 Nov 2026 12:00:00 GMT"
ABOUT = {"ETag": '"one"', "Last-Modified": MODIFIED}


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ({}, False),
        ({"If-None-Match": '"one"'}, True),
        ({"If-None-Match": 'W/"one"'}, True),
        ({"If-None-Match": '"zero", "one"'}, True),
        ({"If-None-Match": "*"}, True),
        ({"If-None-Match": '"two"'}, False),
        ({"If-None-Match": "one"}, False),
        ({"If-None-Match": '"two"', "If-Modified-Since": MODIFIED}, False),  # a tag knows better than a date
        ({"If-Modified-Since": MODIFIED}, True),
        ({"If-Modified-Since": "Thu, 26 Nov 2026 12:00:00 GMT"}, True),
        ({"If-Modified-Since": "Tue, 24 Nov 2026 12:00:00 GMT"}, False),
        ({"If-Modified-Since": "Tue, 24 Nov 2026 12:00:00"}, False),
        ({"If-Modified-Since": "yesterday"}, False),
    ],
)
def test_copies(asked: dict[str, str], *, expected: bool) -> None:
    assert is_not_modified(asked, ABOUT) is expected


def test_what_the_store_does_not_date_or_tag_is_always_sent() -> None:
    assert not is_not_modified({"If-None-Match": '"one"'}, {})
    assert not is_not_modified({"If-Modified-Since": MODIFIED}, {})


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ({}, True),
        ({"If-Range": '"one"'}, True),
        ({"If-Range": MODIFIED}, True),
        ({"If-Range": '"two"'}, False),
        ({"If-Range": 'W/"one"'}, False),  # weak: perhaps other bytes
        ({"If-Range": "Tue, 24 Nov 2026 12:00:00 GMT"}, False),
    ],
)
def test_parts_of_one_version(asked: dict[str, str], *, expected: bool) -> None:
    assert may_continue(asked, ABOUT) is expected


def test_a_weak_tag_is_not_good_enough_for_parts() -> None:
    assert not may_continue({"If-Range": 'W/"one"'}, {"ETag": 'W/"one"'})


@given(st.text(max_size=60))
def test_any_header_has_an_answer(value: str) -> None:
    assert is_not_modified({"If-Modified-Since": value}, ABOUT) in {True, False}
    assert is_not_modified({"If-None-Match": value}, ABOUT) in {True, False}
