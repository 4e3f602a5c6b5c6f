"""A point cloud of a real scene: the stereo pair of scikit-image, thinned out, as a `.pcd` file."""

from __future__ import annotations

import numpy as np

_FOCAL_LENGTH, _BASELINE, _OFFSET = 994.978, 0.193001, 31.086
"""Pixels, metres, pixels: what the Middlebury data set says of this pair."""

_HEADER = """\
# .PCD v0.7 - Point Cloud Data file format
VERSION 0.7
FIELDS x y z
SIZE 4 4 4
TYPE F F F
COUNT 1 1 1
WIDTH {count}
HEIGHT 1
VIEWPOINT 0 0 0 1 0 0 0
POINTS {count}
DATA binary
"""


def motorcycle(step: int = 8) -> bytes:
    """Every `step`-th point of the motorcycle in metres, as a binary PCD 0.7 file."""
    from skimage import data

    disparity = np.asarray(data.stereo_motorcycle()[2])[::step, ::step]
    rows, columns = np.nonzero(np.isfinite(disparity))
    depth = _BASELINE * _FOCAL_LENGTH / (disparity[rows, columns] + _OFFSET)
    points = np.stack([columns * step * depth, rows * step * depth, depth * _FOCAL_LENGTH]) / _FOCAL_LENGTH
    body = np.ascontiguousarray(points.T, dtype="<f4").tobytes()
    return _HEADER.format(count=len(rows)).encode() + body
