"""Which processes of `pytest -n` run tests: the one that was started only hands them out."""

from __future__ import annotations

import pytest


def runs_tests(config: pytest.Config) -> bool:
    """Whether this process runs tests itself, so that it needs servers."""
    return config.getoption("dist", "no") == "no" or hasattr(config, "workerinput")
