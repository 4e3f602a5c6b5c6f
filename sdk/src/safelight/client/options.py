"""Which team server, and as whom."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from safelight.errors import ConfigError
from safelight.storage.credentials import Secret

API: Final = "/api/v1"


@dataclass(frozen=True, slots=True)
class ApiOptions:
    """An address and a key.

    Attributes:
        uri: address of the server, `https://...`
        key: an API key, or a root token; None for the few requests that need none
        timeout_s: for one request

    Raises:
        ConfigError: the address is none
    """

    uri: str
    key: Secret | None = None
    timeout_s: float = 30.0

    def __post_init__(self) -> None:
        parts = urlsplit(self.uri)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise ConfigError(
                f"the address of an API server is https://HOST or http://HOST, not {self.uri!r}"
            )
        if parts.username or parts.password:
            raise ConfigError("the API key does not belong in the address of the API server")

    @property
    def base_url(self) -> str:
        """Where the REST API begins."""
        return f"{self.uri.rstrip('/')}{API}"
