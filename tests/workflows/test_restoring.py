"""Ordinary documents take the short way out of the database and through validation; odd ones do not.

That both ways end at the same place is shown in `tests/equivalence`.
"""

from __future__ import annotations

from typing import Any

import bson
import fiftyone as fo
import numpy as np
import pytest
from bson import ObjectId
from fiftyone.core.odm import DynamicEmbeddedDocument
from mongoengine import ValidationError, signals
from mongoengine.base import BaseDocument

from safelight.dropin.documents.plainness import is_plain_document
from safelight.dropin.documents.restoring import restore

BOX = {"label": "cat", "bounding_box": [0.0, 0.5, 0.25, 0.25], "tags": ["a"], "confidence": 0.5}
LABELS = {
    "detections": fo.Detections(detections=[fo.Detection(**BOX), fo.Detection(instance=fo.Instance())]),
    "extra": fo.Classification(label="cat", extra=[1, {"a": None}], more=ObjectId()),
    "mask": fo.Segmentation(mask=np.eye(2, dtype=np.uint8)),
    "polylines": fo.Polylines(polylines=[fo.Polyline(points=[[(0.0, 0.5), (1.0, 1.0)]], closed=True)]),
    "keypoints": fo.Keypoints(keypoints=[fo.Keypoint(points=[(0.0, float("nan"))])]),
    "place": fo.GeoLocation(point=[1.0, 2.0]),
    "event": fo.TemporalDetection(support=[1, 5]),
    "metadata": fo.ImageMetadata(width=3, height=4),
    "attributes": fo.Detection(attributes={"a": fo.NumericAttribute(value=1.0)}),
}


def stored(label: Any) -> dict[str, Any]:
    """A label as it comes from the database; what is not declared has Python's form already."""
    found: dict[str, Any] = bson.decode(bson.encode(label.to_dict()))
    undeclared = [key for key, value in found.items() if isinstance(value, ObjectId) and key != "_id"]
    return found | {key.removeprefix("_"): found.pop(key) for key in undeclared}


def stock(label: Any) -> Any:
    original = BaseDocument._from_son.__func__.__wrapped__  # below ours is mongoengine's
    return original(type(label), stored(label))


@pytest.mark.parametrize("name", LABELS)
def test_labels_are_restored(name: str) -> None:
    label = LABELS[name]
    restored, other = restore(type(label), stored(label), created=False), stock(label)
    assert str(restored) == str(other)
    assert list(restored._data) == list(other._data)
    assert {each: type(value) for each, value in restored._data.items()} == {
        each: type(value) for each, value in other._data.items()
    }
    assert (restored._created, restored._changed_fields) == (other._created, other._changed_fields)
    assert bson.encode(restored.to_dict()) == bson.encode(other.to_dict())


def test_samples_are_restored() -> None:
    dataset = fo.Dataset()
    dataset.add_sample(fo.Sample("/a.jpg", objects=LABELS["detections"].copy(), number=3, info={"a": [1]}))
    [found] = dataset._sample_collection.find()
    document = restore(dataset._sample_doc_cls, found, created=False)
    assert document.objects.detections[0].label == "cat"
    assert document.to_dict() == dataset.first()._doc.to_dict()
    dataset.delete()


def test_usual_labels_need_no_further_validation() -> None:
    assert is_plain_document(LABELS["detections"])
    assert is_plain_document(LABELS["extra"])


@pytest.mark.parametrize(
    ("kind", "document"),
    [
        (fo.Detection, {"_cls": "Detection", "label": 3}),
        (fo.Detection, {"_cls": "Classification"}),
        (fo.Detection, {"_cls": "Detection", "id": ObjectId()}),
        (fo.Detections, {"_cls": "Detections", "detections": [{"_cls": "Nothing"}]}),
        (fo.StaticTransform, {"_cls": "StaticTransform", "translation": [0.0, 0.0, 0.0]}),
        (fo.Instance, {"unknown": 1}),
    ],
)
def test_odd_documents_are_left_to_mongoengine(kind: Any, document: dict[str, Any]) -> None:
    assert restore(kind, document, created=False) is None


def test_a_class_with_a_constructor_of_its_own_is_left_to_mongoengine() -> None:
    class Special(DynamicEmbeddedDocument):  # type: ignore[misc] # upstream is untyped
        def __init__(self, **values: Any) -> None:
            super().__init__(**values)

    assert restore(Special, {}, created=False) is None


def test_who_listens_to_mongoengines_signals_hears_them() -> None:
    heard = []

    def hear(kind: Any, **_: Any) -> None:
        heard.append(kind)

    signals.post_init.connect(hear)
    try:
        fo.Detection._from_son(stored(fo.Detection(**BOX)))
    finally:
        signals.post_init.disconnect(hear)
    assert heard[-1] is fo.Detection


@pytest.mark.parametrize(
    "wrong", [{"label": 3}, {"confidence": "high"}, {"tags": [1]}, {"bounding_box": "x"}]
)
def test_wrong_values_are_upstreams_errors(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError) as ours:
        fo.Detection(**wrong)
    document = fo.Detection()
    document._data.update(wrong)
    with pytest.raises(ValidationError) as theirs:
        BaseDocument.validate.__wrapped__(document)
    assert str(ours.value) == str(theirs.value)
