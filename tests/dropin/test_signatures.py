from __future__ import annotations

import ast
from collections.abc import Callable
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from safelight.dropin.signatures import describe, shape_of_callable, shape_of_node, shape_of_text

DEFAULTS = st.sampled_from(["None", "1", "'r'", "(1, 2)", "-1"])
ANNOTATIONS = st.sampled_from(["", ": int", ": 'list[str]'"])


@st.composite
def signatures(draw: st.DrawFn) -> str:
    """Parameter lists of every kind, in an order that Python accepts."""
    names = (f"p{index}" for index in range(20))

    def some(kind: str, maximum: int) -> list[str]:
        count = draw(st.integers(0, maximum))
        required = count if kind == "keyword" else draw(st.integers(0, count))
        return [
            f"{next(names)}{draw(ANNOTATIONS)}"
            + (
                f"={draw(DEFAULTS)}"
                if index >= required or (kind == "keyword" and draw(st.booleans()))
                else ""
            )
            for index in range(count)
        ]

    positional = draw(st.sampled_from([[], ["a", "b", "/"]]))
    ordinary = some("positional", 3)
    variable = draw(st.sampled_from([[], ["*args"]]))
    keyword = some("keyword", 3)
    star = ["*"] if keyword and not variable else []
    rest = draw(st.sampled_from([[], ["**kwargs"]]))
    return f"({', '.join([*positional, *ordinary, *variable, *star, *keyword, *rest])})"


def function_of(signature: str) -> Callable[..., Any]:
    namespace: dict[str, Any] = {}
    exec(f"def function{signature}: ...", namespace)
    return cast("Callable[..., Any]", namespace["function"])


def node_of(signature: str) -> ast.arguments:
    return cast("ast.FunctionDef", ast.parse(f"def function{signature}: ...").body[0]).args


@given(signature=signatures())
def test_text_source_and_live_function_have_one_shape(signature: str) -> None:
    shape = shape_of_text(signature)
    assert shape_of_callable(function_of(signature)) == shape
    assert shape_of_node(node_of(signature)) == shape


@given(signature=signatures())
def test_a_described_signature_has_the_same_shape_and_no_annotations(signature: str) -> None:
    described = describe(node_of(signature))
    assert shape_of_text(described) == shape_of_text(signature)
    assert ":" not in described


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("(path)", "(paths)"),
        ("(path)", "(path, mode)"),
        ("(path, mode)", "(path, mode='r')"),
        ("(path, mode)", "(path, *, mode)"),
        ("(path)", "(path, /)"),
        ("(path, **kwargs)", "(path)"),
    ],
)
def test_what_would_break_a_replacement_is_another_shape(one: str, other: str) -> None:
    assert shape_of_text(one) != shape_of_text(other)


def test_values_of_defaults_and_annotations_do_not_count() -> None:
    assert shape_of_text("(path, mode='r')") == shape_of_text("(path: str, mode: str = 'rb')")


def test_nonsense_is_no_signature() -> None:
    with pytest.raises(SyntaxError):
        shape_of_text("path")
