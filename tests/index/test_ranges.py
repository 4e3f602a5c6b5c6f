"""Range headers."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from safelight_index.downloads import UnsatisfiableRangeError, parse_range

CONTENT = bytes(range(100))
POSITIONS = st.integers(0, 150)


@given(first=POSITIONS, last=POSITIONS)
def test_a_closed_range_is_the_slice_that_it_names(first: int, last: int) -> None:
    if last < first:
        assert parse_range(f"bytes={first}-{last}", 100) is None
    elif first >= 100:
        with pytest.raises(UnsatisfiableRangeError):
            parse_range(f"bytes={first}-{last}", 100)
    else:
        chosen = parse_range(f"bytes={first}-{last}", 100)
        assert chosen is not None
        assert CONTENT[slice(*chosen)] == CONTENT[first : last + 1]


@given(st.integers(1, 150))
def test_a_suffix_is_the_end(length: int) -> None:
    chosen = parse_range(f"bytes=-{length}", 100)
    assert chosen is not None
    assert CONTENT[slice(*chosen)] == CONTENT[-length:]


def test_an_open_range_goes_to_the_end() -> None:
    assert parse_range("bytes=40-", 100) == (40, 100)


@pytest.mark.parametrize("header", ["bytes=-0", "bytes=100-", "bytes=100-200"])
def test_a_range_without_a_byte_cannot_be_satisfied(header: str) -> None:
    with pytest.raises(UnsatisfiableRangeError):
        parse_range(header, 100)


@pytest.mark.parametrize(
    "header", ["", "bytes", "bytes=", "bytes=-", "bytes=1-2,5-6", "lines=1-2", "bytes=a-b"]
)
def test_what_we_do_not_serve_means_the_whole_file(header: str) -> None:
    assert parse_range(header, 100) is None


@given(st.text())
def test_no_header_makes_it_fail_otherwise(header: str) -> None:
    try:
        chosen = parse_range(header, 100)
    except UnsatisfiableRangeError:
        return
    assert chosen is None or 0 <= chosen[0] < chosen[1] <= 100
