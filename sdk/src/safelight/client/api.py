"""Requests to the REST API, with its refusals as exceptions."""

from __future__ import annotations

import threading
import time
from typing import Any, Final
from urllib.parse import quote

from safelight.client.options import ApiOptions
from safelight.errors import (
    ApiConnectionError,
    ApiForbiddenError,
    ApiInvalidError,
    ApiKeyRefusedError,
    ApiNotFoundError,
    ApiRequestError,
    ApiUnavailableError,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    import httpx

_REFUSALS: Final[dict[int, type[ApiRequestError]]] = {
    403: ApiForbiddenError,
    404: ApiNotFoundError,
    409: ApiInvalidError,
    422: ApiInvalidError,
}
_TOO_MANY: Final = 429
_UNAVAILABLE: Final = 503
_UNAUTHORIZED: Final = 401
_ATTEMPTS: Final = 4
_FIRST_WAIT_S: Final = 0.2
_LONGEST_WAIT_S: Final = 10.0


def segment(value: str) -> str:
    """A value as one segment of a path."""
    return quote(value, safe="")


class ApiClient:
    """One server, as one user. Threads may share it; a forked child makes its own.

    Args:
        options: which server, and as whom
    """

    def __init__(self, options: ApiOptions) -> None:
        self.options = options
        self._lock = threading.Lock()
        self._http: httpx.Client | None = None

    def get(self, path: str, **query: str | int | None) -> Any:
        """The answer to GET; None in `query` counts as left out.

        Raises:
            ApiKeyRefusedError: the server does not accept the key
            ApiUnavailableError: it cannot be reached, or cannot answer now, beyond some patience
            ApiRequestError: it refuses, in one of the kinds of `safelight.errors`
        """
        return self._send("GET", path, query, None)

    def items(self, path: str, **query: str | int | None) -> list[dict[str, Any]]:
        """A list."""
        return list(self.get(path, **query)["items"])

    def post(self, path: str, body: dict[str, Any], **query: str | int | None) -> Any:
        """Make or do something."""
        return self._send("POST", path, query, body)

    def patch(self, path: str, body: dict[str, Any]) -> Any:
        """Change something: what is None stays."""
        return self._send("PATCH", path, {}, {key: value for key, value in body.items() if value is not None})

    def put(self, path: str, body: dict[str, Any]) -> Any:
        """Set something."""
        return self._send("PUT", path, {}, body)

    def delete(self, path: str, **query: str | int | None) -> None:
        """Take something away."""
        self._send("DELETE", path, query, None)

    def close(self) -> None:
        """Close every connection."""
        with self._lock:
            if self._http is not None:
                self._http.close()
                self._http = None

    def _send(self, method: str, path: str, query: dict[str, Any], body: dict[str, Any] | None) -> Any:
        import httpx

        given = {key: value for key, value in query.items() if value is not None}
        for attempt in range(_ATTEMPTS):
            try:
                response = self._client().request(method, path, params=given, json=body)
            except httpx.TransportError as error:
                raise ApiUnavailableError(f"{self.options.uri} cannot be reached: {error}") from error
            if response.status_code not in {_TOO_MANY, _UNAVAILABLE} or attempt == _ATTEMPTS - 1:
                break
            # Both say that nothing was done, so that asking again is right for every method.
            time.sleep(_wait(response.headers.get("Retry-After"), attempt))
        return self._result(response)

    def _client(self) -> httpx.Client:
        import httpx

        with self._lock:
            if self._http is None:
                key = self.options.key
                self._http = httpx.Client(
                    base_url=self.options.base_url,
                    headers={"Authorization": f"Bearer {key.reveal()}"} if key else {},
                    timeout=self.options.timeout_s,
                )
            return self._http

    def _result(self, response: httpx.Response) -> Any:
        if response.is_success:
            return response.json() if response.content else None
        try:
            problem = response.json()
            reason, code = str(problem["detail"]), str(problem["code"])
        except (ValueError, TypeError, KeyError):
            raise ApiConnectionError(
                f"{self.options.uri} answered {response.status_code}, and not as an API server does"
            ) from None
        status = response.status_code
        if status == _UNAUTHORIZED:
            raise ApiKeyRefusedError(reason)
        if status in {_TOO_MANY, _UNAVAILABLE}:
            raise ApiUnavailableError(reason)
        raise _REFUSALS.get(status, ApiRequestError)(reason, status, code)


def _wait(retry_after: str | None, attempt: int) -> float:
    asked = float(retry_after) if retry_after and retry_after.isdigit() else 0.0
    return min(max(asked, _FIRST_WAIT_S * (1 << attempt)), _LONGEST_WAIT_S)
