"""How often Google's client tries again: its own judgement of what is worth it, our limits."""

from __future__ import annotations

from google.api_core.retry import Retry
from google.cloud.storage.retry import DEFAULT_RETRY

from safelight.storage.options import RetryOptions


def retry_of(options: RetryOptions) -> Retry:
    """A policy for one call: its number of tries is bounded, which Google's own is only in time."""
    failures = 0

    def again(error: Exception) -> bool:
        nonlocal failures
        failures += 1
        return failures < options.attempts and DEFAULT_RETRY._predicate(error)  # noqa: SLF001 - no public name

    return Retry(
        predicate=again,
        initial=options.first_delay,
        maximum=options.longest_delay,
        timeout=options.total_timeout,
    )
