"""Aggregation pipelines: which stages are allowed where, what they read, and what they write.

A stage that is not in the tables is refused. Stages that reach for another collection name it by a plain
string, only ever samples or frames, and it is collected for the caller to check; writing stages stand last.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

from safelight_server.authz.denials import DeniedError, malformed
from safelight_server.authz.names import Kind, Target, parse_collection
from safelight_server.authz.operators import vetted
from safelight_server.authz.words import words

Pipeline = list[dict[str, Any]]

PLAIN: Final = words(
    """
    $addFields $bucket $bucketAuto $count $densify $fill $group $limit $match $project $redact $replaceRoot
    $replaceWith $sample $set $setWindowFields $skip $sort $sortByCount $unset $unwind
    """
)
"""Stages that see nothing but the documents before them."""

FIRST: Final = frozenset({"$collStats", "$geoNear", "$indexStats"})
"""Stages that stand first, at the top level."""

NESTING: Final = frozenset({"$facet", "$lookup", "$unionWith"})
WRITING: Final = frozenset({"$merge", "$out"})
IN_UPDATES: Final = frozenset({"$addFields", "$project", "$replaceRoot", "$replaceWith", "$set", "$unset"})
"""What `whenMatched` of `$merge` may hold."""

MAX_PIPELINES: Final = 20
"""MongoDB's own limit on pipelines inside of pipelines."""

_LOOKUP: Final = frozenset({"as", "foreignField", "from", "let", "localField", "pipeline"})
_UNION: Final = frozenset({"coll", "pipeline"})
_MERGE: Final = frozenset({"into", "let", "on", "whenMatched", "whenNotMatched"})


@dataclass(slots=True)
class Reading:
    """A pipeline, read.

    Attributes:
        stages: with what had to be rewritten rewritten
        reads: the other collections that it reads
        writes: the collection that it writes, if any
    """

    stages: Pipeline
    reads: list[Target] = field(default_factory=list)
    writes: Target | None = None


def read_pipeline(pipeline: object, *, joins: bool) -> Reading:
    """Check a pipeline.

    Args:
        pipeline: as the client sent it
        joins: whether it may reach beyond the documents of its own collection (other collections, statistics)

    Raises:
        DeniedError: a stage, or something in one, is not allowed
    """
    reading = Reading([])
    for position, stage in enumerate(_stages(pipeline)):
        name = next(iter(stage))
        if name in WRITING and joins:
            last = isinstance(pipeline, list) and position == len(pipeline) - 1
            reading.stages.append(_write(stage, name, reading, last=last))
        elif name in FIRST and joins:
            if position:
                raise DeniedError("stage", f"{name} must be the first stage.")
            reading.stages.append(vetted_stage(stage, name))
        else:
            reading.stages.append(_stage(stage, name, reading, joins=joins, depth=0))
    return reading


def vetted_stage(stage: dict[str, Any], name: str) -> dict[str, Any]:
    """A stage whose content is only expressions and queries."""
    return {name: vetted(stage[name])}


def _stages(pipeline: object) -> Pipeline:
    if not isinstance(pipeline, list):
        raise malformed("a pipeline that is no array")
    for stage in pipeline:
        if not isinstance(stage, dict) or len(stage) != 1:
            raise malformed("a pipeline stage that is not a document of one field")
    return pipeline


def _stage(stage: dict[str, Any], name: str, reading: Reading, *, joins: bool, depth: int) -> dict[str, Any]:
    if depth > MAX_PIPELINES:
        raise DeniedError("depth", f"More than {MAX_PIPELINES} pipelines inside each other are not allowed.")
    if name in PLAIN:
        return vetted_stage(stage, name)
    if name == "$facet" or (joins and name in NESTING):
        return {name: _NESTED[name](stage[name], reading, joins, depth + 1)}
    raise DeniedError("stage", f"The aggregation stage {name!r} is not allowed here over the API connection.")


def _nested(pipeline: object, reading: Reading, joins: bool, depth: int) -> Pipeline:
    return [
        _stage(stage, next(iter(stage)), reading, joins=joins, depth=depth) for stage in _stages(pipeline)
    ]


def _facet(content: object, reading: Reading, joins: bool, depth: int) -> dict[str, Any]:
    content = _document(content, None, "$facet")
    return {output: _nested(pipeline, reading, joins, depth) for output, pipeline in content.items()}


def _lookup(content: object, reading: Reading, joins: bool, depth: int) -> dict[str, Any]:
    content = _document(content, _LOOKUP, "$lookup")
    reading.reads.append(_samples(content.get("from"), "$lookup"))
    return _with_pipeline(content, reading, joins, depth)


def _union(content: object, reading: Reading, joins: bool, depth: int) -> dict[str, Any]:
    content = {"coll": content} if isinstance(content, str) else _document(content, _UNION, "$unionWith")
    reading.reads.append(_samples(content.get("coll"), "$unionWith"))
    return _with_pipeline(content, reading, joins, depth)


_NESTED: Final[dict[str, Callable[[object, Reading, bool, int], dict[str, Any]]]] = {
    "$facet": _facet,
    "$lookup": _lookup,
    "$unionWith": _union,
}


def _with_pipeline(content: dict[str, Any], reading: Reading, joins: bool, depth: int) -> dict[str, Any]:
    rest = vetted({key: value for key, value in content.items() if key != "pipeline"})
    if "pipeline" not in content:
        return dict(rest)
    return {**rest, "pipeline": _nested(content["pipeline"], reading, joins, depth)}


def _write(stage: dict[str, Any], name: str, reading: Reading, *, last: bool) -> dict[str, Any]:
    if not last:
        raise DeniedError("stage", f"{name} must be the last stage.")
    content = stage[name]
    if name == "$out":
        reading.writes = _samples(content, name)
        return {name: reading.writes.collection}
    content = {"into": content} if isinstance(content, str) else _document(content, _MERGE, name)
    reading.writes = _samples(content.get("into"), name)
    matched = content.get("whenMatched")
    if isinstance(matched, list):
        for update in _stages(matched):
            if next(iter(update)) not in IN_UPDATES:
                raise DeniedError("stage", f"{next(iter(update))!r} is not allowed in whenMatched.")
        content = {
            **content,
            "whenMatched": [vetted_stage(update, next(iter(update))) for update in matched],
        }
    elif "whenMatched" in content and not isinstance(matched, str):
        raise malformed("whenMatched of a type that it never has")
    return {name: {**content, "let": vetted(content["let"])} if "let" in content else content}


def _document(content: object, keys: frozenset[str] | None, name: str) -> dict[str, Any]:
    if not isinstance(content, dict):
        raise malformed(f"{name} of a type that it never has")
    if keys is not None and not keys.issuperset(content):
        raise DeniedError("argument", f"{name} has an argument that is not allowed over the API connection.")
    return content


def _samples(name: object, stage: str) -> Target:
    target = parse_collection(name)
    if target is None or target.kind is not Kind.SAMPLES:
        raise DeniedError("target", f"{stage} may only name the samples or frames of a dataset.")
    return target
