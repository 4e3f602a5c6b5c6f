from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from safelight.cache.eviction import choose
from safelight.cache.index import Entry

entries = st.lists(
    st.builds(
        Entry,
        name=st.uuids().map(str),
        size=st.integers(0, 1000),
        accessed=st.floats(0, 100, allow_nan=False),
    ),
    unique_by=lambda entry: entry.name,
    max_size=30,
)
protections = st.sets(st.integers(0, 29))


@given(entries, st.integers(-10, 20_000), st.floats(0, 100), protections)
def test_frees_enough_or_everything_that_may_go(
    candidates: list[Entry], excess: int, used_since: float, protected_places: set[int]
) -> None:
    protected = {entry.name for place, entry in enumerate(candidates) if place in protected_places}
    chosen = choose(candidates, excess=excess, used_since=used_since, protected=protected)
    may_go = [entry for entry in candidates if entry.accessed <= used_since and entry.name not in protected]
    assert set(chosen) <= set(may_go)
    freed = sum(entry.size for entry in chosen)
    assert freed >= excess or set(chosen) == set(may_go)


@given(entries, st.integers(1, 20_000))
def test_chooses_the_least_recently_used_and_no_more_than_needed(
    candidates: list[Entry], excess: int
) -> None:
    chosen = choose(candidates, excess=excess, used_since=100, protected=())
    kept = set(candidates) - set(chosen)
    assert all(one.accessed <= other.accessed for one in chosen for other in kept)
    assert sum(entry.size for entry in chosen[:-1]) < excess


def test_nothing_goes_when_there_is_room() -> None:
    assert not choose([Entry("a", 1, 0.0)], excess=0, used_since=100, protected=())
