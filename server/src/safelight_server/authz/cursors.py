"""The rest of a cursor: only for who opened it, and only while everything that it reads may still be read."""

from __future__ import annotations

from bson import Int64

from safelight_server.authz.access import Access
from safelight_server.authz.case import Case
from safelight_server.authz.decision import Answer, AskCursor, Code, Forward, OpenCursor, Reach
from safelight_server.authz.denials import DeniedError, malformed
from safelight_server.authz.levels import Level


def get_more(case: Case) -> Forward:
    cursor_id = case.request.target
    if not isinstance(cursor_id, int) or isinstance(cursor_id, bool):
        raise malformed("a cursor id that is none")
    cursor: OpenCursor | None = case.fact(AskCursor(cursor_id))
    if cursor is None or not _is_own(case, cursor, case.body.get("collection")):
        raise DeniedError("cursor", f"cursor id {cursor_id} not found", Code.CURSOR_NOT_FOUND)
    return Forward(dict(case.body), cursor.account, level=Level.VIEW, reach=cursor.reach)


def kill_cursors(case: Case) -> Forward | Answer:
    """Kills those of the principal's own; all others are not found."""
    ids = case.body.get("cursors")
    if not isinstance(ids, list) or not all(isinstance(each, int) for each in ids):
        raise malformed("'killCursors' without cursors")
    found = {each: case.fact(AskCursor(each)) for each in ids}
    own = [each for each, cursor in found.items() if cursor and _is_own(case, cursor, case.request.target)]
    others = [Int64(each) for each in ids if each not in own]
    if not own:
        nothing: list[Int64] = []
        return Answer(
            {
                "cursorsKilled": nothing,
                "cursorsNotFound": others,
                "cursorsAlive": nothing,
                "cursorsUnknown": nothing,
                "ok": 1.0,
            }
        )
    accounts = {found[each].account for each in own}
    if others or len(accounts) > 1:
        raise malformed("'killCursors' of cursors that do not belong together")
    return Forward(dict(case.body), accounts.pop())


def _is_own(case: Case, cursor: OpenCursor, collection: object) -> bool:
    return (
        cursor.owner == case.access.principal.id
        and cursor.collection == collection
        and may_still_read(case.access, cursor.reach)
    )


def may_still_read(access: Access, reach: Reach) -> bool:
    """Whether nothing that a cursor reads was taken from the principal since."""
    if access.unlimited:
        return True
    if reach.rows is None or not all(access.level(each) >= Level.VIEW for each in reach.datasets):
        return False
    return reach.rows <= access.permitted(Level.VIEW)
