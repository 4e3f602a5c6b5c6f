"""As whom and how boto3 talks to S3: the AWS credential chain with the media cache config in its place.

Precedence: the account's explicit keys or profile > AWS_* in the environment > `aws_config_file` and
`aws_profile` of the media cache config > the rest of boto3's default chain (shared files, web identity,
container and instance roles) > nobody (public buckets).
"""

from __future__ import annotations

import os
import threading
from http import HTTPStatus
from itertools import islice
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import boto3
from botocore import UNSIGNED
from botocore.config import Config
from botocore.credentials import Credentials, EnvProvider, RefreshableCredentials
from botocore.exceptions import BotoCoreError, ClientError, PartialCredentialsError, ProfileNotFound
from botocore.session import Session

from safelight.errors import ConfigError, CredentialsError
from safelight.storage.base import Identity
from safelight.storage.options import StorageOptions
from safelight.storage.retry import delays
from safelight.storage.s3.identity import describe_identity
from safelight.storage.s3.options import S3Account

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

_DEFAULT_CONFIG_FILE = Session.SESSION_VARIABLES["config_file"][2]
#: In the file, in the environment, default, conversion (botocore's `SESSION_VARIABLES`): nothing to read.
_NO_AWS_FILES: Any = {
    "profile": (None, None, None, None),
    "config_file": (None, None, os.devnull, None),
    "credentials_file": (None, None, os.devnull, None),
}
_AWS_DOMAINS = (".amazonaws.com", ".amazonaws.com.cn")


class S3Session:
    """One account's boto3 session: its files are read and its credentials found once.

    Args:
        options: the options of storage
        account: whose session it is
    """

    def __init__(self, options: StorageOptions, account: S3Account) -> None:
        self._options = options
        self._account = account
        self._lock = threading.Lock()  # boto3 sessions are not thread-safe, their clients are
        self._session: Session | None = None
        self._clients: boto3.Session | None = None
        self._endpoint: str | None = None

    def serves(self, bucket: str) -> bool:
        """Whether a bucket is asked for as this account."""
        return self._options.s3.account_of(bucket) == self._account

    def credentials(self) -> Credentials | None:
        """The credentials to sign with; None to ask unsigned, as public buckets allow.

        Raises:
            CredentialsError: credentials are configured, but incomplete or not to be had
            ConfigError: a profile that is not in the AWS files
        """
        with self._lock:
            return None if self._account.anonymous else self._find_credentials()

    def client(self, region: str | None = None) -> S3Client:
        """Make a client.

        Args:
            region: the buckets' region; None is the configured one

        Raises:
            As `credentials`; `ConfigError` also for a malformed endpoint and unknown client arguments.
        """
        credentials = self.credentials()
        with self._lock:
            session = self._opened()
            self._clients = self._clients or boto3.Session(botocore_session=session)
            region = region or self._account.region or session.get_config_variable("region") or "us-east-1"
            try:
                client = self._clients.client(
                    "s3",
                    region_name=region,
                    endpoint_url=self._account.endpoint_url,
                    config=self._config(credentials),
                )
            except (ValueError, BotoCoreError) as error:
                raise ConfigError(f"cannot make an S3 client: {error}") from None
            client.meta.events.register("needs-retry.s3", self._slow_down)  # type: ignore[arg-type]  # answers count
            return client

    def identity(self) -> Identity:
        """As whom the account speaks.

        Raises:
            As `client`
        """
        credentials = self.credentials()
        endpoint = str(self.client().meta.endpoint_url)
        explicit = self._account.anonymous or self._account.access_key_id
        with self._lock:
            source = self._account.source if explicit else None
            return describe_identity(self._opened(), credentials, endpoint, source)

    def ca_bundle(self) -> str | None:
        """File of certificate authorities to trust (AWS_CA_BUNDLE, `ca_bundle`); None for the system's."""
        with self._lock:
            bundle = self._opened().get_config_variable("ca_bundle")
        return str(bundle) if bundle else None

    @property
    def custom_endpoint(self) -> bool:
        """Whether requests go to another server than AWS."""
        with self._lock:
            return self._is_custom_endpoint()

    @property
    def fixed_region(self) -> str | None:
        """The region that needs no discovery: the account's, or a custom endpoint's configured one."""
        with self._lock:
            configured = self._opened().get_config_variable("region")
            return self._account.region or (configured if self._is_custom_endpoint() else None)

    def _slow_down(self, response: Any, attempts: int, **_: object) -> float | None:
        """Seconds until a request that was answered 429 is sent again: botocore takes that for final."""
        if response is None or response[0].status_code != HTTPStatus.TOO_MANY_REQUESTS:
            return None
        return next(islice(delays(self._options.retry), attempts - 1, None), None)

    def _config(self, credentials: Credentials | None) -> Config:
        retry = self._options.retry
        values: dict[str, Any] = {
            "connect_timeout": retry.connect_timeout,
            "read_timeout": retry.read_timeout,
            "retries": {"mode": "standard", "total_max_attempts": retry.attempts},
            "max_pool_connections": self._options.connections,
            "tcp_keepalive": True,
        }
        if self._is_custom_endpoint():
            # S3-compatible servers need not know AWS's newer checksums, nor have a DNS name per bucket.
            values |= {
                "request_checksum_calculation": "when_required",
                "response_checksum_validation": "when_required",
                "s3": {"addressing_style": "path"},
            }
        # Named, because boto3 presigns for custom endpoints with the withdrawn version 2 otherwise.
        values["signature_version"] = UNSIGNED if credentials is None else "s3v4"
        extra = dict(self._options.s3.client_kwargs)
        extra["s3"] = {**values.get("s3", {}), **extra.get("s3", {})}
        try:
            return Config(**(values | extra))
        except TypeError as error:
            raise ConfigError(f'extra_client_kwargs["s3"]: {error}') from None

    def _is_custom_endpoint(self) -> bool:
        if self._endpoint is None:
            # Not the account's business alone: AWS_ENDPOINT_URL[_S3] and the AWS files may name one too.
            self._endpoint = self._account.endpoint_url or str(
                self._opened()
                .create_client("s3", region_name="us-east-1", config=Config(signature_version=UNSIGNED))
                .meta.endpoint_url
            )
        host = urlsplit(self._endpoint).hostname or ""
        return not host.endswith(_AWS_DOMAINS)

    def _opened(self) -> Session:
        if self._session is None:
            self._session = self._open()
        return self._session

    def _open(self) -> Session:
        account, s3 = self._account, self._options.s3
        session = Session(session_vars=_NO_AWS_FILES if account.isolated else None)
        if account.profile:
            session.set_config_variable("profile", account.profile)
        elif s3.fallback_profile and not session.get_config_variable("profile") and not _env_has_keys():
            session.set_config_variable("profile", s3.fallback_profile)
        if account.config_file:
            session.set_config_variable("config_file", account.config_file)
        elif s3.fallback_config_file and session.get_config_variable("config_file") == _DEFAULT_CONFIG_FILE:
            session.set_config_variable("config_file", s3.fallback_config_file)
        if account.access_key_id and account.secret_access_key:
            token = account.session_token.reveal() if account.session_token else None
            session.set_credentials(account.access_key_id.reveal(), account.secret_access_key.reveal(), token)
        return session

    def _find_credentials(self) -> Credentials | None:
        try:
            found: Credentials | None = self._opened().get_credentials()
            if isinstance(found, RefreshableCredentials):
                found.get_frozen_credentials()
        except ProfileNotFound as error:
            raise ConfigError(f"AWS configuration: {error}") from None
        except (BotoCoreError, ClientError, OSError) as error:
            raise CredentialsError(f"AWS credentials: {error}") from None
        return found


def _env_has_keys() -> bool:
    """Whether the environment holds AWS keys, which go before a profile of the media cache config."""
    try:
        return EnvProvider().load() is not None
    except PartialCredentialsError:
        return True
