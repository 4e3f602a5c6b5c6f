"""Whether an import can wait, told from the source text of the module that has it."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from safelight.dropin.patch import Deferral


def statement_problem(deferral: Deferral, tree: ast.Module) -> str | None:
    """Why deferring gains nothing, as the end of a sentence that begins with the name; None when it does."""
    if (deferral.attribute, deferral.imports.replace(":", ".")) not in set(_bindings(tree)):
        return f"is not what a statement at the top of its module imports {deferral.imports} as"
    line = next((n.lineno for n in _at_import(tree) if n.id == deferral.attribute), None)
    return f"is used in line {line}, while its module is being imported" if line else None


def _bindings(node: ast.AST) -> Iterator[tuple[str, str]]:
    """Names bound by import statements outside of functions, and what they import."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Import):
            yield from ((each.asname or each.name.partition(".")[0], each.name) for each in child.names)
        elif isinstance(child, ast.ImportFrom) and child.module and not child.level:
            yield from ((each.asname or each.name, f"{child.module}.{each.name}") for each in child.names)
        elif isinstance(child, (ast.If, ast.Try, ast.ExceptHandler)):
            yield from _bindings(child)


def _at_import(tree: ast.Module) -> Iterator[ast.Name]:
    """The names that are looked up while the module executes: all but those inside of functions."""
    futures = {name for node in tree.body if isinstance(node, ast.ImportFrom) for name in _future(node)}
    waiting: list[ast.AST] = list(tree.body)
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
            yield node
        waiting += _executed(node, evaluates_annotations="annotations" not in futures)


def _future(node: ast.ImportFrom) -> Iterator[str]:
    if node.module == "__future__":
        yield from (each.name for each in node.names)


def _executed(node: ast.AST, *, evaluates_annotations: bool) -> Iterator[ast.AST]:
    for name, value in ast.iter_fields(node):
        is_body = name == "body" and isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda))
        is_annotation = name in {"annotation", "returns"} and not evaluates_annotations
        if not is_body and not is_annotation:
            values = value if isinstance(value, list) else [value]
            yield from (each for each in values if isinstance(each, ast.AST))
