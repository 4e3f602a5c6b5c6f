"""Names of datasets: that one is taken is said plainly, and only where that can be the trouble."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from safelight_server.authz.decision import Forward
from safelight_server.authz.levels import Level
from safelight_server.authz.roles import Role
from support.commands import update
from support.policy_world import World, somebody

NOW = datetime(2026, 11, 25)  # noqa: DTZ001 - as the driver decodes it
ADA = somebody(Role.MEMBER)


@pytest.mark.parametrize(
    ("changes", "wanted"),
    [
        ({"$set": {"info": {}, "name": "photographs"}}, "photographs"),
        ({"$setOnInsert": {"name": "photographs"}}, "photographs"),
        ({"$unset": {"name": ""}}, ""),
        ({"$set": {"name.first": "a"}}, "a"),
        ({"$set": {"info.name": "photographs"}}, None),
        ({"$set": {"last_modified_at": NOW}}, None),
    ],
)
def test_only_an_update_of_a_name_can_find_it_taken(changes: dict[str, Any], wanted: str | None) -> None:
    world = World()
    own = world.dataset(ada=Level.MANAGE)
    decision = world.judge(ADA, update("datasets", {"_id": own}, changes))
    assert isinstance(decision, Forward)
    assert (decision.reply is None) == (wanted is None)
    if decision.reply is not None:
        error = {"code": 11000, "keyPattern": {"name": 1}, "errmsg": "E11000 duplicate key ... 'Secret'"}
        reply = decision.reply({"n": 0, "writeErrors": [error], "ok": 1.0})
        assert reply["writeErrors"][0]["errmsg"] == f"Dataset name {wanted!r} is not available"
