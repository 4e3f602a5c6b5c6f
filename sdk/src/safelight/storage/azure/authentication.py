"""How a request to Azure Storage says who asks.

The four ways of "Authorize access to data in Azure Storage": Shared Key, shared access signature, OAuth
token, anonymous. Each serves our own reads (`authorize`) and azure-storage-blob's clients (`sdk_credential`).
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import formatdate
from typing import TYPE_CHECKING, Any, Final, Protocol
from urllib.parse import urlsplit

from azure.core.credentials import AzureNamedKeyCredential, AzureSasCredential

from safelight.errors import ConfigError, CredentialsError
from safelight.storage.credentials import Secret

if TYPE_CHECKING:
    from azure.core.credentials import TokenCredential

SCOPE: Final = "https://storage.azure.com/.default"
"""What tokens for Azure Storage are asked for."""

_VERSION: Final = "2021-12-02"
#: "Authorize with Shared Key": the standard headers whose values are signed, in order.
_SIGNED: Final = (
    "Content-Encoding",
    "Content-Language",
    "Content-Length",
    "Content-MD5",
    "Content-Type",
    "Date",
    "If-Modified-Since",
    "If-Match",
    "If-None-Match",
    "If-Unmodified-Since",
    "Range",
)


class Authentication(Protocol):
    """One way to say who asks.

    Attributes:
        method: what it is called
        principal: who that is, without any secret
        sdk_credential: the same for azure-storage-blob's clients; None for nobody
    """

    @property
    def method(self) -> str: ...
    @property
    def principal(self) -> str: ...
    @property
    def sdk_credential(self) -> Any: ...

    def authorize(self, method: str, url: str, headers: Mapping[str, str]) -> tuple[str, dict[str, str]]:
        """The URL and the headers to send; may ask for a token.

        Args:
            method: GET or HEAD: no body is signed
            url: percent-encoded, without a query
            headers: what is to be sent beside

        Raises:
            CredentialsError: no token is to be had
        """


@dataclass(frozen=True)
class SharedKey:
    """An account's key, which may do everything.

    Raises:
        ConfigError: it is no key
    """

    account: str
    key: Secret
    method = "shared key"

    def __post_init__(self) -> None:
        try:
            base64.b64decode(self.key.reveal(), validate=True)
        except binascii.Error:
            raise ConfigError(f"the key of the Azure account {self.account} is not base64") from None

    @property
    def principal(self) -> str:
        return f"the owner of account {self.account}"

    @property
    def sdk_credential(self) -> AzureNamedKeyCredential:
        return AzureNamedKeyCredential(self.account, self.key.reveal())

    def authorize(self, method: str, url: str, headers: Mapping[str, str]) -> tuple[str, dict[str, str]]:
        sent = {**headers, "x-ms-date": formatdate(usegmt=True), "x-ms-version": _VERSION}
        ours = sorted(
            (name.lower(), value) for name, value in sent.items() if name.lower().startswith("x-ms-")
        )
        text = "\n".join(
            [
                method,
                *(sent.get(name, "") for name in _SIGNED),
                *(f"{name}:{value}" for name, value in ours),
                f"/{self.account}{urlsplit(url).path}",
            ]
        )
        key = base64.b64decode(self.key.reveal())
        signature = base64.b64encode(hmac.new(key, text.encode(), hashlib.sha256).digest()).decode()
        return url, sent | {"Authorization": f"SharedKey {self.account}:{signature}"}


@dataclass(frozen=True)
class SharedAccess:
    """A shared access signature: some rights on some blobs until some time, for whoever has it."""

    token: Secret
    method = "shared access signature"
    principal = "whoever has the signature"

    @property
    def sdk_credential(self) -> AzureSasCredential:
        return AzureSasCredential(self.token.reveal())

    def authorize(
        self,
        method: str,  # noqa: ARG002 - the protocol's
        url: str,
        headers: Mapping[str, str],
    ) -> tuple[str, dict[str, str]]:
        return f"{url}?{self.token.reveal().lstrip('?')}", {**headers, "x-ms-version": _VERSION}


@dataclass(frozen=True)
class Bearer:
    """An OAuth token of Microsoft Entra ID, fetched again before it expires."""

    credential: TokenCredential
    principal: str
    method = "OAuth token"

    @property
    def sdk_credential(self) -> TokenCredential:
        return self.credential

    def authorize(
        self,
        method: str,  # noqa: ARG002 - the protocol's
        url: str,
        headers: Mapping[str, str],
    ) -> tuple[str, dict[str, str]]:
        if not url.startswith("https://"):
            raise CredentialsError("a token is sent only over https://, and the account's URL is http://")
        token = self.credential.get_token(SCOPE).token
        return url, {**headers, "x-ms-version": _VERSION, "Authorization": f"Bearer {token}"}


@dataclass(frozen=True)
class Anonymous:
    """Nobody: public containers can be read so."""

    method = "anonymous"
    principal = "anybody"
    sdk_credential = None

    def authorize(
        self,
        method: str,  # noqa: ARG002 - the protocol's
        url: str,
        headers: Mapping[str, str],
    ) -> tuple[str, dict[str, str]]:
        return url, {**headers, "x-ms-version": _VERSION}
