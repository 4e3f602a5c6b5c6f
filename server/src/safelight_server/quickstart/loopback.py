"""HTTP to servers of this machine."""

from __future__ import annotations

import urllib.request
from typing import Any

TIMEOUT_S = 2.0


def open_url(request: str | urllib.request.Request) -> Any:
    """As `urllib.request.urlopen`, with a short time limit, and past any proxy that the environment names."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    return opener.open(request, timeout=TIMEOUT_S)
