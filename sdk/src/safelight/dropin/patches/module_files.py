"""Stand-ins for `os`, `shutil`, `glob`, `open` and pandas where upstream calls them with users' paths.

Not here, on purpose: configuration, services, plugins, migrations, downloads of the zoo and the server, whose
paths are this machine's own.
"""

from __future__ import annotations

from typing import Any, Final

from safelight.dropin.patch import Patch, Target

_WHY: Final = {
    "os": "asks about and lists users' paths",
    "shutil": "copies and moves users' files",
    "glob": "finds users' files by pattern",
    "open": "opens users' files",
    "pd": "pandas would read addresses by libraries of its own",
}

_CORE: Final = {
    "fiftyone.core.collections": "os",
    "fiftyone.core.dataset": "os",
    "fiftyone.core.metadata": "os open",
    "fiftyone.core.odm.database": "os open",
    "fiftyone.core.storage": "os open",
    "fiftyone.core.tags": "os",
    "fiftyone.core.threed.scene_3d": "os",
    "fiftyone.core.utils": "glob os shutil open",
    "fiftyone.core.video": "os",
}

_FORMATS: Final = {
    "fiftyone.utils.activitynet": "os",
    "fiftyone.utils.annotations": "os",
    "fiftyone.utils.bdd": "os",
    "fiftyone.utils.coco": "os shutil open",
    "fiftyone.utils.csv": "os open",
    "fiftyone.utils.cvat": "os open",
    "fiftyone.utils.data.base": "os",
    "fiftyone.utils.data.converters": "os",
    "fiftyone.utils.data.exporters": "os",
    "fiftyone.utils.data.importers": "os",
    "fiftyone.utils.data.parsers": "os",
    "fiftyone.utils.depth_anything": "os",
    "fiftyone.utils.dicom": "os open",
    "fiftyone.utils.geojson": "os",
    "fiftyone.utils.geotiff": "os open",
    "fiftyone.utils.huggingface": "os open",
    "fiftyone.utils.image": "os",
    "fiftyone.utils.kitti": "os open",
    "fiftyone.utils.labelbox": "os",
    "fiftyone.utils.labelstudio": "os open",
    "fiftyone.utils.lerobot_export": "os",
    "fiftyone.utils.openimages": "os open pd",
    "fiftyone.utils.openlabel": "os",
    "fiftyone.utils.places": "os",
    "fiftyone.utils.sama": "glob os open",
    "fiftyone.utils.scale": "os",
    "fiftyone.utils.tf": "os",
    "fiftyone.utils.twelvelabs": "os open",
    "fiftyone.utils.utils3d": "os open",
    "fiftyone.utils.video": "os open",
    "fiftyone.utils.voc": "os",
    "fiftyone.utils.yolo": "os open",
}

_SINCE: Final = {"fiftyone.utils.lerobot_export": "1.22.0"}


def _stand_in(name: str) -> Any:
    def make(original: Any) -> Any:
        from safelight.dropin.files import modules

        stand_ins = {
            "os": modules.OS,
            "shutil": modules.SHUTIL,
            "glob": modules.GLOB,
            "open": modules.open_file,
        }
        return modules.pandas(original) if name == "pd" else stand_ins[name]

    return make


def _targets(table: dict[str, str]) -> tuple[Target, ...]:
    return tuple(
        Target(
            module=module,
            attribute=name,
            make=_stand_in(name),
            why=_WHY[name],
            # `open` is a builtin: no module has it among its own names.
            added=name == "open",
            since=_SINCE.get(module),
        )
        for module, names in table.items()
        for name in names.split()
    )


PATCHES = (
    Patch(
        name="module_files_core",
        summary="datasets, their exports and their metadata handle remote files as local ones",
        targets=_targets(_CORE),
    ),
    Patch(
        name="module_files_formats",
        summary="importers, exporters and annotation formats handle remote files as local ones",
        targets=_targets(_FORMATS),
    ),
)
