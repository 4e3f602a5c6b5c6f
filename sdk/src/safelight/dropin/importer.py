"""Hooks around imports: do something while a module executes, and call a function each time it has executed.

`wrapt` offers hooks of this kind that fire once; upstream's module would be stock again after
`importlib.reload` or a second import (tests and notebooks do both), so these stay registered.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from threading import Lock
from types import ModuleType
from typing import Any

Hook = Callable[[ModuleType], None]
"""Gets the module. It must not raise: the import would fail with it."""

Surrounding = Callable[[str], AbstractContextManager[None]]
"""Gets the module's name; the module executes inside of what it returns."""


class PostImportHooks(MetaPathFinder):
    """A finder that finds nothing itself, but sees every module that the other finders find."""

    def __init__(self) -> None:
        self._hooks: dict[str, tuple[Hook, ...]] = {}
        self._surroundings: dict[str, Surrounding] = {}
        self._lock = Lock()

    def register(self, name: str, hook: Hook) -> None:
        """Call `hook` with module `name` after each execution, and now if it is already imported."""
        with self._lock:
            # A new dict each time: `find_spec` reads it on every import of the process, without the lock.
            self._hooks = {**self._hooks, name: (*self._hooks.get(name, ()), hook)}
            self._be_asked()
        if name in sys.modules:
            # Waits for a thread that is still executing the module, if its import began before the hook was
            # there. If this makes the hook fire twice, that is for the hook to notice.
            hook(importlib.import_module(name))

    def remove(self, name: str, hook: Hook) -> None:
        """Forget `hook`; nothing happens when it is not registered."""
        with self._lock:
            left = tuple(other for other in self._hooks.get(name, ()) if other != hook)
            self._hooks = {key: hooks for key, hooks in self._hooks.items() if key != name}
            if left:
                self._hooks[name] = left
            self._be_asked()

    def surround(self, name: str, surrounding: Surrounding | None) -> None:
        """Let each execution of module `name` that begins from now on happen inside of a context.

        There is one for each module; None takes it away.
        """
        with self._lock:
            others = {key: other for key, other in self._surroundings.items() if key != name}
            self._surroundings = {**others, name: surrounding} if surrounding else others
            self._be_asked()

    def _be_asked(self) -> None:
        needed = bool(self._hooks or self._surroundings)
        if needed and self not in sys.meta_path:
            sys.meta_path.insert(0, self)
        elif not needed and self in sys.meta_path:
            sys.meta_path.remove(self)

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if fullname not in self._hooks and fullname not in self._surroundings:
            return None
        spec = self._find_elsewhere(fullname, path, target)
        if spec is not None and hasattr(spec.loader, "exec_module"):
            spec.loader = _NotifyingLoader(spec.loader, self)
        return spec

    def _find_elsewhere(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None
    ) -> ModuleSpec | None:
        for finder in list(sys.meta_path):
            # Some finders on the path, such as editable installs of old setuptools, predate `find_spec`.
            find_spec = None if finder is self else getattr(finder, "find_spec", None)
            spec: ModuleSpec | None = find_spec(fullname, path, target) if find_spec else None
            if spec is not None:
                return spec
        return None

    def execute(self, module: ModuleType, loader: Any) -> None:
        """Let its own loader execute a module, inside of what surrounds it, and call its hooks."""
        surrounding = self._surroundings.get(module.__name__)
        with surrounding(module.__name__) if surrounding else nullcontext():
            loader.exec_module(module)
        # The import system still holds the module's lock: no other thread sees it before the hooks have run.
        for hook in self._hooks.get(module.__name__, ()):
            hook(module)


class _NotifyingLoader(Loader):
    """Executes a module with its own loader, and the hooks."""

    def __init__(self, loader: Any, hooks: PostImportHooks) -> None:
        self._loader = loader
        self._hooks = hooks

    def __getattr__(self, name: str) -> Any:
        # `python -m`, `pkgutil` and `importlib.resources` ask a spec's loader for more than this class has.
        return getattr(self._loader, name)

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        module: ModuleType | None = self._loader.create_module(spec)
        return module

    def exec_module(self, module: ModuleType) -> None:
        # As `importlib.util.LazyLoader` does: once it works, the module shows its own loader, not this one.
        if module.__spec__ is not None:
            module.__spec__.loader = self._loader
        module.__loader__ = self._loader
        self._hooks.execute(module, self._loader)
