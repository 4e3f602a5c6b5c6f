"""Local videos: readers, metadata, frames, clips, transforms."""

from __future__ import annotations

from typing import Any

import eta.core.video as etav
import fiftyone as fo
import fiftyone.utils.video as fouv

from upstream.bench import Bench
from upstream.recording import attempt, operation, operation_for


@operation
def reader(bench: Bench) -> Any:
    with etav.FFmpegVideoReader(str(bench.media.video), frames=[1, 4]) as frames:
        return [frames.frame_rate, frames.total_frame_count, list(frames)]


@operation
def read_what_is_missing(bench: Bench) -> Any:
    missing = str(bench.directory / "missing.mp4")
    failures = (lambda: etav.FFmpegVideoReader(missing), lambda: fo.VideoMetadata.build_for(missing))
    return [attempt(failure)["raised"] for failure in failures]


@operation
def metadata(bench: Bench) -> Any:
    dataset = bench.videos()
    dataset.compute_metadata(progress=False)
    path = str(bench.media.video)
    return [fo.VideoMetadata.build_for(path), etav.get_frame_count(path), etav.get_frame_size(path)]


@operation_for(
    {
        "sampled": {"sample_frames": True, "output_dir": "frames"},
        "some": {"sample_frames": True, "output_dir": "frames", "fps": 2},
        "not sampled": {"sample_frames": False},
        "dynamic": {"sample_frames": "dynamic"},
    }
)
def to_frames(bench: Bench, options: dict[str, Any]) -> Any:
    (copied,) = bench.copy(bench.media.video)
    dataset = bench.videos()
    dataset.set_values("filepath", [str(copied)])
    frames = dataset.to_frames(progress=False, **options)
    return [len(frames), frames.values("filepath")]


@operation
def clips(bench: Bench) -> Any:
    view = bench.videos().to_clips("event")
    view.export(export_dir="out", dataset_type=fo.types.VideoDirectory, progress=False)
    return [len(view), view.values("support")]


@operation_for({"reencoded": fouv.reencode_videos, "transformed": fouv.transform_videos})
def transform(bench: Bench, function: Any) -> Any:
    (copied,) = bench.copy(bench.media.video)
    dataset = fo.Dataset("copy")
    dataset.add_sample(fo.Sample(filepath=str(copied)))
    options = {} if function is fouv.reencode_videos else {"fps": 5, "size": (32, -1)}
    function(dataset, progress=False, **options)
    return dataset.values("filepath")


@operation
def single_videos(bench: Bench) -> Any:
    path, out = str(bench.media.video), bench.directory
    fouv.reencode_video(path, str(out / "again.mp4"))
    fouv.extract_clip(path, str(out / "clip.mp4"), support=[2, 5])
    fouv.sample_video(path, str(out / "%02d.png"), frames=[1, 3])
    fouv.transform_video(path, str(out / "small.mp4"), size=(32, 24))
    return [etav.get_frame_count(str(out / name)) for name in ("again.mp4", "clip.mp4", "small.mp4")]


@operation
def concatenate(bench: Bench) -> Any:
    path = str(bench.media.video)
    fouv.concat_videos([path, path], str(bench.directory / "twice.mp4"))
    return etav.get_frame_count(str(bench.directory / "twice.mp4"))


@operation
def draw_labels(bench: Bench) -> Any:
    drawn = bench.videos().draw_labels(str(bench.directory / "drawn"), progress=False)
    return [etav.get_frame_count(path) for path in drawn]
