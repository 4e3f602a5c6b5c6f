"""The smallest script that needs the private fiftyone: a sample whose image stays in the cloud."""

from __future__ import annotations

from importlib.metadata import version

import fiftyone as fo

URI = "s3://my-bucket/photos/cat.jpg"


def main() -> None:
    """Say what is installed, and what it makes of a cloud address."""
    installed = version("fiftyone")
    print(f"fiftyone {installed}")
    if "+safelight." not in installed:
        raise SystemExit(
            "this is not the private fiftyone: is the source in pyproject.toml, and the lock up to date?"
        )
    print(f"sample {fo.Sample(filepath=URI).filepath}")


if __name__ == "__main__":
    main()
