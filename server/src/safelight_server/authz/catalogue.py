"""Which collections there are: the shared ones, and those of the datasets that the principal may see."""

from __future__ import annotations

from typing import Any, Final

from bson import Int64

from safelight.wire.documents import Document
from safelight_server.authz.access import Access
from safelight_server.authz.case import Case
from safelight_server.authz.decision import Account, Forward
from safelight_server.authz.denials import malformed
from safelight_server.authz.levels import Level
from safelight_server.authz.names import parse_collection

_ONE_BATCH: Final = {"batchSize": 1_000_000}
"""More names than fit into one reply: no cursor stays open that would have to be filtered, too."""


def list_collections(case: Case) -> Forward:
    """Names only: anything else would say their ids, by which collections could be read, too."""
    wanted = case.document("filter")
    if wanted.keys() - {"name"} or not isinstance(wanted.get("name", ""), str):
        raise malformed("a filter of 'listCollections' beside a name")
    access = case.access

    def visible(reply: Document) -> Document:
        cursor = reply.get("cursor")
        if cursor is None:
            return reply
        batch = [each for each in cursor["firstBatch"] if _is_visible(access, each.get("name"))]
        return {**reply, "cursor": {**cursor, "id": Int64(0), "firstBatch": batch}}

    return case.forward(
        Account.READ,
        Level.NO_ACCESS,
        changes={"nameOnly": True, "cursor": _ONE_BATCH, "filter": wanted},
        reply=visible,
    )


def _is_visible(access: Access, name: Any) -> bool:
    if access.unlimited:
        return True
    target = parse_collection(name)
    if target is None:
        return False
    return target.dataset_id is None or access.level(target.dataset_id) >= Level.VIEW
