"""What both sides record: operations by name, and results as JSON that is equal when behaviour is equal.

An operation is a function of a `Bench`. Its record has what it returned or raised, the files it left in its
directory, and every document it left in the database. What may differ between two runs of the same code (ids,
the current time, the directory of the run) is replaced by its kind.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta, timezone
from functools import singledispatch
from pathlib import Path
from typing import Any, Final, TypeVar

import numpy as np

from upstream.bench import Bench

Operation = Callable[[Bench], Any]
CaseOperation = TypeVar("CaseOperation", bound=Callable[..., Any])

OPERATIONS: Final[dict[str, Operation]] = {}
"""Every operation by its name, `module.function` or `module.function[case]`, in the order of definition."""

_TEXT_SUFFIXES: Final = {".csv", ".fo3d", ".geojson", ".json", ".names", ".ndjson", ".txt", ".xml", ".yaml"}
_ARCHIVE_SUFFIXES: Final = {".zip", ".tar", ".gz"}  # hold the time of day of their members
_RECENT: Final = timedelta(days=1)
_VOLATILE: Final = (
    (re.compile(r"\b[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\b"), "<uuid>"),
    (re.compile(r"\b[0-9a-f]{24}\b"), "<id>"),
    (re.compile(r"\b20\d\d[.-]\d\d[.-]\d\d[T. -]\d\d[.:-]\d\d[.:-]\d\d[\w.:+-]*"), "<time>"),
    (re.compile(r"(\$date[\"\\]*: *)\d{13}\b"), r"\g<1>0"),
    (re.compile(r"\btmp[a-z0-9_]{8}\b"), "<temporary>"),
    (re.compile(r"(_rand[\"\\]*: *)0\.\d+"), r"\g<1>0"),
    (re.compile(r"\b0x[0-9a-f]{6,}\b"), "<address>"),
)


def operation(function: Operation) -> Operation:
    """Register an operation under its module's and its own name."""
    OPERATIONS[_name(function)] = function
    return function


def operation_for(cases: Mapping[str, Any]) -> Callable[[CaseOperation], CaseOperation]:
    """Register one operation per case; the function's second argument is the case's value."""

    def register(function: CaseOperation) -> CaseOperation:
        for label, case in cases.items():
            OPERATIONS[f"{_name(function)}[{label}]"] = _bound(function, case)
        return function

    return register


def _bound(function: Callable[..., Any], case: Any) -> Operation:
    return lambda bench: function(bench, case)


def _name(function: Callable[..., Any]) -> str:
    return f"{function.__module__.rpartition('.')[2]}.{function.__name__}"


def attempt(function: Callable[..., Any], *arguments: Any, **options: Any) -> Any:
    """What a call returns, or the error it raises as data: errors are behaviour, too."""
    try:
        return plain(function(*arguments, **options))
    except Exception as error:  # noqa: BLE001 - whatever it is, the other side must raise the same
        return {"raised": type(error).__qualname__, "message": str(error)}


@singledispatch
def plain(value: Any) -> Any:
    """`value` as JSON; ids and times that depend on the run are replaced later, in the text."""
    if hasattr(value, "to_dict"):
        return plain(value.to_dict())
    return [plain(item) for item in value] if isinstance(value, Iterable) else str(value)


@plain.register(str)
@plain.register(int)
@plain.register(float)
@plain.register(type(None))
def _(value: Any) -> Any:
    return value


@plain.register
def _(value: bytes) -> Any:
    return {"bytes": hashlib.sha256(value).hexdigest()}


@plain.register(np.generic)
def _(value: Any) -> Any:
    return value.item()


@plain.register(np.ndarray)
def _(value: Any) -> Any:
    digest = hashlib.sha256(np.ascontiguousarray(value).tobytes()).hexdigest()
    return {"array": str(value.dtype), "shape": list(value.shape), "sha256": digest}


@plain.register(Mapping)
def _(value: Mapping[Any, Any]) -> Any:
    return {str(key): plain(item) for key, item in value.items()}


@plain.register(set)
@plain.register(frozenset)
def _(value: Any) -> Any:
    return sorted(map(str, value))


@plain.register
def _(value: datetime) -> Any:
    aware = value if value.tzinfo else value.replace(tzinfo=timezone.utc)
    return "<now>" if abs(datetime.now(timezone.utc) - aware) < _RECENT else value.isoformat()


def files_in(directory: Path) -> dict[str, Any]:
    """Content of every file below `directory`, and the target of every link, by relative path."""
    return {
        path.relative_to(directory).as_posix(): _content(path)
        for path in sorted(directory.rglob("*"))
        if path.is_symlink() or not path.is_dir()
    }


def _content(path: Path) -> str:
    if path.is_symlink():
        return f"link to {path.readlink()}"
    if path.suffix in _ARCHIVE_SUFFIXES:
        return "archive"
    if path.suffix in _TEXT_SUFFIXES:
        return path.read_text(encoding="utf-8")
    return hashlib.sha256(path.read_bytes()).hexdigest()


def normalized(record: Any, places: Mapping[Path, str]) -> Any:
    """The record without what depends on the run; each directory of `places` is replaced by its name."""
    text = json.dumps(record)
    for directory, name in places.items():
        text = text.replace(str(directory), name)
    for pattern, kind in _VOLATILE:
        text = pattern.sub(kind, text)
    return json.loads(text)


def documents(database: Any) -> dict[str, Any]:
    """Every document and the index names of every dataset in a pymongo database, as stored."""
    found = {}
    for dataset in database.datasets.find().sort("name"):
        collections = [dataset["sample_collection_name"], dataset.get("frame_collection_name")]
        found[dataset["name"]] = {
            "dataset": plain(dataset),
            "samples": [plain(list(database[name].find().sort("_id"))) for name in collections if name],
            "indexes": [sorted(database[name].index_information()) for name in collections if name],
        }
    return found
