"""One account's `google.cloud.storage.Client`, and what obstore needs to agree with it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from google.auth.exceptions import GoogleAuthError
from google.auth.transport.requests import Request
from google.cloud.storage import Client
from requests import Session
from requests.adapters import HTTPAdapter

from safelight.errors import ConfigError
from safelight.storage.base import Identity
from safelight.storage.gcs.credentials import Found, find_credentials
from safelight.storage.gcs.identity import describe_identity
from safelight.storage.gcs.options import GCSAccount
from safelight.storage.opening import Opening
from safelight.storage.options import StorageOptions


@dataclass(frozen=True, slots=True, repr=False)
class Opened:
    """A client at work.

    Attributes:
        client: Google's client
        http: the `requests` session with which it sends, which adds and renews tokens
        found: as whom
        tokens: `google.auth`'s transport, with which tokens are fetched
    """

    client: Any
    http: Any
    found: Found
    tokens: Request

    @property
    def credentials(self) -> Any:
        """Those found, with the scopes and the quota project of the client's options."""
        return self.client._credentials  # noqa: SLF001 - no public name

    def network(self) -> dict[str, Any]:
        """The proxies and certificates of the environment, as `requests` uses them for the endpoint."""
        return dict(self.http.merge_environment_settings(self.client.api_endpoint, {}, None, None, None))


class GCSSession:
    """One account's session: its credentials are found once.

    Args:
        options: the options of storage
        account: whose session it is
    """

    def __init__(self, options: StorageOptions, account: GCSAccount) -> None:
        self._options = options
        self._account = account
        self._opening = Opening(self._open)

    def open(self) -> Opened:
        """The client, made with the first call.

        Raises:
            CredentialsError: credentials are configured, but not to be had
            ConfigError: a credentials file or a client argument makes no sense
        """
        return self._opening.get()

    def serves(self, bucket: str) -> bool:
        """Whether a bucket is asked for as this account."""
        return self._options.gcs.account_of(bucket) == self._account

    def identity(self) -> Identity:
        """As whom the account speaks.

        Raises:
            As `open`
        """
        opened = self.open()
        return describe_identity(opened.found, opened.credentials, str(opened.client.api_endpoint))

    def close(self) -> None:
        """Close idle connections."""
        if opened := self._opening.made:
            opened.client.close()
            opened.tokens.session.close()

    def _open(self) -> Opened:
        tokens = Request(Session())
        arguments = dict(self._options.gcs.client_kwargs)
        if "credentials" in arguments:
            source = 'credentials in extra_client_kwargs["gcs"]'
            found = Found(arguments.pop("credentials"), None, source)
        else:
            found = find_credentials(self._account, tokens)
        try:
            client = Client(**({"project": found.project} | arguments), credentials=found.credentials)
        except (TypeError, ValueError, GoogleAuthError) as error:
            raise ConfigError(f'extra_client_kwargs["gcs"]: {error}') from None
        http = client._http  # noqa: SLF001 - its pool keeps ten connections, and there is no other way to it
        if not http.is_mtls:
            pool = HTTPAdapter(pool_maxsize=self._options.connections)
            http.mount("https://", pool)
            http.mount("http://", pool)
        return Opened(client, http, found, tokens)
