"""Which format a client gets."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from safelight_index.negotiation import Format, negotiate

PIP = "application/vnd.pypi.simple.v1+json, application/vnd.pypi.simple.v1+html; q=0.1, text/html; q=0.01"
UV = "application/vnd.pypi.simple.v1+json, application/vnd.pypi.simple.v1+html;q=0.2, text/html;q=0.01"
BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8"


@pytest.mark.parametrize(
    ("accept", "expected"),
    [
        (PIP, Format.JSON_V1),
        (UV, Format.JSON_V1),
        (BROWSER, Format.HTML),
        ("", Format.HTML),
        ("*/*", Format.HTML),
        ("text/*", Format.HTML),
        ("application/vnd.pypi.simple.latest+json", Format.JSON_V1),
        ("application/vnd.pypi.simple.v1+html", Format.HTML_V1),
        ("APPLICATION/vnd.PyPI.simple.v1+JSON ; Q=0.5", Format.JSON_V1),
        ("application/vnd.pypi.simple.v1+json;q=0, text/html", Format.HTML),
        ("application/vnd.pypi.simple.v1+json;q=nonsense, text/html;q=0.1", Format.HTML),
        ("application/vnd.pypi.simple.v2+json, image/png", Format.HTML),
    ],
)
def test_the_preferred_format_that_we_have_wins_and_html_is_the_default(
    accept: str, expected: Format
) -> None:
    assert negotiate(accept) is expected


@given(st.text())
def test_any_header_gets_some_format(accept: str) -> None:
    assert negotiate(accept) in Format
