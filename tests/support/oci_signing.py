"""Oracle's "Request Signatures", from the server's side."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from email.utils import parsedate_to_datetime
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from support.double import Request

_PARAMETER = re.compile(r'(\w+)="([^"]*)"')
_SKEW = timedelta(minutes=5)


@dataclass(frozen=True)
class SigningKey:
    """A user's API key, both halves of it.

    Attributes:
        user: OCID
        tenancy: OCID
        private_key: the half that signs
    """

    user: str
    tenancy: str
    private_key: rsa.RSAPrivateKey

    @classmethod
    def generate(cls, name: str) -> SigningKey:
        user, tenancy = f"ocid1.user.oc1..{name}", f"ocid1.tenancy.oc1..{name}"
        return cls(user, tenancy, rsa.generate_private_key(65537, 2048))

    @property
    def fingerprint(self) -> str:
        """MD5 of the public key in DER, as the console shows it."""
        public = self.private_key.public_key().public_bytes(
            serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        return hashlib.md5(public).digest().hex(":")

    @property
    def key_id(self) -> str:
        return f"{self.tenancy}/{self.user}/{self.fingerprint}"

    def pem(self, pass_phrase: str = "") -> str:
        protection = (
            serialization.BestAvailableEncryption(pass_phrase.encode())
            if pass_phrase
            else serialization.NoEncryption()
        )
        return self.private_key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, protection
        ).decode()

    def write_config(
        self, folder: Path, profile: str = "DEFAULT", *, endpoint: str = "", **more: str
    ) -> Path:
        """Write `config` and the key beside it, as in the seed's example."""
        folder.mkdir(parents=True, exist_ok=True)
        key = folder / f"oci_api_key_{profile}.pem"
        key.write_text(self.pem(more.get("pass_phrase", "")))
        values = {
            "user": self.user,
            "fingerprint": self.fingerprint,
            "key_file": str(key),
            "tenancy": self.tenancy,
            "region": "us-ashburn-1",
        } | more
        lines = [f"[{profile}]", *(f"{name}={value}" for name, value in values.items()), ""]
        file = folder / "config"
        with file.open("a") as out:
            out.write("\n".join(lines))
        return file


def why_refused(
    request: Request, keys: Mapping[str, rsa.RSAPublicKey], *, streams: bool = False
) -> str | None:
    """What is wrong with a request's signature; None where it is good.

    Args:
        request: the request
        keys: public keys by key id
        streams: whether this operation's body is not signed (PutObject, UploadPart)
    """
    scheme, _, rest = request.headers.get("authorization", "").partition(" ")
    given = dict(_PARAMETER.findall(rest))
    if scheme != "Signature" or given.get("algorithm") != "rsa-sha256" or given.get("version") != "1":
        return "no signature"
    key = keys.get(given.get("keyId", ""))
    if key is None:
        return "unknown key"
    return _why_unsigned(request, given["headers"].split(), given["signature"], key, streams=streams)


def _why_unsigned(
    request: Request, signed: list[str], signature: str, key: rsa.RSAPublicKey, *, streams: bool
) -> str | None:
    needed = {"date", "(request-target)", "host"}
    if request.method in {"PUT", "POST"} and not streams:
        needed |= {"content-length", "content-type", "x-content-sha256"}
        digest = base64.b64encode(hashlib.sha256(request.body).digest()).decode()
        if request.headers.get("x-content-sha256") != digest:
            return "the body is not what was signed"
    if not needed <= set(signed):
        return f"not signed: {needed - set(signed)}"
    if abs(datetime.now(timezone.utc) - parsedate_to_datetime(request.headers["date"])) > _SKEW:
        return "clock skew"
    try:
        key.verify(
            base64.b64decode(signature),
            signing_string(request, signed).encode(),
            padding.PKCS1v15(),
            hashes.SHA256(),
        )
    except InvalidSignature:
        return "wrong signature"
    return None


def signing_string(request: Request, signed: list[str]) -> str:
    """What is signed: one line per header, `(request-target)` being method and path."""
    values = request.headers | {"(request-target)": f"{request.method.lower()} {request.target}"}
    return "\n".join(f"{name}: {values.get(name, '')}" for name in signed)
