"""After a bulk write, the samples and frames that a script holds are reloaded together, not one by one.

Upstream's methods of the two registries of living objects run as they are, inside of a context in which the
documents that they will ask for are fetched in a few queries (`safelight.dropin.documents`).
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import AbstractContextManager
from functools import wraps
from typing import Any, Final

from safelight.dropin.patch import Patch, Target

_answers = threading.local()
"""`now`: the document that is being reloaded in this thread, and the answer to its query."""


def _samples(original: Callable[..., Any]) -> Callable[..., Any]:
    """For both methods of samples: those with the ids are reloaded; None means all."""

    @wraps(original)
    def reload_docs(
        cls: Any,
        collection_name: str,
        sample_ids: Iterable[Any] | None = None,
        hard: bool = False,
        include_frames: bool = False,
    ) -> Any:
        ids = _as_strings(sample_ids)
        living = [
            sample
            for sample in list(cls._instances.get(collection_name, {}).values())
            if ids is None or sample.id in ids
        ]
        with _fetching(collection_name, living, hard=hard, frames=False):
            del living
            return original(cls, collection_name, ids, hard=hard, include_frames=include_frames)

    return reload_docs


def _frames(original: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(original)
    def reload_docs(
        cls: Any,
        collection_name: str,
        sample_ids: Iterable[Any] | None = None,
        frame_ids: Iterable[Any] | None = None,
        hard: bool = False,
    ) -> Any:
        samples, frames = _as_strings(sample_ids), _as_strings(frame_ids)
        # Frames' ids count only when no samples' are given.
        chosen = frames if samples is None else None
        living = [
            frame
            for frame in _living_frames(cls, collection_name, samples)
            if chosen is None or frame.id in chosen
        ]
        with _fetching(collection_name, living, hard=hard, frames=True):
            del living
            return original(cls, collection_name, samples, frames, hard=hard)

    return reload_docs


def _frames_of_samples(original: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(original)
    def sync_docs(cls: Any, collection_name: str, sample_ids: Iterable[Any], hard: bool = False) -> Any:
        ids = _as_strings(sample_ids)
        with _fetching(collection_name, _living_frames(cls, collection_name, ids), hard=hard, frames=True):
            return original(cls, collection_name, ids, hard=hard)

    return sync_docs


def _frames_of_sample(original: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(original)
    def sync_docs_for_sample(
        cls: Any, collection_name: str, sample_id: Any, frame_numbers: Any, hard: bool = False
    ) -> Any:
        living = _living_frames(cls, collection_name, {str(sample_id)})
        with _fetching(collection_name, living, hard=hard, frames=True):
            return original(cls, collection_name, sample_id, frame_numbers, hard=hard)

    return sync_docs_for_sample


def _as_strings(ids: Iterable[Any] | None) -> set[str] | None:
    return None if ids is None else {str(each) for each in ids}


def _living_frames(cls: Any, collection_name: str, sample_ids: Collection[str] | None) -> Iterator[Any]:
    """In the order in which upstream goes through them when it goes through all."""
    for sample_id, frames in list(cls._instances.get(collection_name, {}).items()):
        if sample_ids is None or sample_id in sample_ids:
            yield from list(frames.values())


def _fetching(
    collection: str, living: Iterable[Any], *, hard: bool, frames: bool
) -> AbstractContextManager[None]:
    from safelight.dropin.documents import reloading

    if not hard:
        return reloading.soft(collection, living)
    return (reloading.hard_frames if frames else reloading.hard_samples)(collection, living)


def _reload(original: Callable[..., Any]) -> Callable[..., Any]:
    from safelight.dropin.documents.prefetch import taken

    @wraps(original)
    def reload(self: Any, *fields: str, **kwargs: Any) -> Any:
        raw = taken(type(self).__name__, str(self.pk))
        if raw is None:
            return original(self, *fields, **kwargs)
        from safelight.dropin.documents.reloading import Answer

        _answers.now = self, Answer(type(self), raw)
        try:
            return original(self, *fields, **kwargs)
        finally:
            _answers.now = None

    return reload


def _query_set(original: property) -> property:
    def query_set(self: Any) -> Any:
        now = getattr(_answers, "now", None)
        if now is not None and now[0] is self:
            return now[1]
        return original.__get__(self)

    return property(query_set, doc=original.__doc__)


def _backing_doc_of_sample(original: Callable[..., Any]) -> Callable[..., Any]:
    from safelight.dropin.documents.prefetch import taken

    @wraps(original)
    def reload_backing_doc(self: Any) -> Any:
        raw = taken(type(self._doc).__name__, self.id)
        if raw is None:
            return original(self)
        self._doc = self._dataset._sample_dict_to_doc(raw, _reload_backing_docs=False)  # noqa: SLF001 - as upstream does
        return None

    return reload_backing_doc


def _backing_doc_of_frame(original: Callable[..., Any]) -> Callable[..., Any]:
    from safelight.dropin.documents.prefetch import taken

    @wraps(original)
    def reload_backing_doc(self: Any) -> Any:
        raw = taken(type(self._doc).__name__, (self._sample_id, self.frame_number))
        if raw is None:
            return original(self)
        self._doc = self._dataset._frame_dict_to_doc(raw, _reload_backing_docs=False)  # noqa: SLF001 - as upstream does
        return None

    return reload_backing_doc


_REGISTRY: Final = "fiftyone.core.singletons"
_WHY: Final = "one query for each sample or frame that a script holds"
_WHERE: Final = "where that query is made"

PATCH = Patch(
    name="reloading",
    summary="after a bulk write, all samples and frames in memory are reloaded with a few queries",
    targets=(
        Target(
            _REGISTRY,
            "SampleSingleton._reload_docs",
            _samples,
            _WHY,
            "(cls, collection_name, sample_ids=None, hard=False, include_frames=False)",
        ),
        Target(
            _REGISTRY,
            "SampleSingleton._sync_docs",
            _samples,
            _WHY,
            "(cls, collection_name, sample_ids, hard=False, include_frames=False)",
        ),
        Target(
            _REGISTRY,
            "FrameSingleton._reload_docs",
            _frames,
            _WHY,
            "(cls, collection_name, sample_ids=None, frame_ids=None, hard=False)",
        ),
        Target(
            _REGISTRY,
            "FrameSingleton._sync_docs",
            _frames_of_samples,
            _WHY,
            "(cls, collection_name, sample_ids, hard=False)",
        ),
        Target(
            _REGISTRY,
            "FrameSingleton._sync_docs_for_sample",
            _frames_of_sample,
            _WHY,
            "(cls, collection_name, sample_id, frame_numbers, hard=False)",
        ),
        Target("fiftyone.core.odm.document", "Document.reload", _reload, _WHERE, "(self, *fields, **kwargs)"),
        Target("mongoengine.document", "Document._qs", _query_set, _WHERE),
        Target(
            "fiftyone.core.sample", "Sample._reload_backing_doc", _backing_doc_of_sample, _WHERE, "(self)"
        ),
        Target("fiftyone.core.frame", "Frame._reload_backing_doc", _backing_doc_of_frame, _WHERE, "(self)"),
    ),
)
