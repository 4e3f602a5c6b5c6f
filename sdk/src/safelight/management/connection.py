"""The API connection of this process."""

from __future__ import annotations

import sys
from typing import Any, ClassVar

from safelight.client.api import ApiClient
from safelight.runtime import Runtime, get_runtime
from safelight.storage.credentials import Secret

__all__ = ["APIClientConnection", "reload_api_connection", "test_api_connection"]


class _Followed:
    """Settings kept elsewhere, and the runtime that has them already."""

    config: ClassVar[Any] = None
    runtime: ClassVar[Runtime | None] = None


class APIClientConnection:
    """The process's one connection to the API; every instance is the same one."""

    def reload(self) -> None:
        """Use the address and the key as they are configured now."""
        runtime = get_runtime()
        runtime.forget_api()
        _take_over(runtime)

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
        runtime = get_runtime()
        if runtime is not _Followed.runtime:  # also after a fork
            _take_over(runtime)
        return runtime.api


def follow(config: Any) -> None:
    """Let the settings be those of `config`, where it has them.

    Args:
        config: has `api_uri` and `api_key`, as `fo.config` does
    """
    _Followed.config, _Followed.runtime = config, None


def _take_over(runtime: Runtime) -> None:
    _Followed.runtime = runtime
    uri, key = getattr(_Followed.config, "api_uri", None), getattr(_Followed.config, "api_key", None)
    if uri:
        runtime.api_config.api_uri = uri
    if key:
        runtime.api_config.api_key = Secret(str(key))


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
