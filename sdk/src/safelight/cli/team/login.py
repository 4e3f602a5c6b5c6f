"""`safelight login`, `logout` and `whoami`."""

from __future__ import annotations

import sys
from argparse import ArgumentParser, Namespace
from typing import Any, Final

from safelight.command_line import Command
from safelight.errors import ConfigError

_DETAILS: Final = """\
Keeps the address and an API key, so that scripts, notebooks and these commands use the team's server as you:

  safelight login https://fiftyone.example.org      asks for the key, and does not show it
  safelight login https://fiftyone.example.org < key.txt
  safelight login --invitation 'https://fiftyone.example.org/join#sli_...' --name 'Lin Chen'

The key goes into the operating system's keyring where Python's `keyring` is installed and finds one, else
into a file that only you can read. FIFTYONE_API_URI and FIFTYONE_API_KEY win over both."""


def _configure_login(parser: ArgumentParser) -> None:
    parser.add_argument("uri", nargs="?", metavar="URI", help="address of the API server")
    parser.add_argument("--invitation", metavar="LINK", help="accept this invitation, and log in")
    parser.add_argument("--name", help="with an invitation: your name, as others will see it")


def _login(arguments: Namespace) -> int:
    from safelight.client.logins import Login
    from safelight.config.api import logins

    if bool(arguments.uri) == bool(arguments.invitation):
        raise ConfigError("give the address of the API server, or an invitation")
    if arguments.invitation:
        uri, key = _accept(arguments.invitation, arguments.name)
    else:
        uri, key = arguments.uri.rstrip("/"), _ask_for_key()
    me = _ask_who(uri, key)
    place = logins().save(Login(uri, key))
    print(f"{_describe(me)}, at {uri}. The key is kept in {place}.")
    return 0


def _logout(_arguments: Namespace) -> int:
    from safelight.config.api import logins

    print("The login is forgotten." if logins().forget() else "There was no login.")
    return 0


def _whoami(_arguments: Namespace) -> int:
    from safelight.config import load_api_config

    options = load_api_config().options()
    print(f"{_describe(_ask_who(options.uri, options.key))}, at {options.uri}")
    return 0


def _accept(link: str, name: str | None) -> tuple[str, Any]:
    """The address of the server and the new user's key."""
    from safelight.client.api import ApiClient
    from safelight.client.options import ApiOptions
    from safelight.storage.credentials import Secret

    address, _, token = link.partition("#")
    if not token or not address.endswith("/join"):
        raise ConfigError(
            "an invitation is the whole link: https://HOST/join#sli_... (quote it for the shell)"
        )
    if not name:
        raise ConfigError("give your name, as others will see it: --name 'Lin Chen'")
    uri = address.removesuffix("/join")
    client = ApiClient(ApiOptions(uri))
    welcome = client.post("/invitations/accept", {"token": token, "name": name})
    client.close()
    if welcome["key"] is None:
        raise ConfigError(f"welcome, {name}. You are a Guest: guests use the App, and have no API key")
    return uri, Secret(welcome["key"])


def _ask_for_key() -> Any:
    from getpass import getpass

    from safelight.storage.credentials import Secret

    key = getpass("API key: ") if sys.stdin.isatty() else sys.stdin.readline()
    if not key.strip():
        raise ConfigError("no API key was given")
    return Secret(key.strip())


def _ask_who(uri: str, key: Any) -> dict[str, Any]:
    from safelight.client.api import ApiClient
    from safelight.client.options import ApiOptions

    client = ApiClient(ApiOptions(uri, key))
    try:
        me: dict[str, Any] = client.get("/whoami")
    finally:
        client.close()
    return me


def _describe(me: dict[str, Any]) -> str:
    email = f" <{me['email']}>" if me["email"] else ""
    groups = ", in " + ", ".join(group["name"] for group in me["groups"]) if me["groups"] else ""
    return f"{me['name']}{email}, {me['role'].capitalize()}{groups}"


LOGIN: Final = Command(
    "login", "Use a team's API server, as somebody.", _login, _configure_login, details=_DETAILS
)
LOGOUT: Final = Command(
    "logout",
    "Forget the login, and its key.",
    _logout,
    details="On this machine only. To end the key itself, `safelight keys revoke` it before.",
)
WHOAMI: Final = Command(
    "whoami",
    "Say as whom this machine uses which API server.",
    _whoami,
    details="As told by FIFTYONE_API_URI and FIFTYONE_API_KEY, else FiftyOne's config file, else the login.",
)
