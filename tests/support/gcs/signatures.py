"""Signed URLs of version 4, as Google documents how they are checked ("V4 signing process")."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta, timezone
from urllib.parse import parse_qsl, quote, urlsplit

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256

from support.double import Request

SIGNATURE = "X-Goog-Signature"


def is_signed(request: Request) -> bool:
    """Whether the request brings a signature in its URL."""
    return SIGNATURE in request.query


def problem_of(request: Request, key: RSAPublicKey) -> tuple[int, str] | None:
    """Status and code of the refusal; None where the signature is good."""
    query = dict(parse_qsl(urlsplit(request.target).query, keep_blank_values=True))
    signature = bytes.fromhex(query.pop(SIGNATURE))
    date = datetime.strptime(query["X-Goog-Date"], "%Y%m%dT%H%M%SZ").replace(tzinfo=timezone.utc)
    if datetime.now(timezone.utc) > date + timedelta(seconds=int(query["X-Goog-Expires"])):
        return 400, "ExpiredToken"
    scope = query["X-Goog-Credential"].partition("/")[2]
    canonical = hashlib.sha256(_canonical(request, query).encode()).hexdigest()
    signed = f"GOOG4-RSA-SHA256\n{query['X-Goog-Date']}\n{scope}\n{canonical}"
    try:
        key.verify(signature, signed.encode(), padding.PKCS1v15(), SHA256())
    except InvalidSignature:
        return 403, "SignatureDoesNotMatch"
    return None


def _canonical(request: Request, query: dict[str, str]) -> str:
    def quoted(text: str) -> str:
        return quote(text, safe="-_.~")

    names = query["X-Goog-SignedHeaders"].split(";")
    return "\n".join(
        [
            request.method,
            request.raw_path,
            "&".join(f"{quoted(name)}={quoted(query[name])}" for name in sorted(query)),
            *(f"{name}:{request.headers.get(name, '').strip()}" for name in names),
            "",
            ";".join(names),
            request.headers.get("x-goog-content-sha256", "UNSIGNED-PAYLOAD"),
        ]
    )
