"""Large libraries are imported when upstream uses them, not by `import fiftyone`.

The table has the modules that `import fiftyone` and the App's server execute, and the libraries that take
long, or that do things when they are imported: dill tries where it can write temporary files, matplotlib
makes its configuration directory, urllib3 (below requests) opens a socket to see whether there is IPv6.
"""

from __future__ import annotations

from typing import Final

from safelight.dropin.patch import Deferral, Patch

_IMPORTERS: Final = {
    "cv2": (
        "eta.core.annotations:cv2",
        "eta.core.image:cv2",
        "eta.core.video:cv2",
        "fiftyone.core.camera:cv2",
        "fiftyone.core.labels:cv2",
        "fiftyone.utils.patches:cv2",
    ),
    "dill": ("eta.core.serial:pickle", "fiftyone.core.map.process:pickle"),
    "IPython.display": (
        "fiftyone.core.context:IPython",
        "fiftyone.core.session.notebooks:IPython",
        "fiftyone.core.session.session:IPython",
    ),
    "matplotlib.colors": ("fiftyone.core.threed.validators:mcolors", "fiftyone.core.utils:mcolors"),
    "plotly.colors": ("fiftyone.core.plots.plotly:pc",),
    "plotly.express": ("fiftyone.core.plots.plotly:px",),
    "plotly.graph_objects": ("fiftyone.core.plots.plotly:go", "fiftyone.core.plots.views:go"),
    "plotly.subplots": ("fiftyone.core.plots.views:ps",),
    "py7zr": ("eta.core.utils:py7zr",),
    "pydash": (
        "fiftyone.operators.panel:pydash",
        "fiftyone.utils.data.exporters:pydash",
        "fiftyone.utils.data.importers:pydash",
    ),
    "pypcd4": ("fiftyone.utils.utils3d:pypcd4",),
    "rarfile": ("eta.core.utils:rarfile",),
    "requests": (
        "eta.core.web:requests",
        "fiftyone.core.metadata:requests",
        "fiftyone.core.service:requests",
        "fiftyone.core.session.client:requests",
        "fiftyone.utils.data.base:requests",
        "fiftyone.utils.github:requests",
    ),
    "scipy.ndimage": ("fiftyone.core.labels:spn",),
    "scipy.spatial": ("fiftyone.utils.utils3d:sp",),
    "scipy.spatial.transform:Rotation": (
        "fiftyone.core.threed.object_3d:Rotation",
        "fiftyone.core.threed.transformation:Rotation",
        "fiftyone.utils.transforms:Rotation",
        "fiftyone.utils.utils3d:R",
    ),
    "skimage.measure": ("eta.core.image:measure", "fiftyone.core.labels:skm"),
    "skimage.segmentation": ("fiftyone.core.labels:sks",),
    "sklearn": ("fiftyone.brain.visualization:sklearn",),
    "sklearn.decomposition": ("fiftyone.brain.visualization:skd",),
    "sklearn.linear_model": ("fiftyone.core.plots.utils:skl",),
    "sklearn.manifold": ("fiftyone.brain.visualization:skm",),
    "sklearn.metrics": (
        "fiftyone.core.plots.utils:skm",
        "fiftyone.utils.eval.base:skm",
        "fiftyone.utils.eval.classification:skm",
        "fiftyone.utils.eval.regression:skm",
        "fiftyone.utils.eval.segmentation:skm",
    ),
    "sseclient": ("fiftyone.core.session.client:sseclient",),
    "tabulate:tabulate": ("fiftyone.utils.eval.base:tabulate",),
}


def _deferral(imports: str, importer: str) -> Deferral:
    module, _, attribute = importer.partition(":")
    library = imports.partition(".")[0].partition(":")[0]
    return Deferral(module, attribute, imports, f"`{library}` takes long to import, and few scripts use it")


PATCH = Patch(
    name="imports",
    summary="`import fiftyone` leaves out large libraries; they are imported when they are used",
    deferrals=tuple(
        _deferral(imports, importer) for imports, importers in _IMPORTERS.items() for importer in importers
    ),
)
