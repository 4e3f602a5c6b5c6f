"""Questions that upstream's importers ask of any address in a label file, asked of one on the web."""

from __future__ import annotations

import pytest

from safelight.files import Files


@pytest.mark.parametrize("address", ["https://host/", "https://host", "http://127.0.0.1:9/directory"])
def test_the_web_has_no_directories(files: Files, address: str) -> None:
    assert not files.isdir(address)


def test_a_host_alone_is_no_file(files: Files) -> None:
    assert not files.exists("https://annotation.provider/")
