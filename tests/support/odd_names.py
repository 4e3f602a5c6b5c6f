"""Object names as people choose them."""

from __future__ import annotations

from typing import Final

PLAIN_NAMES: Final = [
    "plain.jpg",
    "with space.jpg",
    "per%cent%20.jpg",
    "plus+plus.jpg",
    "hash#tag.jpg",
    "question?mark=1.jpg",
    "ünï/日本語.jpg",
    "e\u0301.jpg",
    "quotes'\"<>&|^`.jpg",
    "brackets[1]{2}(3)~!$*.jpg",
    " leading and trailing ",
    "..dots...jpg",
    "n" * 250 + ".jpg",
]
#: Names that the client of a kind of store cannot carry.
UNCARRIED: Final = {"webdav": ["per%cent%20.jpg", "hash#tag.jpg", "question?mark=1.jpg"]}

# What each double can hold: SeaweedFS refuses segments of dots with 400, takes a backslash for a slash and
# lists two slashes as one; moto answers 500 to control characters.
NO_PATHS: Final = {
    "s3": ["double//slash.jpg", "tab\there.jpg", "control\x01.jpg"],
    "moto": [
        "double//slash.jpg",
        "tab\there.jpg",
        "up/../down.jpg",
        "here/./there.jpg",
        "../outside.jpg",
        "/leading",
        "trailing/",
        "back\\slash",
    ],
}
NO_PATHS["minio"] = NO_PATHS["s3"]  # the same server
