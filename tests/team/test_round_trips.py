"""How often a script asks the server: on a real network each time costs milliseconds, whatever it asks."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from textwrap import dedent

import pytest

from support.api_script import run_script
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
        connection = {"FIFTYONE_API_URI": network.url, "FIFTYONE_API_KEY": people["MEMBER"].key}

        def ask(script: str) -> Counter[str]:
            said = run_script(_HEAD + dedent(script), tmp_path, connection)
            before, after = json.loads(said.splitlines()[-1])
            return Counter(after) - Counter(before)

        yield ask


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
