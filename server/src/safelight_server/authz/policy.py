"""The decision about one request: deny by default, pure, and the only thing that the gateway calls."""

from __future__ import annotations

from safelight_server.authz.access import Access
from safelight_server.authz.arguments import Command, checked
from safelight_server.authz.case import Case
from safelight_server.authz.decision import Ask, Decision, Facts
from safelight_server.authz.denials import DeniedError, UnansweredError
from safelight_server.authz.names import Kind, Target, parse_collection
from safelight_server.authz.request import Request
from safelight_server.authz.table import TABLE, Row

NOTHING_KNOWN = Facts()


def decide(
    request: Request, access: Access, facts: Facts = NOTHING_KNOWN, *, database: str = "fiftyone"
) -> Decision:
    """Say what happens with a request.

    Args:
        request: what the client sent
        access: what its principal may do
        facts: the answers to what an earlier call asked
        database: the one database that clients may use

    Returns:
        the decision; after `Ask`, call again with the answers
    """
    try:
        target = _target(request, checked(request, database))
        return _row(request, target).judge(Case(request, access, facts, target, database))
    except DeniedError as refusal:
        return refusal.denial
    except UnansweredError as gap:
        return Ask(gap.questions)


def _row(request: Request, target: Target) -> Row:
    row = TABLE.get((request.name, target.kind))
    if row is None:
        raise DeniedError(
            "table", f"{request.name!r} on {target.kind.value} is not allowed over the API connection."
        )
    return row


def _target(request: Request, command: Command) -> Target:
    if command.admin or request.name in {"getMore", "killCursors"}:
        return Target(Kind.SERVER)
    if request.name == "listCollections":
        return Target(Kind.DATABASE)
    target = parse_collection(request.target)
    if target is None:
        raise DeniedError("target", f"{request.name!r} is only allowed on FiftyOne's own collections.")
    return target
