"""`/join`: the page that an invitation leads to."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from fastapi import APIRouter
from fastapi.responses import HTMLResponse

router = APIRouter(include_in_schema=False)

_PAGE: Final = Path(__file__).with_name("join.html")
_HEADERS: Final = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; connect-src 'self'"
    ),
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
    "X-Frame-Options": "DENY",
}


@router.get("/join")
async def join() -> HTMLResponse:
    """The same for everybody: the token stays in the browser until the form is sent."""
    return HTMLResponse(_PAGE.read_text(encoding="utf-8"), headers=_HEADERS)
