"""`safelight users`: the people of the organization; for admins."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from typing import Final

from safelight.cli.team.table import print_table
from safelight.command_line import Command, Group

_INVITE_DETAILS: Final = """\
Prints the link, and has it mailed where the server knows a mail server. It works once. Who got it opens it in
a browser, or runs this, which keeps the new key without showing it:

  safelight login --invitation 'LINK' --name 'Lin Chen'"""

_ROLE_DETAILS: Final = """\
The role is the most that somebody can have on any dataset, whatever they were granted: admin everything,
member Can manage, collaborator Can edit, labeler Can tag, guest Can view (and no API keys). A new one holds
at once."""

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
    parser.add_argument("email", help="who that is, from then on")
    parser.add_argument("--role", choices=_ROLES, default="member", help="what they become (default: member)")


def _invite(arguments: Namespace) -> int:
    from safelight import management as fom

    invitation_id = fom.send_user_invitation(arguments.email, fom.UserRole[arguments.role.upper()])
    invitation = next(each for each in fom.list_pending_invitations() if each.id == invitation_id)
    print(f"{invitation.invitee_email} joins as {arguments.role} by this link, once, until")
    print(f"{invitation.expires_at:%Y-%m-%d}:\n\n  {invitation.url}")
    return 0


def _configure_role(parser: ArgumentParser) -> None:
    parser.add_argument("user", help="email or id")
    parser.add_argument("role", choices=_ROLES, help="the new one")


def _role(arguments: Namespace) -> int:
    from safelight import management as fom

    fom.set_user_role(arguments.user, fom.UserRole[arguments.role.upper()])
    print(f"{arguments.user} has the role {arguments.role} now.")
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
        Command("invite", "Invite somebody by a link.", _invite, _configure_invite, details=_INVITE_DETAILS),
        Command("role", "Change somebody's role.", _role, _configure_role, details=_ROLE_DETAILS),
        Command("delete", "Delete a user; their keys and access end at once.", _delete, _configure_delete),
    ),
)
