"""Real photographs, which come with scikit-image, as files of several formats, and a video made of one."""

from __future__ import annotations

import io
import subprocess
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

Pixels = NDArray[np.uint8]

NAMES: Final = ("astronaut", "chelsea", "coffee", "rocket", "hubble_deep_field", "immunohistochemistry")


def photograph(name: str) -> Pixels:
    """An RGB photograph by its name in `skimage.data`; all of `NAMES` are part of the package."""
    from skimage import data

    pixels: Pixels = np.asarray(getattr(data, name)())
    return pixels


def encode(pixels: Pixels, format_name: str = "JPEG", **options: Any) -> bytes:
    """The bytes of an image file."""
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, format_name, **options)
    return buffer.getvalue()


def make_video(target: Path, *, frames: int = 20, rate: int = 10, size: tuple[int, int] = (160, 120)) -> Path:
    """A video that zooms into a photograph: H.264 in MP4."""
    still = target.with_suffix(".still.png")
    still.write_bytes(encode(photograph("astronaut"), "PNG"))
    zoom = f"zoompan=z='1+0.02*on':d={frames}:s={size[0]}x{size[1]}:fps={rate}"
    command = ["ffmpeg", "-loglevel", "error", "-y", "-i", str(still), "-vf", zoom, "-pix_fmt", "yuv420p"]
    subprocess.run([*command, str(target)], check=True)
    still.unlink()
    return target


def make_long_video(target: Path) -> Path:
    """40 seconds of noise, about 70 MB, a key frame each second: red, then blue from the middle on."""
    halves = [f"color={colour}:s=640x360:d=20:r=10" for colour in ("red", "blue")]
    inputs = [word for half in halves for word in ("-f", "lavfi", "-i", half)]
    graph = ["-filter_complex", "[0][1]concat=n=2,noise=alls=60:allf=t+u"]
    encoder = ["-c:v", "libx264", "-preset", "ultrafast", "-crf", "18", "-g", "10", "-pix_fmt", "yuv420p"]
    subprocess.run(["ffmpeg", "-loglevel", "error", "-y", *inputs, *graph, *encoder, str(target)], check=True)
    return target
