"""Documents made with less work are the documents that mongoengine and upstream make."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from datetime import datetime, timezone
from typing import Any

import fiftyone as fo
import pytest
from bson import DBRef, ObjectId
from fiftyone.core.frame import Frame
from fiftyone.core.odm.database import get_db_conn
from fiftyone.core.sample import Sample
from fiftyone.core.singletons import FrameSingleton, SampleSingleton
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from mongoengine.base import BaseDict, BaseDocument, BaseList
from mongoengine.dereference import DeReference

from safelight.dropin.documents import prefetch
from safelight.dropin.documents.attaching import attach

pytestmark = pytest.mark.filterwarnings("ignore:No uuidRepresentation:DeprecationWarning")

DATABASE = settings(max_examples=8, deadline=None, phases=[Phase.explicit, Phase.generate])

plain = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**31), 2**31),
    st.floats(allow_nan=False),
    st.text(max_size=3),
    st.binary(max_size=3),
    st.builds(ObjectId, st.binary(min_size=12, max_size=12)),
    st.datetimes(datetime(1990, 1, 1), datetime(2030, 1, 1), timezones=st.just(timezone.utc)),  # noqa: DTZ001 - bounds are naive
)
names = st.sampled_from(["a", "b", "tags"])
detections = st.builds(
    fo.Detection,
    label=st.sampled_from(["cat", "dog"]),
    bounding_box=st.lists(st.floats(0, 1), min_size=4, max_size=4),
    tags=st.lists(st.sampled_from(["x", "y"]), max_size=2),
    extra=st.one_of(plain, st.lists(plain, max_size=2)),
)
boxes = st.builds(
    fo.Detection,
    label=st.sampled_from(["cat", "dog"]),
    bounding_box=st.lists(st.floats(0, 1), min_size=4, max_size=4),
    tags=st.lists(st.sampled_from(["x", "y"]), max_size=2),
)
polylines = st.builds(
    fo.Polyline,
    points=st.lists(st.lists(st.tuples(st.floats(0, 1), st.floats(0, 1)), max_size=2), max_size=2),
)
nested = st.recursive(
    plain,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=2),
    max_leaves=8,
)
values = st.one_of(
    st.lists(plain, max_size=4),
    st.dictionaries(names, plain, max_size=3),
    st.lists(nested, max_size=3),
    st.lists(detections, max_size=3),
    st.lists(polylines, max_size=2),
    st.lists(detections | plain, max_size=3),
)


def shape(value: Any) -> Any:
    """A value with what makes it tracked: types, names, and which document is told of changes."""
    if isinstance(value, (BaseList, BaseDict)):
        told = type(value._instance).__name__ if value._instance is not None else None
        items = value.items() if isinstance(value, dict) else enumerate(list.copy(value))
        return type(value), value._name, told, value._dereferenced, [(k, shape(v)) for k, v in items]
    if isinstance(value, BaseDocument):
        return type(value), [(k, shape(v)) for k, v in value._data.items() if k not in ("id", "_id")]
    if isinstance(value, (list, tuple)):
        return type(value), [shape(each) for each in value]
    if isinstance(value, dict):
        return type(value), [(k, shape(v)) for k, v in value.items()]
    return type(value), value


@given(value=values, tracked=st.booleans(), field=st.sampled_from(["detections", "unknown"]))
@settings(deadline=None)
def test_what_is_attached_is_what_dereferencing_leaves(value: Any, tracked: bool, field: str) -> None:
    owner = fo.Detections()

    def made() -> Any:
        same = copy.deepcopy(value)
        kind = BaseDict if isinstance(value, dict) else BaseList
        return kind(same, owner, field) if tracked else same

    mine, theirs = made(), made()
    before = shape(mine)
    ours = attach(owner, field, mine)
    if ours is None:
        assert shape(mine) == before
    else:
        assert shape(ours) == shape(DeReference()(theirs, max_depth=1, instance=owner, name=field))


@pytest.mark.parametrize(
    "value",
    [
        [DBRef("somewhere", 1)],
        [{"_ref": DBRef("somewhere", 1), "_cls": "Detection"}],
        {"_cls": "Detection"},
        [[1]],
        ({},),
        [fo.Detection(attributes={"a": fo.CategoricalAttribute(value="b")})],
    ],
)
def test_what_may_refer_to_something_is_left_to_mongoengine(value: Any) -> None:
    assert attach(fo.Detections(), "detections", value) is None


def test_plain_values_take_the_short_way() -> None:
    owner = fo.Detections()
    assert attach(owner, "detections", [fo.Detection(bounding_box=[0, 0, 1, 1])]) is not None
    assert attach(owner, "tags", BaseList(["a"], owner, "tags")) == ["a"]


class Profile:
    """What the database says that it was asked."""

    def __init__(self, database: Any) -> None:
        self._database = database

    def queries(self, collection: str) -> int:
        """How many queries of a collection there have been."""
        asked = [{f"command.{command}": collection} for command in ("find", "aggregate")]
        return int(self._database["system.profile"].count_documents({"$or": asked}))


@pytest.fixture
def profile() -> Iterator[Profile]:
    database = get_db_conn()
    database.command("profile", 2)
    yield Profile(database)
    database.command("profile", 0)
    database.drop_collection("system.profile")


def stock(method: Any) -> Any:
    """Upstream's own method below ours."""
    return method.__wrapped__


OWN = {"_id", "id", "_dataset_id", "_sample_id", "_rand", "created_at", "last_modified_at"}
"""What differs between two documents with the same content."""


def content(value: Any) -> Any:
    if isinstance(value, dict):
        return {k: content(v) for k, v in value.items() if k not in OWN}
    return [content(each) for each in value] if isinstance(value, list) else value


def state(documents: list[Any]) -> list[Any]:
    return [
        (
            content(each.to_dict(include_private=True)),
            sorted(each._doc._changed_fields),
            each._doc._created,
            {k: shape(v)[:2] for k, v in each._doc._data.items() if isinstance(v, (BaseList, BaseDict))},
        )
        for each in documents
    ]


samples = st.fixed_dictionaries(
    {"number": st.none() | st.integers(0, 9), "tags": st.lists(st.sampled_from("ab"), max_size=2)},
    optional={"objects": st.lists(boxes, max_size=2).map(lambda found: fo.Detections(detections=found))},
)


def two_datasets(contents: list[dict[str, Any]]) -> list[tuple[Any, list[Any]]]:
    """The same samples twice, and alive."""
    made = []
    for _ in range(2):
        dataset = fo.Dataset()
        alive = [fo.Sample(filepath=f"/{i}.jpg", **copy.deepcopy(each)) for i, each in enumerate(contents)]
        dataset.add_samples(alive, progress=False)
        if not dataset.has_sample_field("number"):
            dataset.add_sample_field("number", fo.IntField)
        made.append((dataset, alive))
    return made


@given(
    contents=st.lists(samples, min_size=2, max_size=5),
    chosen=st.none() | st.sets(st.integers(0, 4)),
    hard=st.booleans(),
    dirty=st.booleans(),
)
@DATABASE
def test_samples_are_reloaded_as_one_by_one(
    contents: list[dict[str, Any]], chosen: set[int] | None, hard: bool, dirty: bool
) -> None:
    (ours, mine), (theirs, other) = two_datasets(contents)
    for dataset, alive in ((ours, mine), (theirs, other)):
        if dirty:
            alive[0].tags.append("unsaved")
        dataset._sample_collection.update_many({}, {"$set": {"number": 7, "tags": ["new"]}})
        method = SampleSingleton._reload_docs if dataset is ours else stock(SampleSingleton._reload_docs)
        ids = None if chosen is None else [alive[i].id for i in chosen if i < len(alive)]
        method(Sample, dataset._sample_collection_name, sample_ids=ids, hard=hard)
    assert state(mine) == state(other)
    assert [each.number for each in mine] == [each.number for each in other]
    for dataset in (ours, theirs):
        dataset.delete()


@pytest.mark.parametrize("hard", [False, True])
def test_a_sample_that_is_gone_ends_as_with_stock(hard: bool, caplog: pytest.LogCaptureFixture) -> None:
    outcomes = []
    for (dataset, alive), method in zip(
        two_datasets([{"number": i} for i in range(4)]),
        (SampleSingleton._reload_docs, stock(SampleSingleton._reload_docs)),
        strict=True,
    ):
        dataset._sample_collection.delete_one({"_id": ObjectId(alive[2].id)})
        dataset._sample_collection.update_many({}, {"$set": {"number": 9}})
        try:
            method(Sample, dataset._sample_collection_name, hard=hard)
            outcome = "none"
        except Exception as error:  # noqa: BLE001 - whichever it is, it must be the same
            outcome = f"{type(error).__name__}: {error}"
        outcomes.append((outcome, [each.number for each in alive]))
    assert outcomes[0] == outcomes[1]


@given(counts=st.lists(st.integers(1, 3), min_size=1, max_size=3), hard=st.booleans(), sync=st.booleans())
@DATABASE
def test_frames_are_reloaded_as_one_by_one(counts: list[int], hard: bool, sync: bool) -> None:
    outcomes = []
    for patched in (True, False):
        dataset = fo.Dataset()
        alive = []
        for index, count in enumerate(counts):
            sample = fo.Sample(filepath=f"/{index}.mp4")
            for number in range(1, count + 1):
                sample.frames[number] = fo.Frame(score=float(number))
            alive.append(sample)
        dataset.add_samples(alive, progress=False)
        frames = [
            sample.frames[number]
            for sample, count in zip(alive, counts, strict=True)
            for number in range(1, count + 1)
        ]
        dataset._frame_collection.update_many({}, {"$set": {"score": 0.25}})
        method = FrameSingleton._sync_docs if sync else FrameSingleton._reload_docs
        ids = [alive[0].id]
        (method if patched else stock(method))(Frame, dataset._frame_collection_name, ids, hard=hard)
        outcomes.append([(frame.score, frame.in_dataset, frame.frame_number) for frame in frames])
        dataset.delete()
    assert outcomes[0] == outcomes[1]


def test_all_living_samples_take_a_few_queries(profile: Profile, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(prefetch, "BATCH", 8)
    dataset = fo.Dataset()
    alive = [fo.Sample(filepath=f"/{i}.jpg") for i in range(40)]
    dataset.add_samples(alive, progress=False)
    before = profile.queries(dataset._sample_collection_name)
    dataset.set_values("number", list(range(40)))
    assert [sample.number for sample in alive] == list(range(40))
    assert 5 <= profile.queries(dataset._sample_collection_name) - before < 20
    del alive


def test_asked_in_another_order_nothing_is_read_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(prefetch, "BATCH", 3)
    read: list[int] = []

    def fetch(batch: Any) -> dict[int, dict[str, int]]:
        read.extend(batch)
        return {key: {"key": key} for key in batch if key != 4}

    found = prefetch.Prefetch(range(10), fetch)
    assert [found.take(key) for key in (9, 0, 4, 1)] == [{"key": 9}, {"key": 0}, None, {"key": 1}]
    assert found.take(0) is None
    assert found.take(99) is None
    assert len(read) == len(set(read))
