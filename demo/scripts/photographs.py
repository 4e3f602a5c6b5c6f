"""Puts real photographs into a bucket, with nothing but FiftyOne's own storage functions.

scikit-image and scikit-learn, which FiftyOne brings along, ship some. Beside each one goes a half-size JPEG,
as a messenger would make it, and two photographs go in twice: that leaves something to find.

Usage: photographs.py s3://BUCKET/PREFIX
"""

import sys
import tempfile
from pathlib import Path

import fiftyone.core.storage as fos
import skimage
import sklearn
from PIL import Image

FOLDERS = {
    Path(skimage.__file__).parent / "data": (
        "astronaut.png brick.png camera.png cell.png chelsea.png coffee.png coins.png grass.png gravel.png "
        "hubble_deep_field.jpg ihc.png moon.png motorcycle_left.png page.png retina.jpg rocket.jpg"
    ),
    Path(sklearn.__file__).parent / "datasets" / "images": "china.jpg flower.jpg",
}
TWICE = ("chelsea.png", "china.jpg")


def main(prefix: str) -> None:
    """Upload everything, and say how much that was."""
    originals = [folder / name for folder, names in FOLDERS.items() for name in names.split()]
    with tempfile.TemporaryDirectory() as scratch:
        small = [shrink(path, Path(scratch)) for path in originals]
        copies = [path for path in originals if path.name in TWICE]
        local = [str(path) for path in originals + small + copies]
        remote = [f"{prefix}/originals/{path.name}" for path in originals]
        remote += [f"{prefix}/small/{path.name}" for path in small]
        remote += [f"{prefix}/copies/{path.name}" for path in copies]
        fos.copy_files(local, remote, progress=True)
    size = sum(Path(path).stat().st_size for path in map(str, originals + copies))
    print(f"{len(remote)} photographs (the originals are {size / 1e6:.1f} MB) are in {prefix}")


def shrink(path: Path, folder: Path) -> Path:
    """Write half the size, as a JPEG of middling quality."""
    image = Image.open(path).convert("RGB")
    target = folder / f"{path.stem}.jpg"
    image.resize((image.width // 2, image.height // 2)).save(target, quality=70)
    return target


if __name__ == "__main__":
    main(sys.argv[1].rstrip("/"))
