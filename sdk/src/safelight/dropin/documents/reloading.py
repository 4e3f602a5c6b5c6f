"""Upstream's samples and frames, reloaded from documents that were fetched together."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any

from bson import ObjectId
from mongoengine.dereference import DeReference
from pymongo import ReadPreference

from safelight.dropin.documents.prefetch import Document, prefetching


def soft(name: str, living: Iterable[Any]) -> AbstractContextManager[None]:
    """For `reload()` of samples or frames: the fields that this process knows, by the documents' ids.

    Args:
        name: of the collection
        living: the objects that will be reloaded, in this order
    """
    # Ids alone: holding the objects would keep them alive, and upstream reloads only what is.
    ids, collection = [], None
    for each in living:
        ids.append(each.id)
        collection = collection if collection is not None else each._doc._get_collection()

    def fetch(batch: Sequence[str]) -> Mapping[str, Document]:
        assert collection is not None  # noqa: S101 - there are ids
        return _by_id(collection.with_options(read_preference=ReadPreference.PRIMARY), batch)

    return prefetching(name, ids, fetch)


def hard_samples(name: str, living: Iterable[Any]) -> AbstractContextManager[None]:
    """For `reload(hard=True)` of samples: whole documents, by their ids."""
    ids, dataset = [], None
    for each in living:
        ids.append(each.id)
        dataset = each.dataset

    def fetch(batch: Sequence[str]) -> Mapping[str, Document]:
        assert dataset is not None  # noqa: S101 - there are ids
        return _by_id(dataset._sample_collection, batch)

    return prefetching(name, ids, fetch)


def _by_id(collection: Any, ids: Sequence[str]) -> Mapping[str, Document]:
    found = collection.find({"_id": {"$in": [ObjectId(each) for each in ids]}})
    return {str(document["_id"]): document for document in found}


def hard_frames(name: str, living: Iterable[Any]) -> AbstractContextManager[None]:
    """For `reload(hard=True)` of frames: whole documents, by sample and frame number."""
    keys, dataset = [], None
    for each in living:
        keys.append((ObjectId(each.sample_id), each.frame_number))
        dataset = each.dataset

    def fetch(batch: Sequence[tuple[ObjectId, int]]) -> Mapping[tuple[ObjectId, int], Document]:
        assert dataset is not None  # noqa: S101 - there are keys
        numbers: dict[ObjectId, list[int]] = defaultdict(list)
        for sample, number in batch:
            numbers[sample].append(number)
        wanted = [{"_sample_id": key, "frame_number": {"$in": some}} for key, some in numbers.items()]
        documents: dict[tuple[ObjectId, int], Document] = {}
        for document in dataset._frame_collection.find({"$or": wanted}):
            documents.setdefault((document["_sample_id"], document["frame_number"]), document)
        return documents

    return prefetching(name, keys, fetch)


class Answer:
    """A query set that has its answer: one document.

    mongoengine's `reload` narrows its document's query set down to one document and takes that. All of the
    narrowing has happened, except for the choice of fields.
    """

    def __init__(self, kind: Any, raw: Document) -> None:
        self._kind = kind
        self._raw = raw

    def read_preference(self, _preference: Any) -> Answer:
        return self

    def filter(self, **_key: Any) -> Answer:
        return self

    def limit(self, _number: int) -> Answer:
        return self

    def only(self, *fields: str) -> Answer:
        names = {self._kind._fields[field].db_field for field in fields}
        names.add("_id")
        return Answer(self._kind, {name: value for name, value in self._raw.items() if name in names})

    def select_related(self, max_depth: int) -> Any:
        document = self._kind._from_son(self._raw)
        return DeReference()([document], max_depth=max_depth)
