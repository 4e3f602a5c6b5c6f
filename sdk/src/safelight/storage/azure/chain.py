"""`DefaultAzureCredential`, and what came of each of its sources.

It says only that all failed, or which one did not; whoever wants to know why he is who he is needs the others
too. So each source is wrapped, and notes its outcome when the chain asks it.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final

from azure.core.exceptions import ClientAuthenticationError
from azure.identity import CredentialUnavailableError, DefaultAzureCredential

from safelight.errors import ConfigError, CredentialsError
from safelight.storage.azure.authentication import SCOPE, Anonymous, Authentication, Bearer
from safelight.storage.base import Candidate

_SHOWN: Final = 200
_CHAIN_LOGGER: Final = logging.getLogger("azure.identity._credentials.chained")


class _Source:
    """One credential of the chain."""

    def __init__(self, credential: Any) -> None:
        self._credential = credential
        self.name = getattr(credential, "_credential_name", type(credential).__name__)
        self.outcome = "not looked at"
        self.failed = False

    def get_token(self, *scopes: str, **kwargs: Any) -> Any:
        return self._noting(self._credential.get_token, *scopes, **kwargs)

    def get_token_info(self, *scopes: str, **kwargs: Any) -> Any:
        return self._noting(self._credential.get_token_info, *scopes, **kwargs)

    def __exit__(self, *details: object) -> None:
        self._credential.__exit__(*details)

    def _noting(self, ask: Callable[..., Any], *scopes: str, **kwargs: Any) -> Any:
        try:
            token = ask(*scopes, **kwargs)
        except CredentialUnavailableError as error:
            self.outcome = _first_line(error)
            raise
        except Exception as error:  # whatever it is, the chain ends with it
            self.outcome, self.failed = f"failed: {_first_line(error)}", True
            raise
        self.outcome, self.failed = "chosen", False
        return token


class DefaultChain:
    """The chain of credentials that every Azure client tries where none are configured.

    Args:
        arguments: `extra_client_kwargs["azure"]`

    Raises:
        ConfigError: arguments that `DefaultAzureCredential` does not take
    """

    def __init__(self, arguments: Mapping[str, Any]) -> None:
        try:
            self._credential: Any = DefaultAzureCredential(**arguments)
        except (TypeError, ValueError) as error:
            raise ConfigError(f'extra_client_kwargs["azure"]: {error}') from None
        self._sources = tuple(_Source(each) for each in self._credential.credentials)
        self._credential.credentials = self._sources

    @property
    def candidates(self) -> tuple[Candidate, ...]:
        """The sources, in the order in which they are asked."""
        return tuple(
            Candidate(f"DefaultAzureCredential: {each.name}", each.outcome) for each in self._sources
        )

    def authenticate(self) -> Authentication:
        """Ask for a first token, so that it is known who asks: nobody, where no source has anything.

        Raises:
            CredentialsError: a source is configured, and gives no token
        """
        try:
            with _silent(_CHAIN_LOGGER):
                self._credential.get_token(SCOPE)
        except ClientAuthenticationError:
            for source in self._sources:
                if source.failed:
                    raise CredentialsError(f"{source.name} {source.outcome}") from None
            return Anonymous()
        chosen = next(source.name for source in self._sources if source.outcome == "chosen")
        return Bearer(self._credential, f"what {chosen} found")

    def close(self) -> None:
        self._credential.close()


def _first_line(error: Exception) -> str:
    return str(error).strip().partition("\n")[0][:_SHOWN]


@contextmanager
def _silent(logger: logging.Logger) -> Iterator[None]:
    """Without its warning that no source had anything: here that means nobody, and is no mistake."""

    def no(_: logging.LogRecord) -> bool:
        return False

    logger.addFilter(no)
    try:
        yield
    finally:
        logger.removeFilter(no)
