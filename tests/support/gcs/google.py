"""Addresses that Google's libraries have built in, pointed at `identity` for one test."""

from __future__ import annotations

import pytest
from google.auth import external_account, iam
from google.auth.compute_engine import _metadata
from google.oauth2 import credentials

from support.gcs.identity import Identity


def redirect_google(identity: Identity, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ask `identity` for users' tokens, signatures and the project of an identity pool."""
    monkeypatch.setattr(credentials, "_GOOGLE_OAUTH2_TOKEN_ENDPOINT", f"{identity.url}/token")
    monkeypatch.setattr(external_account, "_CLOUD_RESOURCE_MANAGER", f"{identity.url}/v1/projects/")
    monkeypatch.setattr(iam, "_IAM_ENDPOINT", identity.iam_url("{}", "generateAccessToken"))
    monkeypatch.setattr(iam, "_IAM_SIGN_ENDPOINT", identity.iam_url("{}", "signBlob"))


def be_a_machine_of_google(identity: Identity, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let `identity` be the metadata server of this machine."""
    host = identity.url.removeprefix("http://")
    monkeypatch.setenv("GCE_METADATA_IP", host)
    monkeypatch.setattr(_metadata, "_GCE_METADATA_HOST", host)
    monkeypatch.setattr(_metadata, "_NO_GCE_CHECK", False)
