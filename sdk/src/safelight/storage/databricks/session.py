"""As whom Databricks' SDK speaks to a workspace.

Precedence: explicit host and token > `extra_client_kwargs["databricks"]` > `DATABRICKS_HOST`,
`DATABRICKS_TOKEN` and the other variables of Databricks' unified authentication > the profile in
`~/.databrickscfg` > what the SDK finds on the machine (the CLI, Azure, Google, a notebook's own token). All
but the first two are the SDK's own search.
"""

from __future__ import annotations

import re
import threading
from typing import Any, Final

from databricks.sdk.clock import RealClock
from databricks.sdk.core import ApiClient, Config

from safelight.errors import CredentialsError
from safelight.storage.base import Candidate, Identity
from safelight.storage.opening import Opening
from safelight.storage.options import StorageOptions
from safelight.version import __version__

#: The SDK has no setting for "never"; it pauses for at least as long as this before it tries again.
_SDK_RETRY_SECONDS: Final = 1

_FROM_ENVIRONMENT: Final = re.compile(r"Env: ([A-Z_, ]+)")


class _ImpatientClock(RealClock):  # type: ignore[misc]  # the SDK is untyped here
    """By this the time of the SDK's own tries is up as soon as it pauses: every further try is ours."""

    def __init__(self) -> None:
        self._skipped = threading.local()

    def time(self) -> float:
        return float(super().time()) + getattr(self._skipped, "seconds", 0.0)

    def sleep(self, seconds: float) -> None:
        self._skipped.seconds = getattr(self._skipped, "seconds", 0.0) + max(seconds, _SDK_RETRY_SECONDS)


class DatabricksSession:
    """One workspace: makes its one client, and says as whom it speaks.

    Args:
        options: the options of storage
    """

    def __init__(self, options: StorageOptions) -> None:
        self._options = options
        self._opening = Opening(self._make)

    def client(self) -> Any:
        """The `ApiClient`.

        Raises:
            CredentialsError: there are no usable credentials
        """
        return self._opening.get()

    def identity(self) -> Identity:
        """As whom, and why."""
        config = self.client()._cfg  # noqa: SLF001 - as the SDK's own services do
        return Identity(
            str(config.host),
            str(config.auth_type),
            str(config.client_id or config.username or "the owner of the token"),
            self._candidates(config),
        )

    def close(self) -> None:
        """Close idle connections."""
        if client := self._opening.made:
            client._api_client._session.close()  # noqa: SLF001 - it has no other way

    def _make(self) -> Any:
        return ApiClient(self._config())

    def _candidates(self, config: Any) -> tuple[Candidate, ...]:
        explicit = self._options.databricks
        variables = _FROM_ENVIRONMENT.search(config.debug_string())
        found = {
            explicit.source: bool(explicit.token),
            'extra_client_kwargs["databricks"]': "token" in explicit.client_kwargs,
            f"the environment: {variables[1].strip(' .') if variables else 'DATABRICKS_TOKEN'}": bool(
                variables
            ),
            f"profile {config.profile or 'DEFAULT'} in {config.config_file or '~/.databrickscfg'}": bool(
                config.token and not variables
            ),
            "Databricks' unified authentication": True,
        }
        names = list(found)
        chosen = next(at for at, name in enumerate(names) if found[name])
        outcomes = ["not set"] * chosen + ["chosen"] + ["not looked at"] * (len(names) - chosen - 1)
        return tuple(Candidate(name, outcome) for name, outcome in zip(names, outcomes, strict=True))

    def _config(self) -> Any:
        explicit, retry = self._options.databricks, self._options.retry
        arguments: dict[str, Any] = {
            "retry_timeout_seconds": _SDK_RETRY_SECONDS,
            "http_timeout_seconds": retry.read_timeout,
            "max_connection_pools": self._options.connections,
            "max_connections_per_pool": self._options.connections,
        }
        arguments |= explicit.client_kwargs
        arguments |= {"host": explicit.host} if explicit.host else {}
        arguments |= {"token": explicit.token.reveal()} if explicit.token else {}
        try:
            config = Config(
                product="safelight", product_version=__version__, clock=_ImpatientClock(), **arguments
            )
        except ValueError as error:
            reason = str(error).partition(". Config:")[0].partition("\n")[0]
            raise CredentialsError(f"no usable Databricks credentials: {reason}") from None
        if not config.host:
            raise CredentialsError("no Databricks workspace: set DATABRICKS_HOST and DATABRICKS_TOKEN")
        return config
