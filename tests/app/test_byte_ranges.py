"""Which bytes a request asks for."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from safelight.dropin.app.byte_ranges import AskedRange, ByteRange, UnsatisfiableRangeError, parse_range


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        (None, None),
        ("bytes=0-", ByteRange(0, 100, 100)),
        ("bytes=10-19", ByteRange(10, 20, 100)),
        ("Bytes=10-19", ByteRange(10, 20, 100)),
        ("bytes=90-500", ByteRange(90, 100, 100)),
        ("bytes=0-999999999999999999", ByteRange(0, 100, 100)),
        ("bytes=-5", ByteRange(95, 100, 100)),
        ("bytes=-500", ByteRange(0, 100, 100)),
        ("bytes=20-10", None),
        ("bytes=0-1,5-6", None),
        ("bytes=-", None),
        ("bytes=--5", None),
        ("bytes=-5-10", None),
        ("bytes=+1-2", None),
        ("bytes=1.5-2", None),
        ("bytes=\u0661-\u0662", None),  # digits, but not those of HTTP
        ("items=0-1", None),
        ("bytes=9999999999999999999999999-", None),
    ],
)
def test_ranges(header: str | None, expected: ByteRange | None) -> None:
    asked = parse_range(header)
    assert (asked and asked.within(100)) == expected


@pytest.mark.parametrize("header", ["bytes=100-", "bytes=100-200", "bytes=-0", "bytes=999999999999999999-"])
def test_beyond_the_end(header: str) -> None:
    asked = parse_range(header)
    assert asked
    with pytest.raises(UnsatisfiableRangeError, match=r"bytes \*/100"):
        asked.within(100)


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("bytes=10-", ByteRange(10, 30, 100)),
        ("bytes=95-", ByteRange(95, 100, 100)),
        ("bytes=10-90", ByteRange(10, 91, 100)),
        ("bytes=-50", ByteRange(50, 100, 100)),
    ],
)
def test_only_open_ends_are_cut(header: str, expected: ByteRange) -> None:
    asked = parse_range(header)
    assert asked
    assert asked.within(100, open_end=20) == expected


@pytest.mark.parametrize("asked", [AskedRange(0, None), AskedRange(0, 5), AskedRange(None, 5)])
def test_an_empty_file_has_no_parts(asked: AskedRange) -> None:
    with pytest.raises(UnsatisfiableRangeError):
        asked.within(0)


@given(st.integers(0, 200), st.integers(0, 200), st.integers(1, 150))
def test_a_part_is_inside_the_file(first: int, last: int, size: int) -> None:
    asked = parse_range(f"bytes={first}-{last}")
    if asked is None:
        assert last < first
        return
    try:
        part = asked.within(size)
    except UnsatisfiableRangeError:
        assert first >= size
        return
    assert 0 <= part.start < part.stop <= size
    assert part.content_range == f"bytes {first}-{min(last, size - 1)}/{size}"


@given(
    st.one_of(
        st.text(max_size=40),
        st.from_regex(r"\Abytes=[0-9,\- ]{0,30}\Z"),
        st.tuples(st.integers(), st.integers()).map(lambda ends: f"bytes={ends[0]}-{ends[1]}"),
    )
)
def test_any_text_is_a_range_or_none(header: str) -> None:
    try:
        asked = parse_range(header)
        part = asked.within(10) if asked else None
    except UnsatisfiableRangeError:
        return
    assert part is None or 0 <= part.start < part.stop <= 10
