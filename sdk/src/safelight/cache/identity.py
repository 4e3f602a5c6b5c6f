"""Which part of an http query selects content, and which part only proves that the caller may read it.

A presigned URL is different every time it is made. The media cache must find the same file again, so whatever
signs a request is taken out of its identity. The names come from the providers' signing documentation: AWS
Signature Version 2 and 4, Google Cloud Storage V2 and V4, Azure shared access signatures, CloudFront and
Alibaba OSS. Short names such as `se` or `Expires` may mean anything elsewhere, so they count as signing
parameters only beside the signature itself.
"""

from __future__ import annotations

from typing import Final
from urllib.parse import unquote_plus

_PREFIXES: Final = ("x-amz-", "x-goog-", "x-oss-")
_BESIDE_SIG: Final = frozenset(
    [
        "sv",
        "ss",
        "srt",
        "sr",
        "sp",
        "st",
        "se",
        "sip",
        "spr",
        "sig",
        "sdd",
        "scid",
        "saoid",
        "suoid",
        "skoid",
        "sktid",
        "skt",
        "ske",
        "sks",
        "skv",
        "sduoid",
        "skdutid",
    ]
)
_BESIDE_SIGNATURE: Final = frozenset(
    [
        "signature",
        "awsaccesskeyid",
        "googleaccessid",
        "ossaccesskeyid",
        "expires",
        "policy",
        "key-pair-id",
        "hash-algorithm",
        "security-token",
    ]
)


def content_query(query: str) -> str:
    """Return what is left of `query` (without its `?`) when the signing parameters are taken out.

    The rest keeps its spelling and order: what an unknown server makes of them is not ours to guess.
    """
    if not query:
        return ""
    pairs = [(unquote_plus(part.partition("=")[0]).lower(), part) for part in query.split("&") if part]
    names = {name for name, _ in pairs}
    signing: set[str] = set()
    if "sig" in names:
        signing |= _BESIDE_SIG
    if "signature" in names:
        signing |= _BESIDE_SIGNATURE
    if any(name.startswith(_PREFIXES) for name in names):
        signing.add("x-id")  # the AWS SDK for JavaScript names the operation in the URLs that it signs
    return "&".join(part for name, part in pairs if name not in signing and not name.startswith(_PREFIXES))
