"""One request being judged: what every rule reads, and the few things that every rule does."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from bson import ObjectId

from safelight.wire.documents import Document, Documents
from safelight_server.authz.access import Access
from safelight_server.authz.decision import Account, Effect, Facts, Forward, Question, Reach, ReplyRule
from safelight_server.authz.denials import DeniedError, UnansweredError, malformed, no_access, too_low
from safelight_server.authz.levels import Level
from safelight_server.authz.names import Target
from safelight_server.authz.operators import vetted
from safelight_server.authz.request import Request

_SEQUENCES: Final = {"insert": "documents", "update": "updates", "delete": "deletes"}
_EXPRESSIONS: Final = ("filter", "query", "projection", "fields", "sort", "let")
"""Arguments that hold queries or expressions, whichever command they belong to."""


@dataclass(frozen=True, slots=True)
class Case:
    """A request whose command, arguments and target are known.

    Attributes:
        database: the one database that clients may use
    """

    request: Request
    access: Access
    facts: Facts
    target: Target
    database: str

    @property
    def body(self) -> Mapping[str, Any]:
        """The request's body."""
        return self.request.body

    def fact(self, question: Question) -> Any:
        """What was looked up; raises `UnansweredError` until it is."""
        if question not in self.facts:
            raise UnansweredError(question)
        return self.facts[question]

    def need(self, dataset_id: ObjectId, level: Level) -> None:
        """Refuse unless the principal has this level on that dataset."""
        has = self.access.level(dataset_id)
        if has is Level.NO_ACCESS:
            raise no_access(dataset_id)
        if has < level:
            raise too_low(dataset_id, has, level)

    def document(self, argument: str) -> Document:
        """An argument that is a document; empty when it is not there."""
        return as_document(self.body.get(argument, {}), argument)

    def statements(self) -> list[Document]:
        """The documents of a write, decoded, however they came."""
        name = _SEQUENCES[self.request.name]
        value = self.request.sections.get(name) or self.body.get(name)
        documents = value.decoded if isinstance(value, Documents) else value
        if not isinstance(documents, list) or not documents:
            raise malformed(f"{self.request.name!r} without its {name}")
        return [as_document(each, name) for each in documents]

    def raw_statements(self) -> bytes | None:
        """The documents of a write as bytes, where they came as a sequence."""
        documents = self.request.sections.get(_SEQUENCES[self.request.name])
        return None if documents is None else documents.raw

    def forward(
        self,
        account: Account,
        level: Level,
        *,
        changes: Mapping[str, Any] | None = None,
        statements: list[Document] | None = None,
        reply: ReplyRule | None = None,
        before: tuple[Effect, ...] = (),
        after: tuple[Effect, ...] = (),
        reach: Reach | None = None,
    ) -> Forward:
        """Send the request on, encoded again, its queries and expressions vetted.

        Args:
            account: which account runs it; a transaction stays with the writing one
            level: what it needed
            changes: arguments that replace what the client sent, already vetted
            statements: the documents of a write; None: the bytes that came
            reply: as in `Forward`
            before: as in `Forward`
            after: as in `Forward`
            reach: as in `Forward`
        """
        if self.request.in_transaction:
            account = Account.WRITE
            if before or after:
                raise DeniedError(
                    "transaction",
                    f"{self.request.name!r} on {self.target.kind.value} cannot be in a transaction.",
                )
        body = {**self.body, **(changes or {})}
        body[self.request.name] = self.target.collection or self.request.target
        for argument in _EXPRESSIONS:
            if argument in body and argument not in (changes or {}):
                body[argument] = vetted(self.document(argument))
        sections: Mapping[str, Documents | list[Document]] = self.request.sections
        if statements is not None:
            name = _SEQUENCES[self.request.name]
            if sections:
                sections = {name: statements}
            else:
                body[name] = statements
        return Forward(body, account, sections, level, reply, before, after, reach or Reach())


def as_document(value: object, name: str) -> Document:
    """The value, if it is a document."""
    if not isinstance(value, dict):
        raise malformed(f"{name!r} that is no document")
    return value


def only(document: Mapping[str, Any], allowed: frozenset[str], name: str) -> None:
    """Refuse a document that has other fields than these."""
    unknown = document.keys() - allowed
    if unknown:
        raise DeniedError("argument", f"{name} with {min(unknown)!r} is not allowed over the API connection.")
