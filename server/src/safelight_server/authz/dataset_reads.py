"""Reading the documents of datasets: everybody sees those of the datasets that they may see."""

from __future__ import annotations

from typing import Any, Final

from bson import ObjectId

from safelight.wire.documents import Document
from safelight_server.authz import shared_reads
from safelight_server.authz.access import Access
from safelight_server.authz.case import Case
from safelight_server.authz.decision import Account, Forward
from safelight_server.authz.levels import Level
from safelight_server.authz.rowfilter import Rows
from safelight_server.authz.words import words

_PROBE: Final = words("find filter projection limit singleBatch comment readConcern maxTimeMS")


def visible(access: Access) -> Rows:
    """The documents that the principal may see."""
    return Rows.permitted(access, Level.VIEW, "_id")


def find(case: Case) -> Forward:
    """As in any shared collection, except for the question whether a name is free."""
    name = _probed_name(case)
    if name is None:
        return shared_reads.find(case, visible(case.access))

    def without_the_others_name(reply: Document) -> Document:
        for document in reply.get("cursor", {}).get("firstBatch", ()):
            document["name"] = name
        return reply

    return case.forward(Account.READ, Level.NO_ACCESS, reply=without_the_others_name)


def _probed_name(case: Case) -> str | None:
    """The name, if this is how FiftyOne asks whether a name and its slug are free.

        {$or: [{name: NAME}, {slug: SLUG}]}  or  {$and: [the same, {_id: {$ne: ID}}]}

    Names are unique in the whole database, so it is asked of all datasets; the reply repeats the name
    that was asked for and not the one that is in the way.
    """
    if not _PROBE.issuperset(case.body) or case.body.get("projection") != {"name": True, "_id": False}:
        return None
    query = case.document("filter")
    if list(query) == ["$and"] and isinstance(query["$and"], list):
        query, *others = query["$and"] or [None]
        if len(others) != 1 or not _is_not_itself(others[0]):
            return None
    return _name_of(query)


def _is_not_itself(query: Any) -> bool:
    return (
        isinstance(query, dict)
        and list(query) == ["_id"]
        and isinstance(query["_id"], dict)
        and list(query["_id"]) == ["$ne"]
        and isinstance(query["_id"]["$ne"], ObjectId)
    )


def _name_of(query: Any) -> str | None:
    if not isinstance(query, dict) or list(query) != ["$or"] or not isinstance(query["$or"], list):
        return None
    alternatives = query["$or"]
    if [list(each) if isinstance(each, dict) else None for each in alternatives] != [["name"], ["slug"]]:
        return None
    name, slug = alternatives[0]["name"], alternatives[1]["slug"]
    return name if isinstance(name, str) and isinstance(slug, str) else None
