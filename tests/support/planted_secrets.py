"""A secret to plant, and all the places where a person might see it."""

from __future__ import annotations

import traceback
from collections.abc import Callable
from typing import Any, Final

import pytest

from safelight.errors import SafelightError
from safelight.storage.portal import Portal

PLANTED: Final = "PLANTED-5ecret"


def everything_about(portal: Portal, call: Callable[[], Any]) -> str:
    """All the text of the error that `call` ends in, and of its causes."""
    with pytest.raises(SafelightError) as caught:
        portal.run(call())
    error = caught.value
    assert error.__cause__ is None
    return "".join(traceback.format_exception(error)) + repr(error) + str(error) + repr(vars(error))
