"""How often a script asks the server: on a real network each time costs milliseconds, whatever it asks."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from textwrap import dedent

import pytest

from support.api_server import Person, RunningApi
from support.rough_network import rough_network

_HEAD = """
import json
import urllib.request
from contextlib import contextmanager

import fiftyone as fo
from prometheus_client.parser import text_string_to_metric_families

def counted():
    # As the gateway counts them.
    text = urllib.request.urlopen(f"{fo.config.api_uri}/metrics").read().decode()
    counts = {}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            if sample.name == "safelight_gateway_commands_total":
                counts[sample.labels["command"]] = counts.get(sample.labels["command"], 0) + sample.value
    return counts

@contextmanager
def commands():
    before = counted()
    yield
    print(json.dumps([before, counted()]))

"""


Asked = Callable[[str], Counter[str]]


@pytest.fixture
def asked(api: RunningApi, people: dict[str, Person], tmp_path: Path) -> Iterator[Asked]:
    """What a member's script asks for between two calls of `commands`, with 20 ms to the server and back."""
    with rough_network(api.url) as network:
        network.delay_s = 0.01
        yield lambda script: _asked(
            network.url, people["MEMBER"], tmp_path / "script.py", _HEAD + dedent(script)
        )


def _asked(url: str, person: Person, file: Path, script: str) -> Counter[str]:
    file.write_text(script)
    environment = {name: value for name, value in os.environ.items() if name != "FIFTYONE_DATABASE_URI"}
    environment |= {"FIFTYONE_API_URI": url, "FIFTYONE_API_KEY": person.key}
    done = subprocess.run(
        [sys.executable, str(file)], env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    before, after = json.loads(done.stdout.splitlines()[-1])
    return Counter(after) - Counter(before)


def test_set_values_asks_a_few_times_however_many_samples_live(asked: Asked) -> None:
    commands = asked(
        """
        dataset = fo.Dataset()
        samples = [fo.Sample(f"/{i}.jpg") for i in range(3000)]
        dataset.add_samples(samples, progress=False)
        with commands():
            dataset.set_values("score", [i / 2 for i in range(3000)])
        assert [sample.score for sample in samples] == [i / 2 for i in range(3000)]
        """
    )
    assert commands.total() <= 30, commands
    assert commands["find"] >= 3, "nothing was reloaded"


def test_reload_asks_a_few_times_however_many_frames_live(asked: Asked) -> None:
    commands = asked(
        """
        dataset = fo.Dataset()
        samples = [fo.Sample(f"/{i}.mp4") for i in range(30)]
        for sample in samples:
            for number in range(1, 51):
                sample.frames[number] = fo.Frame(n=number)
        dataset.add_samples(samples, progress=False)
        frames = [frame for sample in samples for _, frame in sorted(sample.frames.items())]
        dataset.set_values("frames.score", [[number / 2 for number in range(50)]] * 30)
        with commands():
            dataset.reload()
        assert [frame.score for frame in frames] == [number / 2 for number in range(50)] * 30
        """
    )
    assert commands.total() <= 30, commands
    assert commands["find"] >= 3, "nothing was reloaded"
