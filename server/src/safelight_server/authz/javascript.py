"""JavaScript never reaches the database: FiftyOne's one function becomes an operator, the rest is refused.

`ViewExpression.sort()`, which `quantiles()` uses too, sends a fixed template:

    function(array) { array.sort(COMPARE)[.reverse()]; return array; }
    COMPARE: nothing | (a, b) => a - b | (a, b) => a.KEY - b.KEY | (a, b) => ('' + a.KEY).localeCompare(b.KEY)

`$sortArray` sorts like the numeric ones. Texts are ordered by code points, where JavaScript's `localeCompare`
would follow a language's alphabet.
"""

from __future__ import annotations

import re
from typing import Any, Final

from safelight_server.authz.denials import DeniedError

NAMES: Final = (b"$where", b"$function", b"$accumulator")
"""What any JavaScript needs somewhere in a command's bytes."""

_KEY: Final = r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*"
_TEMPLATE: Final = re.compile(
    r"function\(array\) \{ array\.sort\("
    rf"(?:(?P<plain>\(a, b\) => a - b)"
    rf"|\(a, b\) => a\.(?P<number>{_KEY}) - b\.(?P=number)"
    rf"|\(a, b\) => \('' \+ a\.(?P<text>{_KEY})\)\.localeCompare\(b\.(?P=text)\))?"
    r"\)(?P<reverse>\.reverse\(\))?; return array; \}",
    re.ASCII,
)


def may_be_in(raw: bytes) -> bool:
    """Whether encoded documents could hold JavaScript; a cheap look before a thorough one."""
    return any(name in raw for name in NAMES)


def without_function(document: dict[str, Any], key: str) -> dict[str, Any]:
    """The native equivalent of `{"$function": ...}`.

    Args:
        document: an expression
        key: the operator in it that is not allowed

    Raises:
        DeniedError: it is not FiftyOne's template, or no `$function` at all
    """
    function = document.get("$function")
    if not isinstance(function, dict) or len(document) != 1:
        raise DeniedError("operator", f"The operator {key!r} is not allowed over the API connection.")
    body, arguments = function.get("body"), function.get("args")
    match = _TEMPLATE.fullmatch(body) if isinstance(body, str) else None
    if not match or not isinstance(arguments, list) or len(arguments) != 1:
        raise DeniedError(
            "javascript",
            "JavaScript is not allowed over the API connection: use MongoDB's own operators instead.",
        )
    order = -1 if match["reverse"] else 1
    field = match["number"] or match["text"]
    return {"$sortArray": {"input": arguments[0], "sortBy": {field: order} if field else order}}
