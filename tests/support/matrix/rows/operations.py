"""Work that upstream's orchestrator does later, in the name of whoever asked for it."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import fiftyone as fo

from support.matrix.row import row
from support.matrix.rows.detections import boxes
from support.matrix.stage import Stage

AREA: Final = "Delegated operations"
_PLUGIN: Final = {
    "fiftyone.yml": 'name: "@photographs/exporting"\noperators:\n  - export_boxes\n',
    "__init__.py": """\
import fiftyone as fo
import fiftyone.operators as foo


class ExportBoxes(foo.Operator):
    @property
    def config(self):
        return foo.OperatorConfig(name="export_boxes", label="Export boxes")

    def execute(self, ctx):
        options = {"dataset_type": fo.types.VOCDetectionDataset, "label_field": "ground_truth"}
        ctx.dataset.compute_metadata(progress=False)
        ctx.dataset.export(ctx.params["there"], progress=False, **options)


def register(plugin):
    plugin.register(ExportBoxes)
""",
}


@row("compute_metadata and export as a delegated operation", AREA)
def _delegated_export(stage: Stage) -> Any:
    from fiftyone.operators.delegated import DelegatedOperationService
    from fiftyone.operators.executor import ExecutionContext

    dataset = boxes(stage)
    parameters = {"there": stage.place.url("out")}
    context = ExecutionContext(request_params={"dataset_name": dataset.name, "params": parameters})
    before, fo.config.plugins_dir = fo.config.plugins_dir, str(_write_plugin(stage.directory))
    service = DelegatedOperationService()
    try:
        operation = service.queue_operation("@photographs/exporting/export_boxes", context=context)
        service.execute_operation(operation)
        done = service.list_operations(dataset_name=dataset.name)[0]
    finally:
        fo.config.plugins_dir = before
    service.delete_operation(operation.id)
    dataset.reload()
    return {"state": done.run_state, "samples": dataset, "files": stage.files("out")}


def _write_plugin(directory: Path) -> Path:
    plugin = directory / "plugins" / "exporting"
    plugin.mkdir(parents=True, exist_ok=True)
    for name, content in _PLUGIN.items():
        (plugin / name).write_text(content)
    return plugin.parent
