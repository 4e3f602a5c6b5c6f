"""Random programs: what a script might do with samples, right and wrong.

A program is a list of steps, each the name of a function in `equivalence.player` and its arguments.
"""

from __future__ import annotations

from datetime import date, datetime, timezone
from typing import Any, Final

import numpy as np
from bson import ObjectId
from hypothesis import strategies as st

from equivalence.values import Made

Step = tuple[str, dict[str, Any]]
Program = tuple[Step, ...]

numbers = st.one_of(
    st.integers(-(2**40), 2**40), st.floats(-1e6, 1e6), st.sampled_from([float("nan"), 1e308])
)
scalars = st.one_of(
    st.none(),
    st.booleans(),
    numbers,
    st.text(max_size=3),
    st.sampled_from([np.float64(0.5), np.int64(3), np.bool_(True)]),
    st.datetimes(datetime(1990, 1, 1), datetime(2010, 1, 1), timezones=st.just(timezone.utc)),  # noqa: DTZ001 - bounds are naive
    st.dates(date(1990, 1, 1), date(2010, 1, 1)),
    st.builds(ObjectId, st.binary(min_size=12, max_size=12)),
)
arrays = st.sampled_from([np.zeros(2), np.eye(2, dtype=np.uint8), np.array([[True, False]])])
nested = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["a", "b", "_c"]), inner, max_size=2)
    ),
    max_leaves=6,
)
tags = st.lists(st.sampled_from(["x", "y"]), max_size=2)
fractions = st.floats(0, 1)
boxes = st.lists(fractions, min_size=4, max_size=4)
points = st.lists(st.lists(fractions | st.just(float("nan")), min_size=2, max_size=2), max_size=3)
wrong = st.sampled_from([3, "text", [1, "a"], {"a": 1}, b"bytes", True])


def _label(kind: str, required: dict[str, Any] | None = None, **optional: Any) -> st.SearchStrategy[Made]:
    optional |= {"tags": tags, "extra": nested | arrays, "more": scalars}
    arguments = st.fixed_dictionaries(required or {}, optional=optional)
    return arguments.map(lambda found: Made(kind, found))


names = st.sampled_from(["cat", "dog"])
detections = _label(
    "Detection",
    {"label": names, "bounding_box": boxes},
    confidence=fractions | st.integers(0, 1),
    index=st.integers(0, 9),
    mask=arrays,
    attributes=st.dictionaries(names, st.builds(lambda v: Made("NumericAttribute", {"value": v}), fractions)),
    instance=st.just(Made("Instance", {})),
)
polylines = _label("Polyline", points=st.lists(points, max_size=2), closed=st.booleans(), label=names)
keypoints = _label("Keypoint", points=points, confidence=st.lists(fractions, max_size=3), label=names)
broken = st.one_of(
    _label("Detection", label=wrong),
    _label("Detection", bounding_box=wrong),
    _label("Detection", confidence=wrong),
    _label("Classification", tags=wrong, logits=wrong),
)
labels = st.one_of(
    st.lists(detections, max_size=3).map(lambda found: Made("Detections", {"detections": found})),
    st.lists(detections | keypoints, max_size=2).map(lambda found: Made("Detections", {"detections": found})),
    st.lists(polylines, max_size=2).map(lambda found: Made("Polylines", {"polylines": found})),
    st.lists(keypoints, max_size=2).map(lambda found: Made("Keypoints", {"keypoints": found})),
    _label("Classification", label=names, confidence=fractions, logits=arrays),
    _label("Segmentation", mask=arrays),
    _label("GeoLocation", point=st.lists(fractions, min_size=2, max_size=2)),
    _label("TemporalDetection", support=st.lists(st.integers(1, 9), min_size=2, max_size=2)),
    _label("DynamicEmbeddedDocument"),
    broken,
)
FIELDS: Final = ("number", "text", "flag", "items", "info", "objects", "objects2")
usual = {
    "number": st.integers(0, 9),
    "text": st.text(max_size=3),
    "flag": st.booleans(),
    "items": st.lists(fractions, max_size=3),
    "info": st.dictionaries(names, nested, max_size=2),
    "objects": labels,
    "objects2": st.lists(detections, max_size=2),
    "metadata": st.builds(lambda size: Made("ImageMetadata", {"size_bytes": size}), st.integers(1, 9)),
    "tags": tags,
}
anything = nested | arrays | labels | wrong
samples = st.fixed_dictionaries({}, optional=usual) | st.fixed_dictionaries(
    {}, optional={name: value | anything for name, value in usual.items()}
)
frames = st.dictionaries(st.integers(1, 4), st.fixed_dictionaries({}, optional=usual), max_size=2)
fields = st.sampled_from([*FIELDS, "tags", "fresh", "metadata", "objects.detections.label"])
_values = st.sampled_from(sorted(usual)).flatmap(
    lambda name: st.tuples(st.just(name), usual[name] | anything)
) | st.tuples(fields, anything)
raw = st.sampled_from(
    [
        {"$set": {"number": "odd"}},
        {"$set": {"number": 2.5, "text": 7}},
        {"$set": {"unknown": 1}},
        {"$set": {"tags": "no list"}},
        {"$set": {"objects": {"_cls": "Nothing"}}},
        {"$set": {"objects": {"_cls": "Detections", "detections": [{"_cls": "Detection", "label": 3}]}}},
        {"$set": {"objects": {"_cls": "Classification", "label": "a", "odd": {"b": [1, {"c": None}]}}}},
        {"$set": {"items": [1, 2.0, None]}},
        {"$unset": {"number": "", "tags": "", "_rand": ""}},
    ]
)


def _step(name: str, **arguments: Any) -> st.SearchStrategy[Step]:
    return st.tuples(st.just(name), st.fixed_dictionaries(arguments))


def _with_value(name: str, **arguments: Any) -> st.SearchStrategy[Step]:
    return st.tuples(st.just(name), _values, st.fixed_dictionaries(arguments)).map(
        lambda found: (found[0], {"field": found[1][0], "value": found[1][1], **found[2]})
    )


added = _step(
    "add",
    contents=st.lists(samples, min_size=1, max_size=3),
    frames=st.just(None) | frames,
    dynamic=st.booleans(),
    validate=st.booleans(),
)
steps = st.one_of(
    added,
    _with_value("set_values", dynamic=st.booleans()),
    _with_value("edit_all"),
    _with_value("edit_one", index=st.integers(0, 3)),
    _with_value("edit_frames"),
    _step("touch_labels"),
    _step("write", update=raw, frames=st.booleans()),
    _step("reload", hard=st.booleans()),
    _step("read"),
    _step("read_views"),
    _step("copy"),
    _step("delete", index=st.integers(0, 3)),
    _step("clone"),
)
programs: st.SearchStrategy[Program] = st.tuples(added, st.lists(steps, min_size=1, max_size=6)).map(
    lambda found: (found[0], *found[1])
)
