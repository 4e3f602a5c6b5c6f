"""As whom and how Oracle's SDK talks to Object Storage.

Precedence: an explicit key > an explicit file and profile > `OCI_CLI_CONFIG_FILE` and `OCI_CLI_PROFILE` (of
Oracle's CLI) > `oci_config_file` and `oci_profile` of the media cache config > the SDK's own search
(`~/.oci/config`, `OCI_CONFIG_FILE`, `~/.oraclebmc/config`) > the resource principal of a function or job
(`OCI_RESOURCE_PRINCIPAL_VERSION`). The first four are told apart in `safelight.config.oci`.
"""

from __future__ import annotations

import configparser
from pathlib import Path
from typing import Any, Final

import oci
import oci.object_storage

from safelight.errors import CredentialsError
from safelight.storage.base import Candidate, Identity
from safelight.storage.oci.options import OCIAccount
from safelight.storage.opening import Opening
from safelight.storage.options import StorageOptions

_DEFAULT_FILES: Final = "~/.oci/config, OCI_CONFIG_FILE, ~/.oraclebmc/config"
_RESOURCE_PRINCIPAL: Final = "OCI_RESOURCE_PRINCIPAL_VERSION"


class OCISession:
    """One account: makes its one client, and says as whom it speaks.

    Args:
        options: the options of storage
        account: the account
    """

    def __init__(self, options: StorageOptions, account: OCIAccount) -> None:
        self._oci: Any = oci  # the SDK has no types
        self._options = options
        self.account = account
        self._opening = Opening(self._make_client)
        self._namespace: str | None = options.oci.namespace

    def client(self) -> Any:
        """The `ObjectStorageClient`.

        Raises:
            CredentialsError: there are no usable credentials
        """
        return self._opening.get()

    def namespace(self) -> str:
        """The tenancy's namespace, for addresses that name none; one request, once."""
        if self._namespace is None:
            self._namespace = str(self.client().get_namespace().data)
        return self._namespace

    def region(self) -> str:
        """The region that the client talks to; copies are told where to go."""
        client = self.client().base_client
        return str(client.config.get("region") or getattr(client.signer, "region", ""))

    def identity(self) -> Identity:
        """As whom, and why."""
        config, signer, candidates = self._found()
        client = self.client()
        method = type(signer).__name__ if signer else "API signing key"
        principal = "the resource that this runs in"
        if config:
            user, fingerprint = config.get("user", "of the session"), config.get("fingerprint", "none")
            principal = f"user {user}, fingerprint {fingerprint}"
        return Identity(str(client.base_client.endpoint), method, principal, candidates)

    def close(self) -> None:
        """Close idle connections."""
        if client := self._opening.made:
            client.base_client.session.close()

    def _make_client(self) -> Any:
        config, signer, _ = self._found()
        retry = self._options.retry
        arguments: dict[str, Any] = {
            "timeout": (retry.connect_timeout, retry.read_timeout),
            "retry_strategy": self._oci.retry.NoneRetryStrategy(),
            "circuit_breaker_strategy": self._oci.circuit_breaker.NoCircuitBreakerStrategy(),
            "allow_control_chars": True,
            # Else `..` in a key would be resolved on the way, to another object.
            "enable_strict_url_encoding": True,
        }
        if signer is not None:
            arguments["signer"] = signer
        if self.account.endpoint:
            arguments["service_endpoint"] = self.account.endpoint
        arguments |= self._options.oci.client_kwargs
        try:
            client = self._oci.object_storage.ObjectStorageClient(config, **arguments)
        except (self._oci.exceptions.ClientError, ValueError, OSError) as error:
            raise CredentialsError(f"the OCI configuration cannot be used: {error}") from None
        _widen(client.base_client.session, self._options.connections)
        return client

    def _found(self) -> tuple[dict[str, Any], Any, tuple[Candidate, ...]]:
        """The SDK's configuration, a signer where it is no API key, and where they come from."""
        account = self.account
        if account.key:
            return _of_key(account), None, (Candidate(account.source, "chosen"),)
        named = account.config_file or account.profile
        asked = f"{account.config_file or _DEFAULT_FILES} [{account.profile or 'DEFAULT'}]"
        candidates = [Candidate(f"{asked}, {account.source}" if named else asked, "chosen")]
        exceptions = self._oci.exceptions
        try:
            config = self._read_file()
        except exceptions.ConfigFileNotFound:
            if named or not self._options.oci.resource_principal:
                raise CredentialsError(f"no OCI configuration: {asked} does not exist") from None
            principal = Candidate(_RESOURCE_PRINCIPAL, "chosen")
            return {}, self._resource_principal(), (Candidate(asked, "not found"), principal)
        except exceptions.ProfileNotFound:
            raise CredentialsError(f"no such profile in the OCI configuration: {asked}") from None
        except configparser.Error:  # its message quotes lines of the file
            raise CredentialsError(f"not an OCI configuration: {asked}") from None
        except (exceptions.ClientError, ValueError) as error:
            raise CredentialsError(f"the OCI configuration cannot be used: {error}") from None
        except OSError as error:
            raise CredentialsError(f"cannot read the OCI configuration: {error}") from None
        candidates.append(Candidate(_RESOURCE_PRINCIPAL, "not looked at"))
        return config, self._session_token(config), tuple(candidates)

    def _read_file(self) -> dict[str, Any]:
        file = {"file_location": self.account.config_file} if self.account.config_file else {}
        profile = {"profile_name": self.account.profile} if self.account.profile else {}
        return dict(self._oci.config.from_file(**file, **profile))

    def _session_token(self, config: dict[str, Any]) -> Any:
        """The signer of a profile that `oci session authenticate` wrote."""
        if not config.get("security_token_file") or config.get("user"):
            return None
        token = Path(str(config["security_token_file"])).expanduser().read_text(encoding="utf-8").strip()
        key = self._oci.signer.load_private_key_from_file(config["key_file"], config.get("pass_phrase"))
        return self._oci.auth.signers.SecurityTokenSigner(token, key)

    def _resource_principal(self) -> Any:
        try:
            return self._oci.auth.signers.get_resource_principals_signer()
        except (ValueError, OSError) as error:
            raise CredentialsError(f"the resource principal cannot be used: {error}") from None


def _of_key(account: OCIAccount) -> dict[str, Any]:
    key = account.key
    if key is None:
        raise CredentialsError("no OCI key is given")
    return {
        "user": key.user,
        "tenancy": key.tenancy,
        "fingerprint": key.fingerprint,
        "key_content": key.private_key.reveal(),
        "pass_phrase": key.pass_phrase.reveal() if key.pass_phrase else None,
        "region": key.region,
    }


def _widen(session: Any, connections: int) -> None:
    """Let the pool keep as many connections as there may be requests: requests keeps ten."""
    for prefix, adapter in list(session.adapters.items()):
        adapter.init_poolmanager(connections, connections)
        session.mount(prefix, adapter)
