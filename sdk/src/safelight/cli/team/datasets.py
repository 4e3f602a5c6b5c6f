"""`safelight datasets`: what one sees, and who else does."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from typing import Any, Final

from safelight.cli.team.table import print_table
from safelight.command_line import Command, Group
from safelight.errors import ConfigError

_NEEDS: Final = "Whoever can manage the dataset may."

_SHARE_DETAILS: Final = f"""\
  safelight datasets share street-scenes lin@example.org --permission edit
  safelight datasets share street-scenes --group labelers --permission tag
  safelight datasets share street-scenes --everyone

What somebody has is the most of what they, their groups and everyone were granted, and never more than
their role can have. {_NEEDS}"""

_UNSHARE_DETAILS: Final = f"""\
What their groups and everyone were granted they keep. {_NEEDS}"""

_LEVELS: Final = {
    "none": "NO_ACCESS",
    "view": "VIEW",
    "tag": "TAG",
    "edit": "EDIT",
    "manage": "MANAGE",
}


def _say(permission: str) -> str:
    """As people read it."""
    return "No access" if permission == "NO_ACCESS" else f"Can {permission.lower()}"


def _list(_arguments: Namespace) -> int:
    from safelight.runtime import get_runtime

    found = get_runtime().api.items("/datasets")
    print_table(("DATASET", "YOU"), [(each["name"], _say(each["permission"])) for each in found])
    return 0


def _add_dataset(parser: ArgumentParser) -> None:
    parser.add_argument("dataset", help="its name")


def _add_whom(parser: ArgumentParser) -> None:
    _add_dataset(parser)
    parser.add_argument("who", nargs="?", help="a user's email or id, or a service account's id")
    parser.add_argument("--group", help="a group, instead of a user")
    parser.add_argument(
        "--everyone", action="store_true", help="every Member, instead: the dataset's default access"
    )


def _configure_share(parser: ArgumentParser) -> None:
    _add_whom(parser)
    parser.add_argument(
        "--permission",
        choices=_LEVELS,
        default="view",
        help="what they may do, instead of an earlier grant (default: view)",
    )
    parser.add_argument("--invite", action="store_true", help="invite an email that nobody has (admins)")


def _share(arguments: Namespace) -> int:
    from safelight import management as fom

    dataset, permission = arguments.dataset, fom.DatasetPermission[_LEVELS[arguments.permission]]
    whom = _one_of(arguments)
    if arguments.everyone:
        fom.set_dataset_default_permission(dataset, permission)
    elif arguments.group:
        fom.set_dataset_user_group_permission(dataset, arguments.group, permission)
    else:
        fom.set_dataset_user_permission(dataset, arguments.who, permission, invite=arguments.invite)
    print(f"{whom}: {_say(permission.value)} on {dataset}.")
    return 0


def _unshare(arguments: Namespace) -> int:
    from safelight import management as fom

    whom = _one_of(arguments)
    if arguments.everyone:
        fom.set_dataset_default_permission(arguments.dataset, fom.NO_ACCESS)
    elif arguments.group:
        fom.remove_dataset_user_group_permission(arguments.dataset, arguments.group)
    else:
        fom.delete_dataset_user_permission(arguments.dataset, arguments.who)
    print(f"{whom}: what was granted on {arguments.dataset} is taken back.")
    return 0


def _access(arguments: Namespace) -> int:
    from safelight.runtime import get_runtime

    api = get_runtime().api
    dataset = api.items("/datasets", name=arguments.dataset)[0]
    sharing: dict[str, Any] = api.get(f"/datasets/{dataset['id']}/access")
    rows = [("members, by default", _say(sharing["default"]))]
    rows += [(f"group {each['name']}", _say(each["permission"])) for each in sharing["groups"]]
    rows += [(each["email"] or each["name"], _say(each["permission"])) for each in sharing["users"]]
    print_table(("WHO", "PERMISSION"), rows)
    return 0


def _one_of(arguments: Namespace) -> str:
    """Whom a command is about, for people.

    Raises:
        ConfigError: nobody was given, or several
    """
    given = [arguments.who, arguments.group and f"group {arguments.group}", arguments.everyone and "members"]
    named = [str(each) for each in given if each]
    if len(named) != 1:
        raise ConfigError("give a user, or --group NAME, or --everyone")
    return named[0]


GROUP: Final = Group(
    "datasets",
    "Datasets of the team, and who has access to them.",
    (
        Command("list", "List the datasets that you see, and what you may do with each.", _list),
        Command("access", "Say who was granted access.", _access, _add_dataset, details=_NEEDS),
        Command("share", "Grant somebody access.", _share, _configure_share, details=_SHARE_DETAILS),
        Command("unshare", "Take somebody's grant back.", _unshare, _add_whom, details=_UNSHARE_DETAILS),
    ),
)
