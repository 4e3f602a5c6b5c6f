"""One user's drive through alipcs-py, with finite times and with the status of every answer looked at."""

from __future__ import annotations

from typing import Any

from alipcs_py.alipcs.pcs import PCS_HEADERS, AliPCS
from requests import HTTPError, Response
from requests.adapters import HTTPAdapter

from safelight.errors import CredentialsError
from safelight.storage.base import Candidate, Identity
from safelight.storage.opening import Opening
from safelight.storage.options import StorageOptions


class TimedAdapter(HTTPAdapter):
    """Gives every request a time limit; alipcs-py gives none.

    Args:
        connect: seconds to reach the server
        read: seconds that it may stay silent
        connections: how many to keep
    """

    def __init__(self, connect: float, read: float, connections: int) -> None:
        self._limits = (connect, read)
        super().__init__(pool_connections=connections, pool_maxsize=connections)

    def send(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        return super().send(request, *args, **{**kwargs, "timeout": kwargs.get("timeout") or self._limits})


class AlipanSession:
    """Makes the one client.

    Args:
        options: the options of storage
    """

    def __init__(self, options: StorageOptions) -> None:
        self._options = options
        self._opening = Opening(self._make)

    def client(self) -> Any:
        """The `AliPCS`.

        Raises:
            CredentialsError: there is no refresh token
        """
        return self._opening.get()

    def http(self) -> Any:
        """The client's `requests.Session`, for the bytes of files."""
        return self.client()._session  # noqa: SLF001 - it has no other name

    def headers(self) -> dict[str, str]:
        """What Alipan wants of whoever reads or writes a file's bytes."""
        return {"Referer": PCS_HEADERS["Referer"], "Accept-Encoding": "identity"}

    def identity(self) -> Identity:
        """As whom."""
        client = self.client()
        candidates = (Candidate("ALIPAN_WEB_REFRESH_TOKEN in the environment", "chosen"),)
        return Identity(
            "https://api.aliyundrive.com", "refresh token", f"user {client.user_name}", candidates
        )

    def close(self) -> None:
        """Close idle connections."""
        if client := self._opening.made:
            client._session.close()  # noqa: SLF001 - as above

    def _make(self) -> Any:
        token = self._options.alipan.refresh_token
        if token is None:
            raise CredentialsError("no Alipan refresh token: set ALIPAN_WEB_REFRESH_TOKEN")
        retry = self._options.retry
        client = AliPCS(token.reveal())
        session = client._session  # noqa: SLF001 - as above
        adapter = TimedAdapter(retry.connect_timeout, retry.read_timeout, self._options.connections)
        session.mount("https://", adapter)
        session.mount("http://", adapter)
        session.hooks["response"].append(_refuse_strangers)
        return client


def _refuse_strangers(response: Response, **_: Any) -> None:
    """Alipan tells errors in JSON, which alipcs-py reads whatever the status; others end here."""
    if not response.ok and "json" not in response.headers.get("Content-Type", ""):
        response.close()
        raise HTTPError(response=response)
