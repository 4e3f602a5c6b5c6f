"""Hypothesis strategies for what travels in MongoDB messages."""

from __future__ import annotations

import datetime as dt
from typing import Any

import bson
from hypothesis import strategies as st

NAMES = st.text(st.characters(blacklist_categories=["Cs"], blacklist_characters="\0"), max_size=12)

_SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**63), 2**63 - 1),
    st.floats(allow_nan=False),
    st.text(st.characters(blacklist_categories=["Cs"]), max_size=20),
    st.binary(max_size=20),
    st.binary(min_size=12, max_size=12).map(bson.ObjectId),
    st.datetimes(dt.datetime(1, 1, 2), dt.datetime(9999, 12, 30)).map(  # noqa: DTZ001 - BSON's are naive
        lambda moment: moment.replace(microsecond=moment.microsecond // 1000 * 1000)
    ),
    st.builds(bson.Regex, NAMES, st.just(0)),
    st.builds(bson.Timestamp, st.integers(0, 2**32 - 1), st.integers(0, 2**32 - 1)),
    st.just(bson.MinKey()),
    st.just(bson.MaxKey()),
    st.builds(bson.Decimal128, st.decimals(-1000, 1000, places=3).map(str)),
    st.builds(bson.Code, st.text("abc", max_size=5)),
)


def _nested(children: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.one_of(st.lists(children, max_size=4), st.dictionaries(NAMES, children, max_size=4))


VALUES: st.SearchStrategy[Any] = st.recursive(_SCALARS, _nested, max_leaves=12)
DOCUMENTS: st.SearchStrategy[dict[str, Any]] = st.dictionaries(NAMES, VALUES, max_size=5)
