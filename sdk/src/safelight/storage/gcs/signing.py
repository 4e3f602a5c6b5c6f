"""Signed URLs of version 4: with a service account's key, else by asking Google to sign in its name."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Final

from google.auth import iam
from google.auth.credentials import Signing

from safelight.errors import CredentialsError, StorageError
from safelight.storage.gcs.errors import translating
from safelight.storage.gcs.session import Opened
from safelight.storage.uri import ObjectURI

_METHODS: Final = frozenset({"GET", "PUT", "HEAD", "DELETE"})
_LONGEST: Final = timedelta(days=7)


class RemoteKey(Signing):  # type: ignore[misc]  # google-auth's base class is untyped
    """A service account's key that stays with Google: `signBlob` of the IAM credentials API signs.

    Args:
        opened: whose credentials ask; they need the role "Service Account Token Creator" on the account
        email: the account
    """

    def __init__(self, opened: Opened, email: str) -> None:
        self._signer = iam.Signer(opened.tokens, opened.credentials, email)
        self._email = email

    @property
    def signer(self) -> Any:
        return self._signer

    @property
    def signer_email(self) -> str:
        return self._email

    def sign_bytes(self, message: bytes) -> bytes:
        return bytes(self._signer.sign(message))


def signed_url(opened: Opened, uri: ObjectURI, method: str, expires: timedelta, payer: str | None) -> str:
    """Make a URL that needs no credentials.

    Args:
        opened: the client as whose account it is signed
        uri: the object
        method: the one HTTP method that it is good for
        expires: for how long, at most a week
        payer: the project that pays for the requests; None is the bucket's owner

    Raises:
        CredentialsError: there is nothing to sign with
        StorageError: Google does not sign such a request
    """
    if method not in _METHODS:
        raise StorageError(f"cannot sign a {method} request", uri.public_text)
    if expires > _LONGEST:
        raise StorageError(f"a signed URL is good for a week at most, not {expires}", uri.public_text)
    with translating(uri):
        url: str = (
            opened.client.bucket(uri.bucket)
            .blob(uri.key)
            .generate_signed_url(
                version="v4",
                expiration=expires,
                method=method,
                api_access_endpoint=opened.client.api_endpoint,
                credentials=_key_of(opened, uri),
                query_parameters={"userProject": payer} if payer else None,
            )
        )
    return url


def _key_of(opened: Opened, uri: ObjectURI) -> Any:
    credentials = opened.credentials
    if isinstance(credentials, Signing):
        return credentials
    if opened.found.anonymous:
        raise CredentialsError("no credentials to sign with", uri.public_text)
    if getattr(credentials, "service_account_email", None) == "default":
        credentials.refresh(opened.tokens)  # the metadata server tells its account's name only then
    email = getattr(credentials, "service_account_email", None)
    if not email:
        raise CredentialsError(
            "these credentials cannot sign: use a service account's key, or impersonate a service account "
            "(gcloud auth application-default login --impersonate-service-account)",
            uri.public_text,
        )
    return RemoteKey(opened, email)
