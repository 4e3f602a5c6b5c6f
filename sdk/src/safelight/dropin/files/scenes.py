"""3D scenes on their way to another directory: their assets come along, and the scene names them there.

A scene that moves refers to its assets by paths relative to itself, as in upstream's exports.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from safelight.dropin.media.local import localize_all
from safelight.dropin.media.paths import SCENE_SUFFIX
from safelight.files import paths

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Shipment:
    """One file on its way.

    Attributes:
        source: its path or address so far
        target: where it goes
        content: the file that is copied there: the source, or a scene with its new references
        needs: the sources without which it is of no use: a scene's assets
    """

    source: str
    target: str
    content: str
    needs: tuple[str, ...] = ()


def plan(sources: Iterable[str], place: Callable[[str], str], staging: Path) -> list[Shipment]:
    """Decide what has to be copied so that media are complete at another place; scenes come last.

    Args:
        sources: paths and addresses of media, each once
        place: says where a file goes, the same for the same file
        staging: a directory for scenes with new references
    """
    targets = {source: place(source) for source in sources}
    scenes = {source: target for source, target in targets.items() if source.endswith(SCENE_SUFFIX)}
    relocated = list(_relocated(scenes, place, staging))
    assets = dict.fromkeys(asset for scene in relocated for asset in scene.needs)
    plain = dict.fromkeys(source for source in (*targets, *assets) if source not in scenes)
    return [*(Shipment(source, place(source), source) for source in plain), *relocated]


def _relocated(scenes: Mapping[str, str], place: Callable[[str], str], staging: Path) -> Iterator[Shipment]:
    copies = localize_all(scenes).paths
    for number, (source, target) in enumerate(scenes.items()):
        here = copies.get(source, source)
        scene = _read(source, here) if isinstance(here, str) else None
        if scene is None:  # copying it says what is wrong with a file that cannot be had
            yield Shipment(source, target, source)
            continue
        home, new_home = paths.dirname(source), paths.dirname(target)
        assets = {path: paths.abspath(paths.join(home, path)) for path in scene.get_asset_paths()}
        references = {path: paths.relpath(place(asset), new_home) for path, asset in sorted(assets.items())}
        content = source
        if scene.update_asset_paths(references):
            content = str(staging / f"{number}{SCENE_SUFFIX}")
            scene.write(content)
        yield Shipment(source, target, content, tuple(assets.values()))


def _read(source: str, here: str) -> Any:
    """The scene in a file; None, with a warning, when it is none."""
    from fiftyone.core.threed import Scene

    try:
        return Scene.from_fo3d(here)
    except FileNotFoundError:
        return None
    except Exception as error:  # noqa: BLE001 - upstream's reader has no errors of its own
        logger.warning("%s cannot be read as a 3D scene, so its assets stay behind: %r", source, error)
        return None
