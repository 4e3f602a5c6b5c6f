"""What a stack is to those who use it: addresses and secrets."""

from __future__ import annotations

import json
import secrets
import shlex
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any
from urllib.parse import urlsplit

REGION = "us-east-1"  # any will do: the store has none
BUCKET = "safelight"


@dataclass(frozen=True, slots=True)
class S3Access:
    """The S3 store. Field names are the keys of `stack.json`."""

    endpoint_url: str
    access_key: str
    secret_key: str = field(repr=False)
    bucket: str = BUCKET


@dataclass(frozen=True, slots=True)
class Stack:
    """The whole stack. Field names are the keys of `stack.json`.

    Attributes:
        mongodb_uri: for `FIFTYONE_DATABASE_URI`
        index_url: the package index, without the token
        index_token: reads packages
        api_uri: for `FIFTYONE_API_URI`
        admin_api_key: API key of the stack's first admin
        s3: the object store
        ports: every loopback port in use, by role: asked for again at the next start
    """

    mongodb_uri: str
    index_url: str
    index_token: str = field(repr=False)
    api_uri: str
    admin_api_key: str = field(repr=False)
    s3: S3Access
    ports: Mapping[str, int]

    @property
    def index_url_with_token(self) -> str:
        """What `pip install --index-url` takes."""
        return (
            urlsplit(self.index_url)
            ._replace(netloc=f"{self.index_token}@{urlsplit(self.index_url).netloc}")
            .geturl()
        )

    def as_json(self) -> str:
        """The text of `stack.json`."""
        return json.dumps(asdict(self), indent=2) + "\n"

    @classmethod
    def from_json(cls, fields: Mapping[str, Any]) -> Stack:
        """The stack that `stack.json` describes."""
        return cls(**{**fields, "s3": S3Access(**fields["s3"])})

    def environment(self) -> dict[str, str]:
        """Variables with which FiftyOne and every S3 client find the stack."""
        return {
            "FIFTYONE_DATABASE_URI": self.mongodb_uri,
            "AWS_ACCESS_KEY_ID": self.s3.access_key,
            "AWS_SECRET_ACCESS_KEY": self.s3.secret_key,
            "AWS_DEFAULT_REGION": REGION,
            "AWS_ENDPOINT_URL_S3": self.s3.endpoint_url,
            "S3_ENDPOINT_URL": self.s3.endpoint_url,
            "SAFELIGHT_BUCKET": self.s3.bucket,
            "SAFELIGHT_PACKAGES_URL": self.index_url_with_token,
        }

    def as_shell(self) -> str:
        """The text of `env.sh`."""
        lines = [f"export {name}={shlex.quote(value)}" for name, value in self.environment().items()]
        return "\n".join(["# Points FiftyOne and S3 clients at this stack: `. env.sh`", *lines, ""])

    def instructions(self, env_sh: str) -> str:
        """What to paste, for people."""
        return f"""
Everything is ready, on this machine only:

  MongoDB   {self.mongodb_uri}
  S3        {self.s3.endpoint_url}, bucket {self.s3.bucket}
  index     {self.index_url}
  API       {self.api_uri}

Install FiftyOne with Safelight in it, into an environment of yours:

  pip install --index-url {self.index_url_with_token} fiftyone

Point a shell at the stack, then run any FiftyOne script with s3://{self.s3.bucket}/... paths:

  . {shlex.quote(env_sh)}

That is the database itself. To work as a team does, through the API server and with one's own rights:

  safelight login {self.api_uri}      the first admin's key is admin_api_key in stack.json
  safelight users invite lin@example.org --role collaborator
"""


def s3_access(earlier: Mapping[str, Any]) -> S3Access:
    """Access to a store whose endpoint is not known yet, with the keys of an earlier start if any."""
    known = earlier.get("s3", {})
    return S3Access(
        endpoint_url="",
        access_key=known.get("access_key") or f"SL{secrets.token_hex(8).upper()}",
        secret_key=known.get("secret_key") or secrets.token_urlsafe(30),
        bucket=known.get("bucket") or BUCKET,
    )
