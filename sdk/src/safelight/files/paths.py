"""`os.path` for local paths and object addresses alike; no store is asked.

Every function gives a local path to `os.path` unchanged. An address is text that belongs to its provider:
only what a function is named for changes, everything else stays byte for byte. `join`, `dirname` and
`basename` undo each other for every key, also for keys with `//`, where `os.path` would lose a slash.

A relative path never begins with `/` or a scheme here: where a key would make it so, it begins with `./`,
which `join` drops again.
"""
# ruff: noqa: PTH100, PTH111, PTH112, PTH117, PTH118, PTH119, PTH120, PTH122 - these stand for `os.path`

from __future__ import annotations

import os
import posixpath
from collections.abc import Iterable

from safelight.files.address import Address, split_address
from safelight.storage.uri import is_remote


def join(first: str, *rest: str) -> str:
    """Join like `os.path.join`; the last absolute part, local or remote, wins."""
    joined = first
    for part in rest:
        if is_remote(part) or not is_remote(joined):
            joined = part if is_remote(part) else os.path.join(joined, part)
        elif os.path.isabs(part):
            joined = part
        else:
            joined = _append(joined, part)
    return joined


def _append(url: str, part: str) -> str:
    """Append a relative part to an address; a signed directory keeps its query at the end."""
    if os.sep != "/":
        part = part.replace(os.sep, "/")
    while part.startswith("./"):
        part = part[2:]
    address = split_address(url)
    slash = "" if address.tail.endswith("/") else "/"
    return f"{address.plain}{slash}{part}{address.query}"


def normpath(path: str) -> str:
    """Collapse `.` and `..` segments behind the bucket, nothing else; `..` never leaves the bucket."""
    if not is_remote(path):
        return os.path.normpath(path)
    address = split_address(path)
    if "/." not in address.tail:
        return path
    kept: list[str] = []
    for segment in address.tail[1:].split("/"):
        if segment == "..":
            del kept[-1:]
        elif segment != ".":
            kept.append(segment)
    tail = "/" + "/".join(kept) if kept else ""
    return Address(address.root, tail, address.query).text


def abspath(path: str) -> str:
    """Make a local path absolute; an address is, so only its dots are collapsed."""
    return normpath(path) if is_remote(path) else os.path.abspath(path)


def realpath(path: str) -> str:
    """Resolve a local path's links; object stores have none."""
    return normpath(path) if is_remote(path) else os.path.realpath(path)


def normalize_path(path: str) -> str:
    """Make a path fit for a sample: a local one absolute, an address exactly as it is."""
    return path if is_remote(path) else os.path.abspath(os.path.expanduser(path))


def expanduser(path: str) -> str:
    """Expand `~` in a local path."""
    return path if is_remote(path) else os.path.expanduser(path)


def isabs(path: str) -> bool:
    """Say whether the path needs no base: an address never does."""
    return is_remote(path) or os.path.isabs(path)


def split(path: str) -> tuple[str, str]:
    """Split into what `dirname` and `basename` give."""
    return dirname(path), basename(path)


def dirname(path: str) -> str:
    """Everything before the last name, without the query; a bucket is its own directory."""
    if not is_remote(path):
        return os.path.dirname(path)
    address = split_address(path)
    head = address.tail[: address.tail.rfind("/") + 1]
    return address.root + (head if head.endswith("//") else head[:-1])


def basename(path: str) -> str:
    """The last name, without the query; empty for a bucket and behind a trailing slash."""
    if not is_remote(path):
        return os.path.basename(path)
    return split_address(path).tail.rpartition("/")[2]


def splitext(path: str) -> tuple[str, str]:
    """Split off the last name's extension; an address loses its query."""
    if not is_remote(path):
        return os.path.splitext(path)
    plain = split_address(path).plain
    extension = posixpath.splitext(basename(path))[1]
    return plain.removesuffix(extension), extension


def relpath(path: str, start: str | None = None) -> str:
    """Say how to get from the directory `start` to `path`, without the query.

    Raises:
        ValueError: they have no common root (as `os.path.relpath` for two Windows drives)
    """
    base = os.curdir if start is None else start
    if not is_remote(path) and not is_remote(base):
        return os.path.relpath(path, base)
    target, origin = _split_both(path, base)
    there, here = target.segments, origin.segments
    shared = _shared_length([there, here])
    relative = "/".join([".."] * (len(here) - shared) + there[shared:]) or "."
    return f"./{relative}" if relative.startswith("/") or is_remote(relative) else relative


def _split_both(path: str, start: str) -> tuple[Address, Address]:
    if is_remote(path) and is_remote(start):
        both = split_address(normpath(path)), split_address(normpath(start))
        if both[0].root == both[1].root:
            return both
    raise ValueError(f"no relative path leads from {start!r} to {path!r}: they have no common root")


def commonpath(paths: Iterable[str]) -> str:
    """The longest directory that holds all paths.

    Raises:
        ValueError: there are no paths, or they have no common root
    """
    listed = list(paths)
    if not any(is_remote(path) for path in listed):
        return os.path.commonpath(listed)
    addresses = [split_address(normpath(path)) for path in listed if is_remote(path)]
    root = addresses[0].root
    if len(addresses) < len(listed) or any(address.root != root for address in addresses):
        raise ValueError("the paths have no common root")
    shared = addresses[0].segments[: _shared_length([address.segments for address in addresses])]
    return "/".join([root, *shared])


def _shared_length(paths: list[list[str]]) -> int:
    length = 0
    for column in zip(*paths, strict=False):
        if len(set(column)) > 1:
            break
        length += 1
    return length


def inside_directory(name: str, target: str) -> str:
    """Where a file called like `name` goes: below `target` if that is a local directory or ends with `/`."""
    is_directory = target.endswith("/") if is_remote(target) else os.path.isdir(target)
    return join(target, basename(name)) if is_directory else target


def plain_name(path: str) -> str:
    """The last name without any query, for guessing a file's type.

    `a.jpg?versionId=3` and even `a.jpg?foo` (where `?foo` may be part of an S3 key) give `a.jpg`, while
    `what?.jpg` stays as it is.
    """
    name = basename(path)
    if not is_remote(path):
        return name
    root, extension = posixpath.splitext(name)
    return root + extension.partition("?")[0].partition("#")[0]


def contains(directory: str, path: str) -> bool:
    """Say whether `path` is `directory` or lies below it, whichever way its dots are read."""
    inside = split_address(directory).plain.removesuffix("/")
    return all(
        text == inside or text.startswith(inside + "/")
        for text in (split_address(path).plain, split_address(normpath(path)).plain)
    )
