"""URLs that anybody can use until they expire: shared access signatures for one blob.

An account's key signs them; so does a key that Entra ID lends for some days to whoever has an OAuth token and
the role for it ("Create a user delegation SAS").
"""

from __future__ import annotations

import threading
from datetime import datetime, timedelta, timezone
from typing import Final

from azure.storage.blob import BlobSasPermissions, UserDelegationKey, generate_blob_sas

from safelight.errors import CredentialsError, StorageError
from safelight.storage.azure.authentication import Bearer, SharedKey
from safelight.storage.azure.session import AzureSession
from safelight.storage.uri import ObjectURI

_RIGHTS: Final = {
    "GET": BlobSasPermissions(read=True),
    "HEAD": BlobSasPermissions(read=True),
    "PUT": BlobSasPermissions(create=True, write=True),
    "DELETE": BlobSasPermissions(delete=True),
}
_LONGEST_DELEGATION: Final = timedelta(days=7)  # the service's limit
_SKEW: Final = timedelta(minutes=5)


class Signer:
    """Signs URLs of one account's blobs; its calls block.

    Args:
        session: whose account
    """

    def __init__(self, session: AzureSession) -> None:
        self._session = session
        self._lock = threading.Lock()
        self._delegated: tuple[UserDelegationKey, datetime] | None = None

    def sign(self, uri: ObjectURI, method: str, expires: timedelta) -> str:
        """Make the URL; as `ObjectStore.sign`."""
        if method not in _RIGHTS:
            raise StorageError(f"cannot sign a {method} request", uri.public_text)
        authentication = self._session.authentication()
        until = datetime.now(timezone.utc) + expires
        blob = self._session.service().get_blob_client(uri.bucket, uri.key)
        if not isinstance(authentication, SharedKey | Bearer):
            raise CredentialsError(
                f"a URL is signed with an account key or an OAuth token, not as {authentication.principal}",
                uri.public_text,
            )
        key = authentication.key.reveal() if isinstance(authentication, SharedKey) else None
        token = generate_blob_sas(
            blob.account_name or self._session.account.name,
            uri.bucket,
            uri.key,
            account_key=key,
            user_delegation_key=None if key else self._delegation(until, uri),
            permission=_RIGHTS[method],
            expiry=until,
            protocol="https" if blob.url.startswith("https:") else "https,http",
        )
        return f"{blob.url}?{token}"

    def _delegation(self, until: datetime, uri: ObjectURI) -> UserDelegationKey:
        now = datetime.now(timezone.utc)
        longest = now + _LONGEST_DELEGATION
        if until > longest:
            raise StorageError("with an OAuth token a URL can be signed for 7 days at most", uri.public_text)
        with self._lock:
            if self._delegated is None or self._delegated[1] < until:
                key = self._session.service().get_user_delegation_key(now - _SKEW, longest)
                self._delegated = key, longest
            return self._delegated[0]
