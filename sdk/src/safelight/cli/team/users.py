"""`safelight users`: the people of the organization; for admins."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from typing import Final

from safelight.cli.team.table import print_table
from safelight.command_line import Command, Group

_ROLES: Final = ("admin", "member", "collaborator", "labeler", "guest")


def _list(_arguments: Namespace) -> int:
    from safelight import management as fom

    rows = [
        (user.email, user.name, user.role.value.capitalize(), _groups(user))
        for user in fom.list_users()
        if isinstance(user, fom.User)
    ]
    print_table(("EMAIL", "NAME", "ROLE", "GROUPS"), rows)
    return 0


def _groups(user: object) -> str:
    return ", ".join(group["name"] for group in getattr(user, "user_groups", None) or [])


def _configure_invite(parser: ArgumentParser) -> None:
    parser.add_argument("email")
    parser.add_argument("--role", choices=_ROLES, default="member", help="default: member")


def _invite(arguments: Namespace) -> int:
    from safelight import management as fom

    invitation_id = fom.send_user_invitation(arguments.email, fom.UserRole[arguments.role.upper()])
    invitation = next(each for each in fom.list_pending_invitations() if each.id == invitation_id)
    print(f"{invitation.invitee_email} becomes a {arguments.role} by opening this link, once, until")
    print(f"{invitation.expires_at:%Y-%m-%d}:\n\n  {invitation.url}")
    return 0


def _configure_role(parser: ArgumentParser) -> None:
    parser.add_argument("user", help="email or id")
    parser.add_argument("role", choices=_ROLES)


def _role(arguments: Namespace) -> int:
    from safelight import management as fom

    fom.set_user_role(arguments.user, fom.UserRole[arguments.role.upper()])
    print(f"{arguments.user} is a {arguments.role} now.")
    return 0


def _configure_delete(parser: ArgumentParser) -> None:
    parser.add_argument("user", help="email or id")


def _delete(arguments: Namespace) -> int:
    from safelight import management as fom

    fom.delete_user(arguments.user)
    print(f"{arguments.user} is no user any more; every key of theirs is revoked.")
    return 0


GROUP: Final = Group(
    "users",
    "People of the organization (admins).",
    (
        Command("list", "List users with their roles and groups.", _list),
        Command("invite", "Invite somebody by a link.", _invite, _configure_invite),
        Command("role", "Change somebody's role.", _role, _configure_role),
        Command("delete", "Delete a user; their keys and access end at once.", _delete, _configure_delete),
    ),
)
