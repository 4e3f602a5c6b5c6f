"""`safelight-server bootstrap`."""

from __future__ import annotations

import shlex
from argparse import ArgumentParser, Namespace
from pathlib import Path
from typing import TYPE_CHECKING

from safelight.command_line import Command

if TYPE_CHECKING:
    from safelight_server.bootstrap import Bootstrapped

_DETAILS = """\
Run it once, in the environment of `serve`:

  * with SAFELIGHT_MONGODB_ADMIN_URI, makes the server's three accounts at MongoDB: one for its own database,
    one that writes and one that only reads datasets for clients. Their addresses are settings of `serve`:
    --env-file writes them, else they are printed. Without it, SAFELIGHT_MONGODB_URI is used for everything;
  * makes the server's own database;
  * makes the root token, which acts as an admin until you revoke it;
  * with --admin, adds the first admin, and makes an API key for them.

  SAFELIGHT_MONGODB_ADMIN_URI='mongodb://admin:...@db.example.org/?replicaSet=rs0' \\
      safelight-server bootstrap --admin you@example.org --env-file server.env

Secrets are shown once. Running it again leaves what exists as it is; an admin who lost their key gets another
one by --admin."""


def _configure(parser: ArgumentParser) -> None:
    parser.add_argument(
        "--admin", metavar="EMAIL", help="add this admin where there is none of the email; make an API key"
    )
    parser.add_argument(
        "--new-root-token", action="store_true", help="make another root token: the one before is revoked"
    )
    parser.add_argument(
        "--env-file",
        type=Path,
        metavar="FILE",
        help="write the addresses of the accounts there, as settings for a shell (mode 0600)",
    )


def _run(arguments: Namespace) -> int:
    import asyncio

    from safelight_server.bootstrap import bootstrap
    from safelight_server.settings import Settings

    settings = Settings.read()
    done = asyncio.run(bootstrap(settings, arguments.admin, new_root_token=arguments.new_root_token))
    _show_accounts(done, arguments.env_file)
    if done.root_token:
        print(f"Root token, shown once:\n  {done.root_token.reveal()}")
    if done.admin_key:
        print(f"API key of {arguments.admin}, shown once:\n  {done.admin_key.reveal()}")
    if done.root_token is None and done.admin_key is None:
        print("There was nothing to do.")
    if settings.mongodb_admin_uri is None and settings.relay_uri is None:
        print(
            "WARNING: clients' commands will run with the server's own account at MongoDB. Set"
            " SAFELIGHT_MONGODB_ADMIN_URI and run this again to make accounts that can do less."
        )
    return 0


def _show_accounts(done: Bootstrapped, env_file: Path | None) -> None:
    # For shells, as the guide has it: what is between the options of an address ends a command there.
    lines = [f"{variable}={shlex.quote(uri.reveal())}" for variable, uri in done.settings.items()]
    if not lines:
        return
    if env_file:
        from safelight_server.quickstart.state import write_private

        write_private(env_file, "\n".join([*lines, ""]))
        print(f"Wrote the addresses of MongoDB accounts to {env_file}.")
    else:
        print("Settings of the server, shown once:", *(f"  {line}" for line in lines), sep="\n")


COMMAND = Command(
    name="bootstrap",
    summary="Prepare a new installation: accounts, database, root token, first admin.",
    details=_DETAILS,
    configure=_configure,
    run=_run,
)
