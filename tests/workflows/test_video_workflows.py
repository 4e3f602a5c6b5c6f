"""Videos in the cloud are probed where they are, decoded from the cache, and written to where they belong."""

from __future__ import annotations

import logging
from pathlib import Path

import eta.core.video as etav
import fiftyone as fo
import fiftyone.brain as fob
import fiftyone.core.metadata as fom
import fiftyone.utils.video as fouv
import numpy as np
import pytest

from safelight.errors import DestructiveOperationError, ObjectNotFoundError
from support.cloud import Cloud, MakeDataset
from support.pictures import encode, photograph
from support.recording_proxy import RecordingProxy
from support.web_server import web_server

FRAMES = 20


def test_metadata_need_no_download(cloud: Cloud, video_file: Path, requests_seen: RecordingProxy) -> None:
    url = cloud.put("video.mp4", video_file)

    metadata = fom.VideoMetadata.build_for(url)

    assert metadata.to_dict() == fom.VideoMetadata.build_for(str(video_file)).to_dict()
    assert metadata.total_frame_count == FRAMES
    assert cloud.cached_files() == []
    assert requests_seen.of("GET")


def test_the_signature_of_a_probe_is_shown_nowhere(
    cloud: Cloud, video_file: Path, caplog: pytest.LogCaptureFixture
) -> None:
    url = cloud.put("video.mp4", video_file)
    probe = etav.FFprobe(opts=["-show_format", "-print_format", "json"])

    with caplog.at_level(logging.DEBUG):
        answer = probe.run(url, decode=True)

    assert url in answer
    assert url in probe.cmd
    # boto3's own debug log tells what it signs.
    logged = [entry.getMessage() for entry in caplog.records if not entry.name.startswith("boto")]
    assert "Signature" not in answer + probe.cmd + "".join(logged)


def test_a_store_that_cannot_sign_costs_a_download(
    cloud: Cloud, video_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = cloud.put("video.mp4", video_file)
    monkeypatch.setattr("safelight.dropin.media.probing._sign", lambda _: None)

    assert fom.VideoMetadata.build_for(url).frame_rate == 10
    assert cloud.cached_files() == ["video.mp4"]


def test_metadata_of_a_dataset(cloud: Cloud, video_file: Path, make_dataset: MakeDataset) -> None:
    dataset = make_dataset([cloud.put(f"{index}.mp4", video_file) for index in range(3)])

    dataset.compute_metadata(progress=False)

    assert dataset.values("metadata.total_frame_count") == [FRAMES] * 3


def test_videos_on_a_web_server(cloud: Cloud, video_file: Path) -> None:
    with web_server(video_file.parent) as server:
        assert fom.VideoMetadata.build_for(f"{server}/{video_file.name}").frame_width == 160


def test_frames_are_read_from_the_cache(
    cloud: Cloud, video_file: Path, requests_seen: RecordingProxy
) -> None:
    url = cloud.put("a 100%20d video.mp4", video_file)

    with etav.FFmpegVideoReader(url) as reader:
        frames = [frame.copy() for frame in reader]
    with etav.FFmpegVideoReader(str(video_file)) as reader:
        expected = [frame.copy() for frame in reader]

    assert np.array_equal(frames, expected)
    before = len(requests_seen.requests)
    with etav.FFmpegVideoReader(url, frames=[3]) as reader:
        assert np.array_equal(next(iter(reader)), expected[2])
    assert len(requests_seen.requests) == before


def test_a_missing_video_is_named(cloud: Cloud) -> None:
    with pytest.raises(ObjectNotFoundError, match=r"missing\.mp4"):
        etav.FFmpegVideoReader(cloud.url("missing.mp4"))


def test_frames_are_sampled_into_a_local_directory(
    cloud: Cloud, video_file: Path, make_dataset: MakeDataset, tmp_path: Path
) -> None:
    dataset = make_dataset([cloud.put("video.mp4", video_file)])

    frames = dataset.to_frames(sample_frames=True, fps=2, output_dir=str(tmp_path / "frames"), progress=False)

    assert len(frames) == 4
    assert all(Path(path).is_file() for path in frames.values("filepath"))
    assert cloud.keys() == {"video.mp4"}


def test_frames_are_sampled_into_the_bucket(
    cloud: Cloud, video_file: Path, make_dataset: MakeDataset
) -> None:
    dataset = make_dataset([cloud.put("video.mp4", video_file)])

    frames = dataset.to_frames(sample_frames=True, fps=2, output_dir=cloud.url("frames"), progress=False)

    assert len(frames) == 4
    assert set(frames.values("filepath")) == {cloud.url(key) for key in cloud.keys() - {"video.mp4"}}


def test_a_video_is_reencoded_into_the_bucket(
    cloud: Cloud, video_file: Path, make_dataset: MakeDataset
) -> None:
    dataset = make_dataset([cloud.put("video.mp4", video_file)])

    fouv.transform_videos(dataset, size=(80, 60), output_dir=cloud.url("small"), progress=False)

    assert dataset.first().filepath == cloud.url("small/video.mp4")
    assert fom.VideoMetadata.build_for(cloud.url("small/video.mp4")).frame_width == 80


def test_reencoding_in_place_is_refused(cloud: Cloud, video_file: Path, make_dataset: MakeDataset) -> None:
    dataset = make_dataset([cloud.put("video.mp4", video_file)])

    with pytest.raises(DestructiveOperationError):
        fouv.transform_videos(dataset, size=(80, 60), progress=False)

    assert cloud.keys() == {"video.mp4"}
    assert cloud.get("video.mp4") == video_file.read_bytes()


def test_a_video_is_written_frame_by_frame_into_the_bucket(cloud: Cloud) -> None:
    pixels = photograph("rocket")[:120, :160]

    with etav.FFmpegVideoWriter(cloud.url("written.mp4"), 5, (160, 120)) as writer:
        for _ in range(5):
            writer.write(pixels)

    assert fom.VideoMetadata.build_for(cloud.url("written.mp4")).total_frame_count == 5


def test_what_ffmpeg_could_not_finish_is_an_error_and_uploads_nothing(cloud: Cloud) -> None:
    writer = etav.FFmpegVideoWriter(cloud.url("broken.mp4"), 5, (160, 120))
    writer._ffmpeg._p.kill()
    writer._ffmpeg._p.wait()

    with pytest.raises(OSError, match="ffmpeg ended with status"):
        writer.close()

    assert cloud.keys() == set()


def test_an_image_sequence_in_the_bucket_becomes_a_video(cloud: Cloud, tmp_path: Path) -> None:
    for number in range(1, 6):
        cloud.put(
            f"frames/{number:06d}.png", encode(photograph("rocket")[:120, number : number + 160], "PNG")
        )

    with etav.FFmpeg() as ffmpeg:
        ffmpeg.run(cloud.url("frames/%06d.png"), str(tmp_path / "out.mp4"))

    assert fom.VideoMetadata.build_for(str(tmp_path / "out.mp4")).total_frame_count == 5


def test_a_video_becomes_an_image_sequence_in_the_bucket(cloud: Cloud, video_file: Path) -> None:
    url = cloud.put("video.mp4", video_file)

    with etav.FFmpeg() as ffmpeg:
        ffmpeg.run(url, cloud.url("frames/%03d.jpg"))

    assert cloud.keys() == {"video.mp4", *(f"frames/{number:03d}.jpg" for number in range(1, FRAMES + 1))}


def test_videos_are_joined(cloud: Cloud, video_file: Path) -> None:
    url = cloud.put("video.mp4", video_file)

    fouv.concat_videos([url, url], cloud.url("twice.mp4"))

    assert fom.VideoMetadata.build_for(cloud.url("twice.mp4")).duration == pytest.approx(4, abs=0.2)


def test_exact_duplicates_of_videos(cloud: Cloud, video_file: Path, make_dataset: MakeDataset) -> None:
    dataset = make_dataset([cloud.put(f"{index}.mp4", video_file) for index in range(2)])

    ((first, [second]),) = fob.compute_exact_duplicates(dataset, num_workers=2, progress=False).items()

    assert {first, second} == set(dataset.values("id"))


def test_frames_have_local_paths(cloud: Cloud, video_file: Path) -> None:
    sample = fo.Sample(filepath=cloud.put("video.mp4", video_file))
    sample.frames[1] = fo.Frame(filepath=cloud.put("1.jpg", b"frame"))

    assert Path(sample.frames[1].local_path).read_bytes() == b"frame"
