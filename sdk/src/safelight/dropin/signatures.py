"""The shape of a signature: what must not change upstream for a replacement to keep working.

Names, kinds and which parameters may be left out count; annotations and the values of defaults do not: a
replacement hands them on as they come.
"""

from __future__ import annotations

import ast
import inspect
from collections.abc import Callable
from copy import deepcopy
from functools import cache
from typing import Any, NamedTuple, cast


class Parameter(NamedTuple):
    """One parameter of a shape."""

    name: str
    kind: inspect._ParameterKind
    optional: bool


Shape = tuple[Parameter, ...]


@cache
def shape_of_text(signature: str) -> Shape:
    """The shape of a signature as a table spells it, e.g. `(path, mode='r')`.

    Raises:
        SyntaxError: it is not a parameter list in parentheses
    """
    function = cast("ast.FunctionDef", ast.parse(f"def _{signature}: ...").body[0])
    return shape_of_node(function.args)


def shape_of_node(arguments: ast.arguments) -> Shape:
    """The shape of a function in a syntax tree."""
    positional = [
        *((argument, inspect.Parameter.POSITIONAL_ONLY) for argument in arguments.posonlyargs),
        *((argument, inspect.Parameter.POSITIONAL_OR_KEYWORD) for argument in arguments.args),
    ]
    required = len(positional) - len(arguments.defaults)
    shape = [
        Parameter(argument.arg, kind, index >= required) for index, (argument, kind) in enumerate(positional)
    ]
    if arguments.vararg:
        shape.append(Parameter(arguments.vararg.arg, inspect.Parameter.VAR_POSITIONAL, optional=True))
    for argument, default in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True):
        shape.append(Parameter(argument.arg, inspect.Parameter.KEYWORD_ONLY, default is not None))
    if arguments.kwarg:
        shape.append(Parameter(arguments.kwarg.arg, inspect.Parameter.VAR_KEYWORD, optional=True))
    return tuple(shape)


def shape_of_callable(function: Callable[..., Any]) -> Shape:
    """The shape of a live function.

    Raises:
        ValueError: it is built in and has no signature
        TypeError: it cannot be called
    """
    variable = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
    return tuple(
        Parameter(
            parameter.name,
            parameter.kind,
            parameter.kind in variable or parameter.default is not inspect.Parameter.empty,
        )
        for parameter in inspect.signature(function).parameters.values()
    )


def describe(arguments: ast.arguments) -> str:
    """A syntax tree's parameters as the table of targets spells them: without annotations."""
    bare = deepcopy(arguments)
    for node in ast.walk(bare):
        if isinstance(node, ast.arg):
            node.annotation = None
    return f"({ast.unparse(bare)})"
