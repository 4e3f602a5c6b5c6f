"""As whom boto3 speaks, and which of its sources told it: for people."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from safelight.storage.base import Candidate, Identity

if TYPE_CHECKING:
    from botocore.credentials import Credentials
    from botocore.session import Session

#: botocore's names of its credential providers, in the words of boto3's "Credentials" guide.
_SOURCES: Final = {
    "explicit": "explicit keys",
    "env": "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY in the environment",
    "assume-role": "assume role provider (role_arn in the AWS files)",
    "assume-role-with-web-identity": "AWS_ROLE_ARN and AWS_WEB_IDENTITY_TOKEN_FILE (or in the AWS files)",
    "sso": "IAM Identity Center (sso_* in the AWS files)",
    "login": "console login session (login_session in the AWS files)",
    "shared-credentials-file": "shared credentials file",
    "custom-process": "credential_process in the AWS files",
    "config-file": "AWS config file",
    "ec2-credentials-file": "AWS_CREDENTIAL_FILE (legacy)",
    "boto-config": "boto2 config file (legacy)",
    "container-role": "container credential provider",
    "iam-role": "instance metadata service",
}


def describe_identity(
    session: Session, credentials: Credentials | None, endpoint: str, source: str | None
) -> Identity:
    """Say as whom a session speaks.

    Args:
        session: botocore's session
        credentials: what it found; None where requests are not signed
        endpoint: where they go
        source: where explicit keys come from; None where the chain was asked
    """
    candidates: tuple[Candidate, ...]
    if source:
        candidates = (Candidate(source, "chosen" if credentials else "chosen: requests are not signed"),)
    else:
        candidates = _chain(session, credentials)
    return Identity(endpoint, _method(credentials), _principal(session, credentials), candidates)


def _chain(session: Session, credentials: Credentials | None) -> tuple[Candidate, ...]:
    resolver: Any = session.get_component("credential_provider")
    chosen = credentials.method if credentials else None
    names = [provider.METHOD for provider in resolver.providers]
    reached = names.index(chosen) if chosen in names else len(names)
    candidates = [
        Candidate(
            _SOURCES.get(name, name),
            "chosen" if at == reached else "not set" if at < reached else "not looked at",
        )
        for at, name in enumerate(names)
    ]
    if credentials is None:
        candidates.append(Candidate("nobody", "chosen: requests are not signed"))
    return tuple(candidates)


def _method(credentials: Credentials | None) -> str:
    if credentials is None:
        return "anonymous"
    return "session token" if credentials.get_frozen_credentials().token else "access key"


def _principal(session: Session, credentials: Credentials | None) -> str:
    if credentials is None:
        return "anybody"
    profile = session.get_config_variable("profile")
    key = credentials.get_frozen_credentials().access_key
    return f"access key {key}" + (f", profile {profile}" if profile else "")
