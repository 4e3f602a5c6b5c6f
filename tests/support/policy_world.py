"""A small world around the policy, in memory: it answers what the policy asks and keeps what it decides."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import bson
from bson import ObjectId

from safelight_server.authz.access import Access, AccessList, resolve
from safelight_server.authz.decision import (
    Ask,
    AskCursor,
    AskDataset,
    AskFile,
    AskRows,
    DatasetFact,
    Decision,
    Effect,
    Facts,
    FileFact,
    ForgetDataset,
    Forward,
    OpenCursor,
    Question,
    RecordFileCreator,
    RecordSource,
    ReserveDataset,
)
from safelight_server.authz.levels import Level
from safelight_server.authz.policy import decide
from safelight_server.authz.principal import Principal
from safelight_server.authz.request import Request
from safelight_server.authz.roles import Role
from support.commands import request


@dataclass
class World:
    """Who may do what, and what is there.

    Attributes:
        lists: access lists by dataset id
        files: what is known about GridFS files
        rows: the dataset id of each row of a shared collection, by the row's id
        cursors: open cursors by id
    """

    lists: dict[ObjectId, AccessList] = field(default_factory=dict)
    files: dict[ObjectId, FileFact] = field(default_factory=dict)
    rows: dict[ObjectId, ObjectId | None] = field(default_factory=dict)
    cursors: dict[int, OpenCursor] = field(default_factory=dict)

    def dataset(self, **grants: Level) -> ObjectId:
        """A new dataset on which the principals of these ids have these levels."""
        dataset_id = ObjectId()
        self.lists[dataset_id] = AccessList(dataset_id, users=grants)
        return dataset_id

    def access(self, principal: Principal) -> Access:
        """What somebody may do now."""
        return resolve(principal, self.lists.values())

    def judge(self, principal: Principal, command: dict[str, Any] | Request) -> Decision:
        """Decide, answering every question; nothing is kept."""
        asked = command if isinstance(command, Request) else request(command)
        access = self.access(principal)
        answers: dict[Question, Any] = {}
        decision: Decision = Ask(())
        while isinstance(decision, Ask):
            answers |= {question: self.answer(question) for question in decision.questions}
            decision = decide(asked, access, Facts(answers))
        return decision

    def send(self, principal: Principal, command: dict[str, Any]) -> Decision:
        """Decide, and keep the effects as if the command had succeeded."""
        decision = self.judge(principal, command)
        if isinstance(decision, Forward):
            for effect in (*decision.before, *decision.after):
                self._keep(effect, principal)
            self._note_rows(command)
        return decision

    def answer(self, question: Question) -> Any:
        """What the gateway would find out."""
        if isinstance(question, AskFile):
            return self.files.get(question.file_id, FileFact())
        if isinstance(question, AskDataset):
            known = self.lists.get(question.dataset_id)
            return DatasetFact(known is not None, known.created_by if known else None)
        if isinstance(question, AskCursor):
            return self.cursors.get(question.cursor_id)
        assert isinstance(question, AskRows)
        return frozenset(self.rows[each] for each in _ids(bson.decode(question.query)) if each in self.rows)

    def _keep(self, effect: Effect, principal: Principal) -> None:
        if isinstance(effect, ReserveDataset):
            self.lists.setdefault(
                effect.dataset_id,
                AccessList(
                    effect.dataset_id,
                    created_by=principal.id,
                    users={principal.id: Level.MANAGE},
                    generated=effect.generated,
                    source=effect.source,
                ),
            )
        elif isinstance(effect, RecordSource):
            self.lists[effect.dataset_id] = replace(self.lists[effect.dataset_id], source=effect.source)
        elif isinstance(effect, RecordFileCreator):
            self.files[effect.file_id] = FileFact(creator=principal.id, exists=True)
        else:
            assert isinstance(effect, ForgetDataset)
            del self.lists[effect.dataset_id]

    def _note_rows(self, command: dict[str, Any]) -> None:
        for document in command.get("documents", ()):
            for name in ("_dataset_id", "dataset_id"):
                if name in document and "_id" in document:
                    self.rows[document["_id"]] = document[name]
            self._link(document.get("results"), document.get("_dataset_id"))
        if command.get("update") == "runs":
            for statement in command["updates"]:
                results = statement["u"].get("$set", {}).get("results")
                self._link(results, self.rows.get(statement["q"].get("_id")))

    def _link(self, file_id: Any, dataset_id: ObjectId | None) -> None:
        if isinstance(file_id, ObjectId) and dataset_id is not None:
            known = self.files.get(file_id, FileFact())
            self.files[file_id] = replace(known, datasets=known.datasets | {dataset_id}, exists=True)


def somebody(role: Role, name: str = "ada", *groups: str) -> Principal:
    """A principal whose id is its name."""
    return Principal(id=name, name=name, role=role, groups=frozenset(groups))


def _ids(query: Any) -> list[ObjectId]:
    """Every id that a query asks for by `_id`."""
    if isinstance(query, list):
        return [found for each in query for found in _ids(each)]
    if not isinstance(query, dict):
        return []
    own = query.get("_id")
    named = [own] if isinstance(own, ObjectId) else list(own.get("$in", ())) if isinstance(own, dict) else []
    return named + [found for value in query.values() for found in _ids(value)]
