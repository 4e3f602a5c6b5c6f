"""Settings of the whole organization."""

from __future__ import annotations

from dataclasses import dataclass

from safelight_server.authz.levels import Level
from safelight_server.authz.roles import Role


@dataclass(frozen=True, slots=True)
class OrganizationSettings:
    """What holds where nothing else was said.

    Attributes:
        default_user_role: role of who is invited without one
        default_dataset_permission: what a new dataset gives to members by default
        default_operator_minimum_role: lowest role that may run an operator of a plugin
        default_operator_minimum_dataset_permission: lowest level on the dataset that it runs on
    """

    default_user_role: Role = Role.MEMBER
    default_dataset_permission: Level = Level.NO_ACCESS
    default_operator_minimum_role: Role = Role.MEMBER
    default_operator_minimum_dataset_permission: Level = Level.EDIT
