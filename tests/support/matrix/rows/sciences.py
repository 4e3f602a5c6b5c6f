"""Formats of other trades, whose libraries read the files: maps, medicine, robots, TensorFlow."""

from __future__ import annotations

import io
import json
from typing import Any, Final

import fiftyone as fo
import numpy as np

from support.matrix.row import Absent, add_absent, row
from support.matrix.rows.detections import round_trip
from support.matrix.stage import Stage

AREA: Final = "Datasets in and out: maps, medicine, robots"

add_absent(
    Absent(
        "TFRecords (TFImageClassificationDataset, TFObjectDetectionDataset)",
        AREA,
        "TensorFlow, which reads and writes them, is not among what the tests install.",
        (fo.types.TFImageClassificationDataset, fo.types.TFObjectDetectionDataset),
    )
)


def _located(stage: Stage) -> Any:
    return stage.dataset(
        fo.Sample(filepath=url, location=fo.GeoLocation(point=[10.0 + at, 50.0]), weather="dry")
        for at, url in enumerate(stage.images())
    )


@row("GeoJSONDataset", AREA, types=(fo.types.GeoJSONDataset,))
def _geo_json(stage: Stage) -> Any:
    return round_trip(stage, fo.types.GeoJSONDataset, _located(stage), {"location_field": "location"})


@row("GeoTIFFDataset", AREA, types=(fo.types.GeoTIFFDataset,))
def _geo_tiff(stage: Stage) -> Any:
    from rasterio.io import MemoryFile
    from rasterio.transform import from_origin

    shape = {"height": 8, "width": 8, "count": 1, "dtype": "uint8"}
    for number in range(2):
        with MemoryFile() as file:
            where = from_origin(500_000 + number, 5_500_000, 10, 10)
            with file.open(driver="GTiff", crs="EPSG:32632", transform=where, **shape) as image:
                image.write(np.full((1, 8, 8), number, np.uint8))
            stage.place.put(f"in/{number}.tif", bytes(file.getbuffer()))
    kind = fo.types.GeoTIFFDataset
    return [
        stage.from_dir(stage.place.url("in"), dataset_type=kind, label_field="location"),
        stage.from_dir(image_path=stage.place.url("in/*.tif"), dataset_type=kind, label_field="location"),
    ]


@row("DICOMDataset", AREA, types=(fo.types.DICOMDataset,))
def _dicom(stage: Stage) -> Any:
    for number in range(2):
        stage.place.put(f"in/{number}.dcm", _scan(number))
    there = stage.place.url("slices")
    options = {"dataset_type": fo.types.DICOMDataset, "images_dir": there}
    return {
        "samples": stage.from_dir(stage.place.url("in"), keywords=["PatientID", "Rows"], **options),
        "images": stage.files("slices"),
    }


def _scan(number: int) -> bytes:
    from pydicom.dataset import FileDataset, FileMetaDataset
    from pydicom.uid import UID, CTImageStorage, ExplicitVRLittleEndian

    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = CTImageStorage
    meta.MediaStorageSOPInstanceUID = UID(f"1.2.{number}")
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    scan = FileDataset("", {}, file_meta=meta, preamble=b"\0" * 128)
    scan.SOPClassUID, scan.SOPInstanceUID = CTImageStorage, f"1.2.{number}"
    scan.PatientID, scan.Modality = f"patient-{number}", "CT"
    scan.Rows = scan.Columns = 8
    scan.SamplesPerPixel, scan.PhotometricInterpretation = 1, "MONOCHROME2"
    scan.BitsAllocated, scan.BitsStored, scan.HighBit, scan.PixelRepresentation = 16, 16, 15, 0
    scan.PixelData = np.arange(64, dtype=np.uint16).reshape(8, 8).tobytes()
    buffer = io.BytesIO()
    scan.save_as(buffer, enforce_file_format=True)
    return buffer.getvalue()


if hasattr(fo.types, "LeRobotDataset"):  # since 1.22

    @row(
        "LeRobotDataset (media references)",
        AREA,
        types=(fo.types.LeRobotDataset,),
        reads_again="references are resolved from the tables as they are then, for an import and an export",
    )
    def _le_robot(stage: Stage) -> Any:
        _put_robot(stage)
        dataset = stage.from_dir(stage.place.url("in"), dataset_type=fo.types.LeRobotDataset)
        there = stage.place.url("exports/today")
        dataset.export(there, dataset_type=fo.types.LeRobotDataset, progress=False)
        exported = stage.files("exports/today")
        back = stage.from_dir(there, dataset_type=fo.types.LeRobotDataset)
        fields = ["episode_index", "tasks", "length", "duration"]
        return {
            "media": [sorted(each._get_media_paths()) for each in (dataset, back)],
            "files": sorted(exported),
            "videos": [digest for name, digest in exported.items() if name.endswith(".mp4")],
            "samples": [each.values(fields) for each in (dataset, back)],
        }


def _put_robot(stage: Stage) -> None:
    """Two episodes of five frames of one robot with a camera, as version 3 of the format has them."""
    features = {
        "action": {"dtype": "float32", "shape": [1], "names": None},
        "camera": {"dtype": "video", "shape": [120, 160, 3], "names": ["height", "width", "channel"]},
    }
    info = {
        "codebase_version": "v3.0",
        "robot_type": "arm",
        "total_episodes": 2,
        "total_frames": 10,
        "total_tasks": 1,
        "fps": 10,
        "splits": {"train": "0:2"},
        "data_path": "data/chunk-{chunk_index:03d}/file-{file_index:03d}.parquet",
        "video_path": "videos/{video_key}/chunk-{chunk_index:03d}/file-{file_index:03d}.mp4",
        "features": features,
    }
    stage.place.put("in/meta/info.json", json.dumps(info).encode())
    stage.place.put("in/meta/tasks.parquet", _parquet([{"task_index": 0, "task": "wave"}]))
    episodes, frames = [_episode(at) for at in range(2)], [_frame(at) for at in range(10)]
    stage.place.put("in/meta/episodes/chunk-000/file-000.parquet", _parquet(episodes))
    stage.place.put("in/data/chunk-000/file-000.parquet", _parquet(frames))
    stage.place.put("in/videos/camera/chunk-000/file-000.mp4", stage.video_file)


def _episode(number: int) -> dict[str, Any]:
    return {
        "episode_index": number,
        "tasks": ["wave"],
        "length": 5,
        "dataset_from_index": 5 * number,
        "dataset_to_index": 5 * number + 5,
        "data/chunk_index": 0,
        "data/file_index": 0,
        "videos/camera/chunk_index": 0,
        "videos/camera/file_index": 0,
        "videos/camera/from_timestamp": 0.5 * number,
        "videos/camera/to_timestamp": 0.5 * number + 0.5,
    }


def _frame(number: int) -> dict[str, Any]:
    return {
        "index": number,
        "episode_index": number // 5,
        "frame_index": number % 5,
        "timestamp": (number % 5) / 10,
        "task_index": 0,
        "action": [float(number)],
    }


def _parquet(rows: list[dict[str, Any]]) -> bytes:
    import pyarrow as pa
    import pyarrow.parquet as pq

    buffer = io.BytesIO()
    pq.write_table(pa.Table.from_pylist(rows), buffer)
    return buffer.getvalue()
