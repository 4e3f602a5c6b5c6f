"""Ways out of a judgement in the middle of it; `policy.decide` turns them into decisions."""

from __future__ import annotations

from bson import ObjectId

from safelight_server.authz.decision import Code, Deny, Question
from safelight_server.authz.levels import Level


class DeniedError(Exception):
    """The request is refused.

    Args:
        rule: short name of the rule that refuses
        message: for the person at the keyboard
        code: MongoDB's code
        dataset_id: the dataset on which more was needed
        visible: whether the principal sees that dataset
    """

    def __init__(
        self,
        rule: str,
        message: str,
        code: int = Code.UNAUTHORIZED,
        dataset_id: ObjectId | None = None,
        *,
        visible: bool = False,
    ) -> None:
        super().__init__(message)
        self.denial = Deny(message, rule, code, dataset_id, visible)


class UnansweredError(Exception):
    """The judgement needs these facts first."""

    def __init__(self, *questions: Question) -> None:
        super().__init__(questions)
        self.questions = questions


def no_access(dataset_id: ObjectId) -> DeniedError:
    """The same for a dataset that does not exist and for one that must not be seen."""
    message = f"There is no dataset {dataset_id}, or you have no access to it."
    return DeniedError("no access", message, dataset_id=dataset_id)


def too_low(dataset_id: ObjectId, has: Level, needs: Level) -> DeniedError:
    """The principal sees the dataset and may not do that."""
    return DeniedError(
        "level",
        f'This needs the permission "{needs.title}" on the dataset {dataset_id}, and you have "{has.title}". '
        'Somebody with "Can manage" on it, or an admin, can change that.',
        dataset_id=dataset_id,
        visible=has > Level.NO_ACCESS,
    )


def malformed(what: str) -> DeniedError:
    """Not what a driver sends."""
    return DeniedError("malformed", f"Not allowed over the API connection: {what}.")
