"""The API connection of this process."""

from __future__ import annotations

import sys

from safelight.client.api import ApiClient
from safelight.runtime import get_runtime

__all__ = ["APIClientConnection", "reload_api_connection", "test_api_connection"]


class APIClientConnection:
    """The process's one connection to the API; every instance is the same one."""

    def reload(self) -> None:
        """Use the address and the key as they are configured now."""
        get_runtime().forget_api()

    @property
    def has_principal_endpoints(self) -> bool:
        """Whether the server knows service accounts beside users: every one of ours does."""
        return True

    @property
    def client(self) -> ApiClient:
        """What sends requests.

        Raises:
            ConfigError: there is no API connection
        """
        return get_runtime().api


def api() -> ApiClient:
    """What sends requests."""
    return APIClientConnection().client


def reload_api_connection() -> None:
    """Use `fo.config.api_uri` and `fo.config.api_key` as they are now, after they were changed."""
    APIClientConnection().reload()


def test_api_connection() -> None:
    """Print that the API connection works.

    Raises:
        ConfigError: there is no API connection
        ApiConnectionError: it does not work, and why
    """
    api().get("/whoami")
    sys.stdout.write("API connection succeeded\n")


test_api_connection.__test__ = False  # type: ignore[attr-defined]  # its public name looks like a pytest test
