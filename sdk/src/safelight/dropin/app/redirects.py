"""Browsers sent to the store itself, with a URL that is good for a while (`app_signed_urls`).

The bytes then do not pass through the App's server. The bucket must allow the App's pages to read
(`safelight storage cors apply`): pages draw pictures on canvases, which browsers refuse to others.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Final

import anyio
from starlette.requests import Request
from starlette.responses import RedirectResponse

from safelight.errors import CredentialsError, UnsupportedOperationError
from safelight.runtime import Runtime

_EXPIRES: Final = timedelta(hours=1)
_KEPT: Final = "private, max-age=300"
"""Scrolling back asks for no other URL; none is used when it is about to expire."""


async def redirected(
    runtime: Runtime, request: Request, address: str, headers: dict[str, str]
) -> RedirectResponse | None:
    """The store's own address of an object; None where there is nothing to sign with, or no such thing."""
    uri = runtime.stores.parse(address)
    try:
        signing: Any = runtime.stores.store_for(uri).sign(uri, method=request.method, expires=_EXPIRES)
        url = await anyio.to_thread.run_sync(runtime.portal.run, signing)
    except (CredentialsError, UnsupportedOperationError):
        return None
    return RedirectResponse(url, 307, headers | {"Cache-Control": _KEPT})
