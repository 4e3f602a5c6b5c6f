"""One side of the comparison: a process that plays programs against its database and says what came out.

    python -m equivalence.player

Reads pickled programs from its standard input, and writes what each did to its standard output, pickled.
"""

from __future__ import annotations

import copy
import os
import pickle
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, Final

from equivalence.values import build

STEPS: Final[dict[str, Callable[..., Any]]] = {}


def _step(function: Callable[..., Any]) -> Callable[..., Any]:
    STEPS[function.__name__] = function
    return function


class Stage:
    """What the steps of one program act on: a dataset, and samples that the script holds."""

    def __init__(self) -> None:
        import fiftyone as fo

        self.dataset = fo.Dataset("played")
        self.samples: list[Any] = []
        self.frames: list[Any] = []

    def state(self) -> Any:
        """Everything that a script sees of the objects that it holds."""
        return [_seen(each) for each in (*self.samples, *self.frames)]


def _seen(document: Any) -> Any:
    from upstream.recording import attempt

    backing = document._doc
    return [
        document.in_dataset,
        attempt(lambda: document.to_dict(include_private=True)),
        {name: attempt(lambda name=name: _tracked(document[name])) for name in document.field_names},
        sorted(getattr(backing, "_changed_fields", [])),
        attempt(lambda: sorted(backing._get_changed_fields())) if document.in_dataset else None,
    ]


def _tracked(value: Any) -> Any:
    """How changes to a value are noticed: the types and the names that its parts have when they are read."""
    from mongoengine.base import BaseDict, BaseDocument, BaseList

    from upstream.recording import plain

    if isinstance(value, (BaseList, BaseDict)):
        told = type(value._instance).__name__
        parts = value.values() if isinstance(value, dict) else list(value)
        return [type(value).__name__, value._name, told, [_tracked(each) for each in parts]]
    if isinstance(value, BaseDocument):
        names = value._fields_ordered
        return [type(value).__name__, {name: _tracked(value[name]) for name in names}, value._created]
    return [type(value).__name__, plain(value)]


@_step
def add(stage: Stage, *, contents: list[Any], frames: Any, dynamic: bool, validate: bool) -> Any:
    import fiftyone as fo

    suffix = "jpg" if frames is None else "mp4"
    samples = []
    for number, content in enumerate(contents):
        sample = fo.Sample(filepath=f"/{number}.{suffix}", **build(content))
        for index, frame in (frames or {}).items():
            sample.frames[index] = fo.Frame(**build(frame))
        samples.append(sample)
    stage.samples += samples
    stage.frames += [frame for sample in samples if frames for frame in sample.frames.values()]
    return stage.dataset.add_samples(samples, dynamic=dynamic, validate=validate, progress=False)


@_step
def set_values(stage: Stage, *, field: str, value: Any, dynamic: bool) -> Any:
    values = [build(value) for _ in range(len(stage.dataset))]
    return stage.dataset.set_values(field, values, dynamic=dynamic)


@_step
def edit_all(stage: Stage, *, field: str, value: Any) -> Any:
    for sample in stage.dataset.iter_samples(autosave=True):
        sample[field] = build(value)


@_step
def edit_one(stage: Stage, *, field: str, value: Any, index: int) -> Any:
    sample = stage.samples[index]
    sample[field] = build(value)
    sample.save()


@_step
def edit_frames(stage: Stage, *, field: str, value: Any) -> Any:
    for sample in stage.dataset:
        for frame in sample.frames.values():
            frame[field] = build(value)
        sample.save()


@_step
def touch_labels(stage: Stage) -> Any:
    import fiftyone as fo

    changed = []
    for sample in stage.dataset:
        sample.tags.append("touched")
        for name in sample.field_names:
            value = sample[name]
            if isinstance(value, fo.Detections):
                for label in value.detections:
                    label.tags.append("touched")
                    label["fresh"] = [1]
                    label.bounding_box[0] = 0.5
            elif isinstance(value, dict):
                value["touched"] = True
        changed.append(sorted(sample._doc._get_changed_fields()))
        sample.save()
    return changed


@_step
def write(stage: Stage, *, update: dict[str, Any], frames: bool) -> Any:
    # As another process would.
    collection = stage.dataset._frame_collection if frames else stage.dataset._sample_collection
    return collection.update_many({}, update).matched_count


@_step
def reload(stage: Stage, *, hard: bool) -> Any:
    for sample in stage.samples:
        sample.reload(hard=hard)
    stage.dataset.reload()


@_step
def read(stage: Stage) -> Any:
    return [_seen(sample) for sample in stage.dataset]


@_step
def read_views(stage: Stage) -> Any:
    import fiftyone as fo

    view = stage.dataset.select_fields("tags")
    filtered = stage.dataset.filter_labels("objects", fo.ViewField("label") == "cat")
    return [[_seen(sample) for sample in each] for each in (view, filtered)]


@_step
def copy_(stage: Stage) -> Any:
    import fiftyone as fo

    found = []
    for sample in stage.dataset:
        found += [sample.copy().to_dict(), fo.Sample.from_dict(sample.to_dict()).to_dict()]
        found += [copy.deepcopy(sample[name]) for name in sample.field_names]
    return found


STEPS["copy"] = STEPS.pop("copy_")


@_step
def delete(stage: Stage, *, index: int) -> Any:
    stage.dataset.delete_samples(stage.samples[index].id)


@_step
def clone(stage: Stage) -> Any:
    other = stage.dataset.clone("cloned")
    return [sample.to_dict() for sample in other]


def play(program: Any) -> Any:
    """What each step returned or raised, what the script then saw, and what is in the database."""
    import fiftyone.core.odm as foo

    from upstream.recording import documents, normalized

    stage = Stage()
    record: list[Any] = []
    for name, arguments in program:
        outcome = _outcome(partial(STEPS[name], stage, **arguments))
        record.append([name, outcome, _outcome(stage.state)])
    record.append(documents(foo.get_db_conn()))
    record.append(_outcome(_clear))
    return normalized(record, {Path.home(): "<home>"})


def _outcome(work: Callable[[], Any]) -> Any:
    from upstream.recording import attempt

    outcome = attempt(work)
    if isinstance(outcome, dict) and outcome.get("raised") == "OperationFailure":
        outcome["message"] = outcome["message"].partition(", full error")[0]  # has the time in it
    return outcome


def _clear() -> None:
    """Delete all datasets; what upstream cannot delete, as after odd writes, is dropped behind its back."""
    import fiftyone as fo
    import fiftyone.core.odm as foo

    try:
        fo.delete_datasets("*")
    finally:
        database = foo.get_db_conn()
        database.datasets.delete_many({})
        for name in database.list_collection_names(filter={"name": {"$regex": "^(samples|frames)"}}):
            database.drop_collection(name)
        for kind in (fo.Dataset, fo.Sample, fo.Frame):
            kind._instances.clear()


def patches() -> list[str]:
    """Names of the patches that are applied in this process."""
    from safelight.dropin import instrument, targets

    active = instrument.active()
    replaced = {} if active is None else {target.name for target in active.replaced}
    return [patch.name for patch in targets.ALL if {target.name for target in patch.targets} & set(replaced)]


def main() -> None:
    """Play until there are no more programs."""
    channel = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what upstream prints is not for the other end
    import fiftyone as fo

    fo.delete_datasets("*")
    pickle.dump(patches(), channel)
    channel.flush()
    while True:
        try:
            program = pickle.load(sys.stdin.buffer)
        except EOFError:
            return
        pickle.dump(play(program), channel)
        channel.flush()


if __name__ == "__main__":
    main()
