"""Commands that are about the server."""

from __future__ import annotations

from safelight_server.authz.case import Case
from safelight_server.authz.decision import Account, Answer, Forward
from safelight_server.authz.levels import Level


def answer(_case: Case) -> Answer:
    """Nothing to do: sessions end by themselves."""
    return Answer({"ok": 1.0})


def build_info(case: Case) -> Forward:
    return case.forward(Account.READ, Level.NO_ACCESS)


def end_transaction(case: Case) -> Forward:
    """The gateway renames sessions, so that nobody can name another's."""
    return case.forward(Account.WRITE, Level.NO_ACCESS)
