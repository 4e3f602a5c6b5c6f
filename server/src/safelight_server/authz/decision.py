"""What the policy can say about a request, and what it can ask first.

Forward   send this body to the database with this account; change the reply by this rule, keep these effects
Answer    the server answers this itself
Deny      the client gets this error
Ask       the policy needs to know these things: look them up, put them in `Facts`, call again
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from enum import Enum
from typing import Any

from bson import ObjectId

from safelight.wire.documents import Document, Documents
from safelight_server.authz.levels import Level


class Account(Enum):
    """The two accounts of the server at the database: the second fence."""

    READ = "ro"
    WRITE = "rw"


class Code:
    """The error codes of MongoDB that a denial carries, by what a driver makes of them."""

    UNAUTHORIZED = 13
    CURSOR_NOT_FOUND = 43
    DUPLICATE_KEY = 11000


ReplyRule = Callable[[Document], Document]
"""Rewrites the database's reply (a success or an error document) for the client; pure."""


@dataclass(frozen=True, slots=True)
class ReserveDataset:
    """Before: make the access list of a dataset that is about to exist; its principal becomes the manager.

    Commit it when the command wrote the document, else take it back. Reserving fails when the id is in use.

    Attributes:
        generated: it holds what a view of another dataset computed
        source: that other dataset, where the document says so
    """

    dataset_id: ObjectId
    generated: bool
    source: ObjectId | None = None


@dataclass(frozen=True, slots=True)
class ForgetDataset:
    """After: if the reply says that the document was deleted, forget the dataset's access list."""

    dataset_id: ObjectId


@dataclass(frozen=True, slots=True)
class RecordSource:
    """Before: a generated dataset is filled from `source`; fails where another source is recorded."""

    dataset_id: ObjectId
    source: ObjectId


@dataclass(frozen=True, slots=True)
class RecordFileCreator:
    """Before: the principal writes this GridFS file (by chunks or its head); the first one recorded stays."""

    file_id: ObjectId


Effect = ReserveDataset | ForgetDataset | RecordSource | RecordFileCreator


@dataclass(frozen=True, slots=True)
class AskFile:
    """Which datasets' runs hold this GridFS file, and who created it? Answered by `FileFact`."""

    file_id: ObjectId


@dataclass(frozen=True, slots=True)
class AskDataset:
    """Is there a document, an access list or a collection of this dataset id? Answered by `DatasetFact`."""

    dataset_id: ObjectId


@dataclass(frozen=True, slots=True)
class AskCursor:
    """Which cursor is that? Answered by `OpenCursor`, or None when this gateway has none of that id."""

    cursor_id: int


@dataclass(frozen=True, slots=True)
class AskRows:
    """Which dataset ids do the rows of `collection` that match have? Answered by a frozenset.

    Attributes:
        field: where the rows hold their dataset id
        query: encoded; ask with the reading account
    """

    collection: str
    field: str
    query: bytes


Question = AskFile | AskDataset | AskCursor | AskRows


@dataclass(frozen=True, slots=True)
class DatasetFact:
    """What is known about a dataset id.

    Attributes:
        exists: whether there is a document, an access list or a collection
        creator: the id of the principal whose access list it is, if there is one
    """

    exists: bool = False
    creator: str | None = None


@dataclass(frozen=True, slots=True)
class FileFact:
    """What is known about a GridFS file.

    Attributes:
        datasets: the `_dataset_id` of every run whose `results` is this file
        creator: the id of the principal recorded as its creator, if any
        exists: whether it has a head or chunks already
    """

    datasets: frozenset[ObjectId] = frozenset()
    creator: str | None = None
    exists: bool = False


@dataclass(frozen=True, slots=True)
class Reach:
    """What a command that opens a cursor reads, so that each getMore can be checked again.

    Attributes:
        datasets: the datasets it reads
        rows: for a row-filtered collection, the dataset ids whose rows it may return; None: all
    """

    datasets: frozenset[ObjectId] = frozenset()
    rows: frozenset[ObjectId] | None = frozenset()


@dataclass(frozen=True, slots=True)
class OpenCursor:
    """A cursor of the gateway's table.

    Attributes:
        owner: the id of the principal that opened it
        collection: the collection of its namespace
        account: the account that opened it
        reach: from the decision that opened it
    """

    owner: str
    collection: str
    account: Account
    reach: Reach


@dataclass(frozen=True, slots=True)
class Facts:
    """What was looked up so far, by question."""

    answers: Mapping[Question, Any] = field(default_factory=dict)

    def __contains__(self, question: Question) -> bool:
        return question in self.answers

    def __getitem__(self, question: Question) -> Any:
        return self.answers[question]


@dataclass(frozen=True, slots=True)
class Forward:
    """Send this to the database.

    Attributes:
        body: to be encoded again; never the client's own bytes
        sections: its document sequences: `Documents` go as the bytes that came, lists are encoded
        account: the account that runs it
        level: the level that the command needed, for metrics and logs
        reply: how the reply changes, if it does
        before: effects to keep before it runs; where one fails, the command does not run
        after: effects to keep once it ran
        reach: what it reads, kept with the cursor that it may open
    """

    body: Document
    account: Account
    sections: Mapping[str, Documents | list[Document]] = field(default_factory=dict)
    level: Level = Level.NO_ACCESS
    reply: ReplyRule | None = None
    before: tuple[Effect, ...] = ()
    after: tuple[Effect, ...] = ()
    reach: Reach = field(default_factory=Reach)


@dataclass(frozen=True, slots=True)
class Answer:
    """The server answers this itself; `ok: 1` is in it."""

    reply: Document


@dataclass(frozen=True, slots=True)
class Deny:
    """The client gets an error.

    Attributes:
        message: for the person at the keyboard: what was refused, on which object, and what to do
        rule: a short name of the rule that refused, for metrics and the audit log
        code: what MongoDB would say, so that drivers raise what they raise for MongoDB
        dataset_id: the dataset on which more was needed, if that is why
        visible: whether whoever is refused sees that dataset, and so may be told its name
    """

    message: str
    rule: str
    code: int = Code.UNAUTHORIZED
    dataset_id: ObjectId | None = None
    visible: bool = False

    def naming(self, name: str) -> Deny:
        """The same, with the dataset's name in place of its id."""
        return replace(self, message=self.message.replace(str(self.dataset_id), f'"{name}"'))


@dataclass(frozen=True, slots=True)
class Ask:
    """Look these up and call again."""

    questions: tuple[Question, ...]


Decision = Forward | Answer | Deny | Ask
