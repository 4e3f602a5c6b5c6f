"""What is brought ahead, how much of it, and what ends it."""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Callable, Iterator, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from safelight.cache.course import TOLERANCE, Course
from safelight.cache.prefetch import Prefetcher
from safelight.errors import ObjectNotFoundError
from support.cache_rig import CacheRig, content_of


class Store:
    """Counts what is fetched; holds it back while the gate is closed."""

    def __init__(self, size: int = 100) -> None:
        self.size = size
        self.fetched: list[str] = []
        self.gate = threading.Event()
        self.gate.set()

    def fetch(self, address: str) -> int:
        self.fetched.append(address)
        assert self.gate.wait(30)
        if "missing" in address:
            raise ObjectNotFoundError("there is no such object", address)
        return self.size


def names(number: int) -> list[str]:
    return [f"s3://b/{place:04}" for place in range(number)]


def until(condition: Callable[[], bool]) -> bool:
    """Wait for other threads; False when they do not get there."""
    give_up = time.monotonic() + 20
    while not condition() and time.monotonic() < give_up:
        time.sleep(0.005)
    return condition()


def at_rest(store: Store) -> list[str]:
    """What was fetched, once nothing more comes."""
    while True:
        seen = len(store.fetched)
        time.sleep(0.2)
        if len(store.fetched) == seen:
            return store.fetched


@pytest.fixture
def store() -> Store:
    return Store()


@pytest.fixture
def prefetcher(store: Store) -> Iterator[Prefetcher]:
    prefetcher = Prefetcher(store.fetch, limit=1000, threads=3)
    yield prefetcher
    prefetcher.close()


def test_no_more_is_brought_than_the_limit_until_somebody_asks(prefetcher: Prefetcher, store: Store) -> None:
    order = names(40)
    prefetcher.follow("loop", iter([order]))

    assert sorted(at_rest(store)) == order[:10]
    for address in order[:5]:
        assert prefetcher.reached(address)
    assert sorted(at_rest(store)) == order[:15]


def test_one_object_is_brought_however_large(store: Store) -> None:
    store.size = 10_000
    prefetcher = Prefetcher(store.fetch, limit=1000, threads=3)
    prefetcher.follow("loop", iter([names(5)]))

    assert at_rest(store) == names(1)
    prefetcher.reached(names(1)[0])
    assert at_rest(store) == names(2)
    prefetcher.close()


def test_pages_are_drawn_when_they_are_needed(prefetcher: Prefetcher, store: Store) -> None:
    drawn: list[int] = []

    def pages() -> Iterator[Sequence[str]]:
        for number in itertools.count():
            drawn.append(number)
            yield names(100)[number * 5 : number * 5 + 5]

    prefetcher.follow("loop", pages())

    assert len(at_rest(store)) == 10
    assert len(drawn) <= 3


def test_whoever_is_faster_than_the_downloads_is_not_followed_behind(
    prefetcher: Prefetcher, store: Store
) -> None:
    order = names(200)
    store.gate.clear()
    prefetcher.follow("loop", iter([order]))
    assert until(lambda: len(store.fetched) == 1)
    for address in order[:100]:
        assert prefetcher.reached(address)
    store.gate.set()

    assert len(at_rest(store)) > 1
    assert set(store.fetched[1:]) <= set(order[100:])


def test_an_order_that_nobody_keeps_to_is_dropped(prefetcher: Prefetcher, store: Store) -> None:
    order = names(2000)
    prefetcher.follow("loop", iter([order]))
    for address in order[::20]:
        seen = len(store.fetched)
        prefetcher.reached(address)
        until(lambda seen=seen: len(store.fetched) > seen or not prefetcher.follows("loop"))  # type: ignore[misc] # a default binds it

    assert len(at_rest(store)) < 4 * TOLERANCE
    assert not prefetcher.follows("loop")


def test_failures_are_left_to_whoever_asks_and_end_a_hopeless_order(
    prefetcher: Prefetcher, store: Store
) -> None:
    prefetcher.follow("loop", iter([[f"s3://b/missing/{number}" for number in range(1000)]]))

    assert len(at_rest(store)) <= 2 * TOLERANCE
    assert not prefetcher.follows("loop")


def test_a_database_that_cannot_be_asked_ends_the_order_only(prefetcher: Prefetcher, store: Store) -> None:
    def pages() -> Iterator[Sequence[str]]:
        yield names(2)
        raise ConnectionError("no database")

    prefetcher.follow("loop", pages())

    assert until(lambda: not prefetcher.follows("loop"))
    assert at_rest(store) == names(2)


def test_nothing_is_begun_for_a_loop_that_has_ended(prefetcher: Prefetcher, store: Store) -> None:
    prefetcher.follow("loop", iter([names(40)]))
    at_rest(store)
    prefetcher.leave("loop")

    assert not prefetcher.reached(names(1)[0])
    assert len(at_rest(store)) == 10


def test_switched_off_it_brings_nothing(store: Store) -> None:
    prefetcher = Prefetcher(store.fetch, limit=0, threads=3)
    prefetcher.follow("loop", iter([names(40)]))

    assert at_rest(store) == []
    assert not prefetcher.enabled


def test_threads_end_when_there_is_nothing_to_do_and_with_the_process(
    prefetcher: Prefetcher, store: Store
) -> None:
    def threads() -> int:
        return sum(thread.name == "safelight-prefetch" for thread in threading.enumerate())

    assert threads() == 0
    prefetcher.follow("loop", iter([names(3)]))
    assert until(lambda: threads() == 0), "they end by themselves"
    store.gate.clear()
    prefetcher.follow("other", iter([names(3)]))
    assert until(lambda: threads() > 0)
    started = time.monotonic()
    prefetcher.close()
    assert time.monotonic() - started < 10, "a store that does not answer"
    store.gate.set()
    assert until(lambda: threads() == 0)


@given(
    pages=st.lists(st.lists(st.integers(0, 30), max_size=8), max_size=6),
    steps=st.lists(st.one_of(st.none(), st.integers(0, 30)), max_size=60),
    sizes=st.lists(st.one_of(st.none(), st.integers(0, 9)), min_size=60, max_size=60),
)
def test_a_course_counts_what_waits(
    pages: list[list[int]], steps: list[int | None], sizes: list[int | None]
) -> None:
    course = Course(iter([[str(number) for number in page] for page in pages]))
    on_the_way: list[str] = []
    waiting: dict[str, int] = {}
    for step, size in zip(steps, sizes, strict=False):
        if course.needs_page:
            course.turn(next(course.pages, None))
        if step is not None:
            course.reached(str(step))
        elif (address := course.take()) is not None:
            on_the_way.append(address)
        elif on_the_way:
            course.arrived(on_the_way.pop(0), size)
        waiting = {address: size or 0 for address, size in course._waiting.items()}
        assert course.bytes == sum(waiting.values())
        assert course.on_the_way == sum(size is None for size in course._waiting.values())


def test_a_real_store_is_read_once_for_each_object(rig: CacheRig) -> None:
    addresses = rig.put_many(20)
    cache = rig.cache()
    prefetcher = Prefetcher(cache.bring, limit=1_000_000, threads=4)
    prefetcher.follow("loop", iter([addresses[1:]]))
    read = []
    for address in addresses:
        prefetcher.reached(address)
        with open(cache.get_local_path(address), "rb") as file:  # noqa: PTH123 - a str from a public function
            read.append(file.read())

    assert read == [content_of(f"photo-{number:04}.jpg", 1000) for number in range(20)]
    assert cache.bring(addresses[0]) == 1000
    prefetcher.close()
