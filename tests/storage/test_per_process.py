"""What a forked child makes for itself."""

from __future__ import annotations

import multiprocessing
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from typing import Any

from safelight.storage.per_process import PerProcess


def in_forked_child(function: Callable[[], Any]) -> Any:
    """Call a function in a forked child; what it returns must be picklable."""
    context = multiprocessing.get_context("fork")
    receiver, sender = context.Pipe(duplex=False)
    child = context.Process(target=lambda: sender.send(function()))
    child.start()
    assert receiver.poll(20), "the child does not answer"
    answer = receiver.recv()
    child.join()
    return answer


def test_it_is_made_once_by_any_number_of_threads() -> None:
    numbers, together = count(), threading.Barrier(8)
    own = PerProcess(lambda: (next(numbers),))

    def get(_number: int) -> tuple[int]:
        together.wait(10)
        return own.get()

    assert own.peek() is None
    with ThreadPoolExecutor(8) as threads:
        assert set(threads.map(get, range(8))) == {(0,)}
    assert own.peek() == (0,)


def test_what_was_taken_is_made_again() -> None:
    numbers = count()
    own = PerProcess(lambda: (next(numbers),))
    assert own.take() is None
    assert (own.get(), own.take(), own.peek(), own.get()) == ((0,), (0,), None, (1,))


def test_a_forked_child_starts_with_none_and_the_parent_keeps_its_own() -> None:
    numbers = count()
    own = PerProcess(lambda: (next(numbers),))
    own.get()
    assert in_forked_child(lambda: (own.peek(), own.get())) == (None, (1,))
    assert own.get() == (0,)


def test_a_child_does_not_wait_for_a_thread_that_it_does_not_have() -> None:
    making, go_on = threading.Event(), threading.Event()

    def make() -> str:
        making.set()
        go_on.wait(30)
        return "made"

    own = PerProcess(make)
    thread = threading.Thread(target=own.get)
    thread.start()
    making.wait(10)

    def get_in_child() -> str:
        go_on.set()  # the child's copy
        return own.get()

    assert in_forked_child(get_in_child) == "made"
    go_on.set()
    thread.join()


def test_a_child_never_lets_go_of_what_it_inherited() -> None:
    class Noisy:
        def __del__(self) -> None:
            released.append(True)

    released: list[bool] = []
    own = PerProcess(Noisy)
    own.get()

    def replace_it() -> list[bool]:
        own.get()
        return released

    assert in_forked_child(replace_it) == []
