"""A second person: invited, logged in on a machine of her own, and allowed to look at one dataset."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from demo.step import Command, output_of, run, succeeds

NEWCOMER: Final = "lin@example.org"


class Team:
    """What an admin and a newcomer do at their shells.

    Args:
        home: the newcomer's home directory
        safelight: the command that the installed `fiftyone` brought
        environment: of a shell that uses the stack's own database
    """

    def __init__(self, home: Path, safelight: Path, environment: Mapping[str, str]) -> None:
        self._home = home
        self._safelight = safelight
        self._environment = environment
        self._admin: dict[str, str] = {}

    def join(self, stack: Mapping[str, Any]) -> None:
        """Let the first admin invite the newcomer, and the newcomer accept, unless that was done earlier."""
        access = {"FIFTYONE_API_URI": stack["api_uri"], "FIFTYONE_API_KEY": stack["admin_api_key"]}
        self._admin = {**self._environment, **access}
        self._home.mkdir(exist_ok=True)
        newcomer = self.environment_of_newcomer()
        if not succeeds([self._safelight, "whoami"], newcomer):
            invite: Command = [self._safelight, "users", "invite", NEWCOMER, "--role", "collaborator"]
            link = output_of(invite, self._admin, shown=f"safelight users invite {NEWCOMER}").split()[-1]
            accept: Command = [self._safelight, "login", "--invitation", link, "--name", "Lin"]
            run(accept, newcomer, shown="safelight login --invitation LINK --name Lin     # as Lin")
        run([self._safelight, "whoami"], newcomer, shown="safelight whoami     # as Lin")

    def share(self, dataset: str) -> None:
        """Let the newcomer look at a dataset."""
        share: Command = [self._safelight, "datasets", "share", dataset, NEWCOMER, "--permission", "view"]
        run(share, self._admin, shown=f"safelight datasets share {dataset} {NEWCOMER} --permission view")

    def environment_of_newcomer(self) -> dict[str, str]:
        """A shell that knows no database: all it has is the login that is kept in the home directory."""
        without = {"FIFTYONE_DATABASE_URI", "FIFTYONE_API_URI", "FIFTYONE_API_KEY"}
        kept = {name: value for name, value in self._environment.items() if name not in without}
        return {**kept, "HOME": str(self._home), "PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring"}
