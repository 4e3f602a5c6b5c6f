"""Stand-ins for `os`, `shutil`, `glob`, `open` and pandas in the globals of upstream's modules.

Upstream asks `os.path.isfile(...)` and opens files in hundreds of places. A stand-in is the real module with
the few functions replaced that take paths; those do what they always did for a local path, and look
everything up live in the real module, so that whoever patches that still sees the effect.
"""
# ruff: noqa: PTH118, PTH123, SIM115 - these functions stand for `os.path`

from __future__ import annotations

import builtins
import glob
import os
import shutil
from collections.abc import Callable, Iterator
from functools import wraps
from types import ModuleType
from typing import IO, Any, Final

from safelight.dropin.files import guarded
from safelight.dropin.files.dispatch import get_files
from safelight.files import paths
from safelight.storage.uri import is_remote


class StandIn(ModuleType):
    """A module that answers from another one, except for what is replaced."""

    def __init__(self, original: ModuleType, **replaced: Any) -> None:
        super().__init__(original.__name__, original.__doc__)
        self.__dict__.update(replaced, _original=original)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._original, name)

    def __dir__(self) -> list[str]:
        return dir(self._original)


def _switch(module: ModuleType, name: str, remote: Callable[..., Any]) -> Callable[..., Any]:
    """A function of the real module for local paths, `remote` when its first argument is an address."""

    @wraps(getattr(module, name))
    def switch(*args: Any, **kwargs: Any) -> Any:
        if args and is_remote(args[0]):
            return remote(*args, **kwargs)
        return getattr(module, name)(*args, **kwargs)

    return switch


def _switch_either(module: ModuleType, name: str, remote: Callable[..., Any]) -> Callable[..., Any]:
    """As `_switch`, for functions whose second argument may be an address too."""

    @wraps(getattr(module, name))
    def switch(*args: Any, **kwargs: Any) -> Any:
        if (args and is_remote(args[0])) or (len(args) > 1 and is_remote(args[1])):
            return remote(*args, **kwargs)
        return getattr(module, name)(*args, **kwargs)

    return switch


def _join(first: Any, *rest: Any) -> Any:
    if is_remote(first):
        return paths.join(first, *rest)
    for part in rest:
        if is_remote(part):
            return paths.join(first, *rest)
    return os.path.join(first, *rest)


def _commonpath(listed: Any) -> Any:
    listed = list(listed)
    return paths.commonpath(listed) if any(map(is_remote, listed)) else os.path.commonpath(listed)


def _make_no_directory(_path: str, *_args: Any, **_kwargs: Any) -> None:
    """Object stores have no directories to make."""


def _remove_no_directory(_path: str) -> None:
    """Nor any to remove: they go with the last object below them."""


def _is_no_link(_path: str) -> bool:
    return False


def _copy(source: str, target: str, **_kwargs: Any) -> str:
    target = guarded.destination(source, target)
    guarded.copy_file(source, target)
    return target


def _move(source: str, target: str, *_args: Any, **_kwargs: Any) -> str:
    if get_files().isdir(source):
        guarded.move_dir(source, target)
        return target
    target = guarded.destination(source, target)
    guarded.move_file(source, target)
    return target


def _rmtree(path: str, *_args: Any, **_kwargs: Any) -> None:
    guarded.delete_dir(path)


def _glob(pattern: str, *, recursive: bool = False, **_kwargs: Any) -> list[str]:
    return get_files().glob(pattern, recursive=recursive)


def _iglob(pattern: str, *, recursive: bool = False, **_kwargs: Any) -> Iterator[str]:
    return iter(get_files().glob(pattern, recursive=recursive))


@wraps(open)
def open_file(file: Any, mode: str = "r", *args: Any, **kwargs: Any) -> IO[Any]:
    """The builtin `open`, also for addresses."""
    if is_remote(file):
        return get_files().open(file, mode, *args, **kwargs)
    opened: IO[Any] = builtins.open(file, mode, *args, **kwargs)
    return opened


def pandas(original: ModuleType) -> StandIn:
    """A stand-in for pandas, which reads tables also from addresses."""

    @wraps(original.read_csv)
    def read_csv(source: Any, *args: Any, **kwargs: Any) -> Any:
        if not is_remote(source):
            return original.read_csv(source, *args, **kwargs)
        with get_files().open(source, encoding="utf-8", newline="") as file:
            return original.read_csv(file, *args, **kwargs)

    return StandIn(original, read_csv=read_csv)


def _path_functions() -> dict[str, Callable[..., Any]]:
    pure = (
        "abspath",
        "basename",
        "dirname",
        "expanduser",
        "isabs",
        "normpath",
        "realpath",
        "split",
        "splitext",
    )
    asking: dict[str, Callable[..., Any]] = {
        "exists": lambda path: get_files().exists(path),
        "getsize": lambda path: get_files().size(path),
        "isdir": lambda path: get_files().isdir(path),
        "isfile": lambda path: get_files().isfile(path),
        "islink": _is_no_link,
        "lexists": lambda path: get_files().exists(path),
    }
    return {
        **{name: _switch(os.path, name, getattr(paths, name)) for name in pure},
        **{name: _switch(os.path, name, function) for name, function in asking.items()},
        "commonpath": wraps(os.path.commonpath)(_commonpath),
        "join": wraps(os.path.join)(_join),
        "relpath": _switch_either(os.path, "relpath", paths.relpath),
    }


def _os_functions() -> dict[str, Callable[..., Any]]:
    return {
        "listdir": _switch(os, "listdir", lambda path: get_files().listdir(path)),
        "makedirs": _switch(os, "makedirs", _make_no_directory),
        "mkdir": _switch(os, "mkdir", _make_no_directory),
        "remove": _switch(os, "remove", guarded.delete_file),
        "removedirs": _switch(os, "removedirs", _remove_no_directory),
        "rename": _switch_either(os, "rename", _move),
        "replace": _switch_either(os, "replace", _move),
        "rmdir": _switch(os, "rmdir", _remove_no_directory),
        "unlink": _switch(os, "unlink", guarded.delete_file),
        "walk": _switch(os, "walk", lambda path, *_args, **_kwargs: get_files().walk(path)),
    }


OS: Final = StandIn(os, path=StandIn(os.path, **_path_functions()), **_os_functions())
SHUTIL: Final = StandIn(
    shutil,
    copy=_switch_either(shutil, "copy", _copy),
    copy2=_switch_either(shutil, "copy2", _copy),
    copyfile=_switch_either(shutil, "copyfile", _copy),
    move=_switch_either(shutil, "move", _move),
    rmtree=_switch(shutil, "rmtree", _rmtree),
)
GLOB: Final = StandIn(glob, glob=_switch(glob, "glob", _glob), iglob=_switch(glob, "iglob", _iglob))
