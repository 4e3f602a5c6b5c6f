"""From a command to a decision: the policy says what it needs to know, and is asked again."""

from __future__ import annotations

from typing import Any, Final

from safelight_server.authz.access import Access
from safelight_server.authz.decision import Answer, Ask, AskCursor, Deny, Facts, Forward, Question
from safelight_server.authz.request import Request
from safelight_server.gateway.cursors import Cursors
from safelight_server.gateway.rules import Rules

_MOST_ROUNDS: Final = 8
_NOTHING: Final = Facts()


async def judge(rules: Rules, request: Request, access: Access, cursors: Cursors) -> Forward | Answer | Deny:
    """Decide about one command.

    Args:
        rules: the policy and what it may ask
        request: the command
        access: of whoever sends it
        cursors: those of its connection
    """
    decision = rules.decide(request, access, _NOTHING)
    answers: dict[Question, Any] = {}
    for _ in range(_MOST_ROUNDS):
        if not isinstance(decision, Ask):
            return decision
        for question in decision.questions:
            if isinstance(question, AskCursor):
                answers[question] = cursors.get(question.cursor_id)
            else:
                answers[question] = await rules.look_up(question)
        decision = rules.decide(request, access, Facts(answers))
    return Deny("this command needs more look-ups than any command should", rule="too-many-questions")
