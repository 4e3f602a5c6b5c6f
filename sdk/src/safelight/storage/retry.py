"""Trying again, for what the clients below do not try again themselves."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Awaitable, Callable, Iterator
from typing import TypeVar

from safelight.errors import EndpointError, IntegrityError, ObjectChangedError, StoreUnavailableError
from safelight.storage.options import RetryOptions

T = TypeVar("T")

#: Errors after which the same request may well succeed; everything else is permanent.
TRANSIENT = (StoreUnavailableError, IntegrityError, ObjectChangedError)


def delays(options: RetryOptions) -> Iterator[float]:
    """The pauses between tries: exponential, bounded, and random by half so that clients spread."""
    for n in range(options.attempts - 1):
        upper = min(options.longest_delay, options.first_delay * 2**n)
        yield upper * random.uniform(0.5, 1.0)  # noqa: S311 - spreading, not secrecy


async def retrying(
    options: RetryOptions,
    attempt: Callable[[], Awaitable[T]],
    transient: tuple[type[Exception], ...] = TRANSIENT,
) -> T:
    """Call `attempt` until it succeeds, fails for good, or the tries are used up; raise its last error."""
    for pause in delays(options):
        try:
            return await attempt()
        except EndpointError:  # noqa: PERF203 - trying again is what the loop is for
            raise
        except transient:
            await asyncio.sleep(pause)
    return await attempt()


def retrying_blocking(
    options: RetryOptions,
    attempt: Callable[[], T],
    transient: tuple[type[Exception], ...] = (StoreUnavailableError,),
) -> T:
    """As `retrying`, for a caller that may block."""
    for pause in delays(options):
        try:
            return attempt()
        except EndpointError:  # noqa: PERF203 - trying again is what the loop is for
            raise
        except transient:
            time.sleep(pause)
    return attempt()
