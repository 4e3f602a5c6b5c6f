"""Which bytes a request asks for."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from safelight.dropin.app.byte_ranges import ByteRange, UnsatisfiableRangeError, parse_range


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        (None, None),
        ("bytes=0-", ByteRange(0, 100, 100)),
        ("bytes=10-19", ByteRange(10, 20, 100)),
        ("Bytes=10-19", ByteRange(10, 20, 100)),
        ("bytes=90-500", ByteRange(90, 100, 100)),
        ("bytes=-5", ByteRange(95, 100, 100)),
        ("bytes=-500", ByteRange(0, 100, 100)),
        ("bytes=20-10", None),
        ("bytes=0-1,5-6", None),
        ("bytes=-", None),
        ("items=0-1", None),
        ("bytes=9999999999999999999999999-", None),
    ],
)
def test_ranges(header: str | None, expected: ByteRange | None) -> None:
    assert parse_range(header, 100) == expected


@pytest.mark.parametrize("header", ["bytes=100-", "bytes=100-200", "bytes=-0"])
def test_beyond_the_end(header: str) -> None:
    with pytest.raises(UnsatisfiableRangeError, match=r"bytes \*/100"):
        parse_range(header, 100)


@given(st.integers(0, 200), st.integers(0, 200), st.integers(1, 150))
def test_a_part_is_inside_the_file(first: int, last: int, size: int) -> None:
    try:
        part = parse_range(f"bytes={first}-{last}", size)
    except UnsatisfiableRangeError:
        assert first >= size
        return
    if part is None:
        assert last < first
        return
    assert 0 <= part.start < part.stop <= size
    assert part.content_range == f"bytes {first}-{min(last, size - 1)}/{size}"


@given(st.text(max_size=40))
def test_any_text_is_a_range_or_none(header: str) -> None:
    try:
        part = parse_range(header, 10)
    except UnsatisfiableRangeError:
        return
    assert part is None or 0 <= part.start < part.stop <= 10
