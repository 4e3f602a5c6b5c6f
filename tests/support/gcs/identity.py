"""Where Google's tokens come from: OAuth, token exchange, impersonation, signing, the metadata server.

It follows what Google documents of each: RFC 7523 assertions signed with a service account's key, RFC 6749
refresh tokens, RFC 8693 token exchange, the IAM Service Account Credentials API and the metadata server of
Compute Engine.
"""

from __future__ import annotations

import base64
import json
import time
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from google.auth import jwt

from support.double import Answer, Request, Service

EMAIL = "robot@lab.iam.gserviceaccount.com"
OTHER_EMAIL = "other@lab.iam.gserviceaccount.com"
PROJECT = "lab"
CLIENT_SECRET = "client-secret-of-the-user"
REFRESH_TOKEN = "refresh-token-of-the-user"
SUBJECT_TOKEN = "token-of-another-cloud"

_POOL = "//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/p/providers/q"
#: Whom assertions are addressed to, whatever the file's `token_uri` says.
_AUDIENCE = "https://oauth2.googleapis.com/token"
_JWT_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer"
_EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange"


class Identity(Service):
    """The services that know who is who.

    Attributes:
        lifetime: how long the next tokens are said to be good, in seconds
        accepted: how long they really are
        issued: how many tokens were given out
    """

    def __init__(self) -> None:
        super().__init__()
        self.lifetime = 3600
        self.accepted = 3600.0
        self.issued = 0
        self._tokens: dict[str, tuple[str, float]] = {}
        self._key = rsa.generate_private_key(65537, 2048)

    @property
    def public_key(self) -> RSAPublicKey:
        """The key of both service accounts."""
        return self._key.public_key()

    def holder(self, token: str) -> str | None:
        """Whose token this is; None for one that is unknown or has expired."""
        name, until = self._tokens.get(token, ("", 0.0))
        return name if time.monotonic() < until else None

    def revoke_all(self) -> None:
        """Let no token be good any more."""
        self._tokens.clear()

    def service_account(self, **changes: Any) -> dict[str, Any]:
        """The content of a service account's key file."""
        private = self._key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
        return {
            "type": "service_account",
            "project_id": PROJECT,
            "private_key_id": "key-1",
            "private_key": private,
            "client_email": EMAIL,
            "client_id": "1",
            "token_uri": f"{self.url}/token",
        } | changes

    def authorized_user(self, **changes: Any) -> dict[str, Any]:
        """The content of what `gcloud auth application-default login` writes."""
        return {
            "type": "authorized_user",
            "client_id": "a-client-of-ours",
            "client_secret": CLIENT_SECRET,
            "refresh_token": REFRESH_TOKEN,
            "token_uri": f"{self.url}/token",
        } | changes

    def external_account(self, subject_file: Path, **changes: Any) -> dict[str, Any]:
        """The content of a workload identity federation file; the subject's token is in a file."""
        subject_file.write_text(SUBJECT_TOKEN)
        return {
            "type": "external_account",
            "audience": _POOL,
            "subject_token_type": "urn:ietf:params:oauth:token-type:jwt",
            "token_url": f"{self.url}/sts",
            "credential_source": {"file": str(subject_file)},
        } | changes

    def impersonated(self, source: dict[str, Any], **changes: Any) -> dict[str, Any]:
        """The content of a file with which `source` acts as another service account."""
        return {
            "type": "impersonated_service_account",
            "service_account_impersonation_url": self.iam_url(OTHER_EMAIL, "generateAccessToken"),
            "source_credentials": source,
        } | changes

    def iam_url(self, email: str, verb: str) -> str:
        """A method of the IAM Service Account Credentials API."""
        return f"{self.url}/v1/projects/-/serviceAccounts/{email}:{verb}"

    def answer(self, request: Request) -> Answer:
        if request.path in {"/token", "/sts"}:
            form = dict(parse_qsl(request.body.decode()))
            # OAuth clients say who they are in the form or in the header (RFC 6749, 2.3.1).
            basic = base64.b64decode(request.headers.get("authorization", "").removeprefix("Basic ")).decode()
            return self._grant(form, form.get("client_secret") or basic.partition(":")[2])
        if request.path.startswith("/v1/projects/-/serviceAccounts/"):
            return self._iam(request, *request.path.rpartition("/")[2].split(":"))
        if request.path.startswith("/v1/projects/"):
            return Answer(200, {"projectId": PROJECT})
        return self._metadata(request)

    def _grant(self, form: dict[str, str], secret: str) -> Answer:
        grant = form.get("grant_type")
        if grant == _JWT_BEARER:
            return self._token(self._asserted(form["assertion"]))
        if grant == _EXCHANGE and form.get("subject_token") == SUBJECT_TOKEN:
            answer = self._token("somebody of another cloud")
            answer.body["issued_token_type"] = "urn:ietf:params:oauth:token-type:access_token"
            return answer
        if grant == "refresh_token" and form["refresh_token"] == REFRESH_TOKEN and secret == CLIENT_SECRET:
            return self._token("user")
        return Answer(400, {"error": "invalid_grant", "error_description": "Bad Request"})

    def _asserted(self, assertion: str) -> str | None:
        pem = self.public_key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        try:
            return str(jwt.decode(assertion, certs=pem, audience=_AUDIENCE)["iss"])
        except ValueError:
            return None

    def _token(self, holder: str | None) -> Answer:
        if holder is None:
            return Answer(400, {"error": "invalid_grant", "error_description": "Invalid JWT Signature."})
        self.issued += 1
        token = f"ya29.token-{self.issued}-of-{holder.partition('@')[0].replace(' ', '-')}"
        self._tokens[token] = (holder, time.monotonic() + self.accepted)
        return Answer(200, {"access_token": token, "expires_in": self.lifetime, "token_type": "Bearer"})

    def _iam(self, request: Request, email: str, verb: str) -> Answer:
        if self.holder(request.headers.get("authorization", "").removeprefix("Bearer ")) is None:
            return Answer(401, {"error": {"code": 401, "status": "UNAUTHENTICATED"}})
        if verb == "signBlob":
            signature = self._key.sign(
                base64.b64decode(request.json()["payload"]), padding.PKCS1v15(), SHA256()
            )
            return Answer(200, {"keyId": "key-2", "signedBlob": base64.b64encode(signature).decode()})
        token = self._token(email).body["access_token"]
        until = datetime.now(timezone.utc) + timedelta(seconds=self.lifetime)
        return Answer(200, {"accessToken": token, "expireTime": until.strftime("%Y-%m-%dT%H:%M:%SZ")})

    def _metadata(self, request: Request) -> Answer:
        flavour = {"Metadata-Flavor": "Google"}
        root = "/computeMetadata/v1"
        if request.headers.get("metadata-flavor") != "Google":
            return Answer(403, b"Missing Metadata-Flavor:Google header.")
        account = {
            "email": EMAIL,
            "aliases": ["default"],
            "scopes": ["https://www.googleapis.com/auth/cloud-platform"],
        }
        answers: dict[str, Any] = {
            "": b"",
            f"{root}/project/project-id": PROJECT.encode(),
            f"{root}/universe/universe-domain": b"googleapis.com",
            f"{root}/instance/service-accounts/default": account,
            f"{root}/instance/service-accounts/{EMAIL}": account,
        }
        path = request.path.rstrip("/")
        if path.endswith("/token"):
            return Answer(200, self._token(EMAIL).body, flavour | {"Content-Type": "application/json"})
        if path not in answers:
            return Answer(404, b"", flavour)
        kind = "application/json" if isinstance(answers[path], dict) else "application/text"
        return Answer(200, answers[path], flavour | {"Content-Type": kind})


def written(content: dict[str, Any], path: Path) -> str:
    """Write a credentials file; its path."""
    path.write_text(json.dumps(content))
    return str(path)
