"""From a command to a decision: the policy says what it needs to know, and is asked again."""

from __future__ import annotations

from typing import Any, Final

from bson import ObjectId

from safelight_server.authz.access import Access
from safelight_server.authz.decision import Answer, Ask, AskCursor, Deny, Facts, Forward, Question
from safelight_server.authz.request import Request
from safelight_server.gateway.cursors import Cursors
from safelight_server.gateway.rules import Rules

_MOST_ROUNDS: Final = 8
_NOTHING: Final = Facts()


async def judge(rules: Rules, request: Request, access: Access, cursors: Cursors) -> Forward | Answer | Deny:
    """Decide about one command.

    Before it is refused for want of access to a dataset the database is asked: several servers stand behind
    one address, and another one may have made that dataset, or granted access to it, a moment ago.

    Args:
        rules: the policy and what it may ask
        request: the command
        access: of whoever sends it
        cursors: those of its connection
    """
    decision = rules.decide(request, access, _NOTHING)
    answers: dict[Question, Any] = {}
    refreshed: set[ObjectId] = set()
    for _ in range(_MOST_ROUNDS):
        if isinstance(decision, Ask):
            for question in decision.questions:
                answers[question] = await _answer(question, rules, cursors)
        elif isinstance(decision, Deny) and decision.dataset_id and decision.dataset_id not in refreshed:
            refreshed.add(decision.dataset_id)
            access = await rules.refreshed(access.principal, decision.dataset_id)
        else:
            return await _worded(decision, rules)
        decision = rules.decide(request, access, Facts(answers))
    return Deny("this command needs more look-ups than any command should", rule="too-many-questions")


async def _worded(decision: Forward | Answer | Deny, rules: Rules) -> Forward | Answer | Deny:
    """People know their datasets by name."""
    if isinstance(decision, Deny) and decision.visible and decision.dataset_id:
        name = await rules.name_of(decision.dataset_id)
        return decision.naming(name) if name else decision
    return decision


async def _answer(question: Question, rules: Rules, cursors: Cursors) -> Any:
    if isinstance(question, AskCursor):
        return cursors.get(question.cursor_id)
    return await rules.look_up(question)
