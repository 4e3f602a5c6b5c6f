"""Who asks."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from safelight_server.authz.roles import Role


class PrincipalKind(Enum):
    """People sign in and hold keys, service accounts only hold keys; root installs, and is nobody."""

    USER = "user"
    SERVICE_ACCOUNT = "service_account"
    ROOT = "root"


@dataclass(frozen=True, slots=True)
class Principal:
    """An authenticated user or service account.

    Attributes:
        id: unique among users and service accounts together; what access lists name
        name: for messages and logs
        groups: ids of the groups it belongs to
    """

    id: str
    name: str
    role: Role
    kind: PrincipalKind = PrincipalKind.USER
    groups: frozenset[str] = frozenset()
