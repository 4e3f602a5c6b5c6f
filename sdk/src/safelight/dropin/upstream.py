"""Do the targets fit an upstream? Answered from its source text, without importing it."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from safelight.dropin import versions
from safelight.dropin.imports.statements import statement_problem
from safelight.dropin.patch import Deferral, Patch, Target
from safelight.dropin.signatures import describe, shape_of_node, shape_of_text
from safelight.dropin.sources import Source

_Function = (ast.FunctionDef, ast.AsyncFunctionDef)


@dataclass(frozen=True, slots=True)
class Verdict:
    """How one target of one patch stands in an upstream.

    Attributes:
        patch: the patch
        target: one of its targets
        problem: why it does not fit; None when it does
        applies: False when this upstream version is outside of the target's bounds
    """

    patch: Patch
    target: Target | Deferral
    problem: str | None = None
    applies: bool = True

    def __str__(self) -> str:
        return f"{self.target.name} {self.problem or 'fits'}"


def misfits(
    patches: Iterable[Patch], source: Source, version: str | None, *, only_modules: bool = False
) -> list[Verdict]:
    """The targets that do not fit.

    Args:
        patches: whose targets to look at
        source: upstream's modules
        version: of upstream; None for the newest we know
        only_modules: look only whether each module exists: a few stat calls, no parsing
    """
    verdicts = verdicts_of(patches, source, version, only_modules=only_modules)
    return [verdict for verdict in verdicts if verdict.problem]


def verdicts_of(
    patches: Iterable[Patch], source: Source, version: str | None, *, only_modules: bool = False
) -> Iterator[Verdict]:
    """One verdict for each target, in the order of the table."""
    trees: dict[str, ast.Module] = {}
    for patch in patches:
        for target in patch.seams:
            if not versions.applies(version, target.since, target.until):
                yield Verdict(patch, target, applies=False)
            elif not source.has(target.module):
                yield Verdict(patch, target, "is missing: upstream has no such module")
            elif only_modules:
                yield Verdict(patch, target)
            else:
                if target.module not in trees:
                    trees[target.module] = ast.parse(source.read(target.module) or "")
                yield Verdict(patch, target, _problem(target, trees[target.module]))


def _problem(target: Target | Deferral, tree: ast.Module) -> str | None:
    if isinstance(target, Deferral):
        return statement_problem(target, tree)
    *path, name = target.attribute.split(".")
    scope: ast.Module | ast.ClassDef = tree
    for part in path:
        found = _definition(scope, part)
        if not isinstance(found, ast.ClassDef):
            return f"has lost its class {part}"
        scope = found
    node = _definition(scope, name)
    if target.added:
        return None if node is None else "exists already, but Safelight brings its own"
    return "is missing" if node is None else _signature_problem(target.signature, node)


def _signature_problem(signature: str | None, node: ast.AST) -> str | None:
    if signature is None:
        return None
    if not isinstance(node, _Function):
        return "is no longer a function"
    if shape_of_node(node.args) == shape_of_text(signature):
        return None
    return f"has the signature {describe(node.args)}, not {signature}"


def _definition(scope: ast.AST, name: str) -> ast.AST | None:
    """The last statement in a body that binds a name; `if` and `try` blocks are looked into."""
    found: ast.AST | None = None
    for node in ast.iter_child_nodes(scope):
        if isinstance(node, (*_Function, ast.ClassDef)):
            found = node if node.name == name else found
        elif isinstance(node, (ast.Import, ast.ImportFrom)):
            bound = (alias.asname or alias.name.split(".")[0] for alias in node.names)
            found = node if name in bound else found
        elif isinstance(node, (ast.Assign, ast.AnnAssign)):
            places = node.targets if isinstance(node, ast.Assign) else [node.target]
            found = node if any(isinstance(p, ast.Name) and p.id == name for p in places) else found
        elif isinstance(node, (ast.If, ast.Try, ast.ExceptHandler, ast.With)):
            found = _definition(node, name) or found
    return found
