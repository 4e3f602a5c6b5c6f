"""What a collection's name says: FiftyOne's naming rules, and which dataset owns a collection.

    samples.<id>  clips.<id>  patches.<id>  patches.frames.<id>  frames.<id>     samples, of the dataset <id>
    frames.<one of those>                                                        its frames
    datasets  views  workspaces  runs  tags  delegated_ops  execution_store      shared, rows of many datasets
    fs.files  fs.chunks  ontologies  config                                      shared

The id is the `_id` of the dataset's document, so the owner of a collection needs no look-up.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache
from typing import Final

from bson import ObjectId

_PREFIX: Final = r"(?:samples|clips|patches\.frames|patches|frames)"
_SAMPLES: Final = re.compile(rf"(?P<prefix>{_PREFIX})\.(?P<id>[0-9a-f]{{24}})")
_FRAMES: Final = re.compile(rf"frames\.(?P<prefix>{_PREFIX})\.(?P<id>[0-9a-f]{{24}})")

_LONGEST: Final = 255
"""No collection's name is longer."""

_REMEMBERED: Final = 4096


class Kind(Enum):
    """What a command can be about."""

    SAMPLES = "samples and frames"
    DATASETS = "datasets"
    VIEWS = "views"
    WORKSPACES = "workspaces"
    RUNS = "runs"
    TAGS = "tags"
    DELEGATED_OPERATIONS = "delegated_ops"
    EXECUTION_STORES = "execution_store"
    FILES = "fs.files"
    CHUNKS = "fs.chunks"
    ONTOLOGIES = "ontologies"
    CONFIG = "config"
    DATABASE = "the database"
    SERVER = "the server"


@dataclass(frozen=True, slots=True)
class Target:
    """What one command is about.

    Attributes:
        collection: its name; empty for the database and the server
        dataset_id: the owner of samples and frames
        prefix: of samples and frames: `samples`, or the kind of generated dataset
        frames: whether these are frames
    """

    kind: Kind
    collection: str = ""
    dataset_id: ObjectId | None = None
    prefix: str = ""
    frames: bool = False

    @property
    def generated(self) -> bool:
        """Whether the samples are those of a generated dataset."""
        return self.prefix not in {"", "samples"}


_SHARED: Final = {
    kind.value: Target(kind, kind.value)
    for kind in Kind
    if kind not in {Kind.SAMPLES, Kind.DATABASE, Kind.SERVER}
}


def parse_collection(name: object) -> Target | None:
    """What a collection's name means; None when it is not one of FiftyOne's, or no name at all."""
    return _parse(name) if isinstance(name, str) and len(name) <= _LONGEST else None


@lru_cache(_REMEMBERED)
def _parse(name: str) -> Target | None:
    shared = _SHARED.get(name)
    if shared:
        return shared
    # Whole matches only: `$` would accept a newline at the end, and so does the database.
    frames = _FRAMES.fullmatch(name)
    match = frames or _SAMPLES.fullmatch(name)
    if not match:
        return None
    return Target(Kind.SAMPLES, str(name), ObjectId(match["id"]), match["prefix"], frames is not None)
