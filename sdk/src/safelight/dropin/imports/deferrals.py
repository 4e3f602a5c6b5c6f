"""Makes import statements of upstream's modules wait until what they import is used.

While a module of the table executes, `builtins.__import__` is ours: it answers the statements that the table
names with stand-ins, and hands on every other import of the process. A statement is carried out at once, as
upstream does, when its package is imported already (it costs nothing then), or when it is not installed (the
error belongs where upstream has it).

A package that somebody imports later brings the modules along that upstream's statements would have brought:
scripts that write `import plotly; plotly.express` after `import fiftyone` go on working.
"""

from __future__ import annotations

import builtins
import importlib
import sys
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from functools import wraps
from importlib.util import find_spec
from threading import Lock
from types import ModuleType, SimpleNamespace
from typing import Any

from safelight.dropin.importer import PostImportHooks
from safelight.dropin.imports.stand_ins import Pending
from safelight.dropin.patch import Deferral


class Deferrals:
    """The deferred imports of one process.

    Args:
        rows: of the table of seams
        hooks: tells when modules are executed
    """

    def __init__(self, rows: Iterable[Deferral], hooks: PostImportHooks) -> None:
        self._hooks = hooks
        # For each upstream module, by dotted name: `import a.b` and `from a import b` import the same.
        self._table: dict[str, dict[str, str]] = defaultdict(dict)
        for row in rows:
            self._table[row.module][row.imports.replace(":", ".")] = row.imports
        self._pending: list[Pending] = []
        self._brought: set[str] = set()
        self._replaced: Callable[..., Any] = builtins.__import__
        self._installed = self._replaced
        self._executing: list[str] = []
        self._lock = Lock()

    def start(self) -> None:
        """From now on, for the modules that are not imported yet."""
        for module in self._table:
            self._hooks.surround(module, self._execution)

    def stop(self) -> None:
        """Import what was deferred and not used so far.

        Raises:
            ImportError: one of them cannot be imported
        """
        for module in self._table:
            self._hooks.surround(module, None)
        for package in self._brought:
            self._hooks.remove(package, self._bring)
        while self._pending:
            self._pending.pop().resolve()

    @contextmanager
    def _execution(self, module: str) -> Iterator[None]:
        """Around the execution of one module of the table; they nest, and threads may have one each."""
        with self._lock:
            if not self._executing:
                self._replaced = builtins.__import__
                self._installed = self._handing_on_to(self._replaced)
                vars(builtins)["__import__"] = self._installed
            self._executing.append(module)
        try:
            yield
        finally:
            with self._lock:
                self._executing.remove(module)
                # Somebody who wrapped ours meanwhile keeps it: with nothing executing, it only hands on.
                if not self._executing and builtins.__import__ is self._installed:
                    vars(builtins)["__import__"] = self._replaced

    def _handing_on_to(self, original: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(original)
        def import_(
            name: str,
            globals: dict[str, Any] | None = None,  # noqa: A002 - the names of `builtins.__import__`
            locals: dict[str, Any] | None = None,  # noqa: A002 - see above
            fromlist: Sequence[str] | None = (),
            level: int = 0,
        ) -> Any:
            # A function's imports come without `locals`, or with its own: they have waited already.
            if globals is not None and locals is globals and not level:
                waiting = self._waiting(name, globals, fromlist or ())
                if waiting is not None:
                    return waiting
            return original(name, globals, locals, fromlist, level)

        return import_

    def _waiting(self, name: str, namespace: dict[str, Any], fromlist: Sequence[str]) -> Any:
        """What the interpreter gets for a statement that waits; None when it does not."""
        module = namespace.get("__name__")
        rows = self._table[module] if module in self._executing else {}
        wanted = [rows.get(f"{name}.{part}") for part in fromlist] if fromlist else [rows.get(name)]
        package = name.partition(".")[0]
        if not all(wanted) or package in sys.modules or find_spec(package) is None:
            return None
        self._bring_along(name)
        if not fromlist:
            return self._whole(name, namespace)
        parts = zip(fromlist, filter(None, wanted), strict=True)
        # The interpreter takes attributes from it, whatever its type is.
        return SimpleNamespace(**{part: self._defer(namespace, each) for part, each in parts})

    def _whole(self, name: str, namespace: dict[str, Any]) -> Any:
        """What `import a.b.c` binds, and what `import a.b.c as d` takes `b` and then `c` from: `a`."""
        stand_in = self._defer(namespace, name)
        package, _, part = name.rpartition(".")
        while package:
            stand_in = self._defer(namespace, name, package, {part: stand_in})
            package, _, part = package.rpartition(".")
        return stand_in

    def _defer(
        self,
        namespace: dict[str, Any],
        imports: str,
        bound: str | None = None,
        parts: Mapping[str, Any] | None = None,
    ) -> Any:
        pending = Pending(namespace, imports, bound or imports, parts or {})
        self._pending.append(pending)
        return pending.stand_in

    def _bring_along(self, name: str) -> None:
        package, *inner = name.split(".")
        if inner and package not in self._brought:
            self._brought.add(package)
            self._hooks.register(package, self._bring)

    def _bring(self, package: ModuleType) -> None:
        """Import the modules of a package that upstream would have imported."""
        names = {imports.partition(":")[0] for rows in self._table.values() for imports in rows.values()}
        for name in sorted(names):
            if name.startswith(f"{package.__name__}."):
                # Whoever imports the package may not even use them: who does meets the error.
                with suppress(ImportError):
                    importlib.import_module(name)
