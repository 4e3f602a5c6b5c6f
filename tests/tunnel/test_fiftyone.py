"""Unchanged FiftyOne scripts whose database is behind the API: in every process that FiftyOne starts."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from conftest import MongoDB
from support.api_script import run_script
from support.gateway_rig import KEY, RunningGateway

Script = Callable[..., str]


@pytest.fixture
def script(gateway: RunningGateway, tmp_path: Path) -> Script:
    """Run a script as a user with an API connection, and return what it printed."""

    def run(source: str, expect: int = 0, **environment: str) -> str:
        settings = {"FIFTYONE_API_URI": gateway.url, "FIFTYONE_API_KEY": KEY}
        return run_script(source, tmp_path, {**settings, **environment}, expect)

    return run


def test_a_script_works_unchanged(script: Script, mongodb: MongoDB, tmp_path: Path) -> None:
    """One process for all that needs no other: importing FiftyOne takes seconds."""
    with mongodb.client() as client:
        datasets = client["fiftyone"]["datasets"]
        datasets.delete_many({"name": {"$in": ["somebody-elses", "api-mine"]}})
        datasets.insert_one({"name": "somebody-elses", "slug": "somebody-elses", "persistent": False})
        said = script(
            """
            import asyncio
            import sys
            import fiftyone as fo
            import fiftyone.core.odm as foo
            from fiftyone.core.cli import main

            dataset = fo.Dataset("api-mine")  # not persistent
            dataset.add_samples([fo.Sample(f"/images/{i}.jpg", number=i) for i in range(50)], progress=False)
            view = dataset.match(fo.ViewField("number") > 40)
            assert view.values("number") == list(range(41, 50))
            dataset.save_view("large", view)
            assert len(fo.load_dataset("api-mine").load_saved_view("large")) == 9
            print(foo.get_db_conn().client.topology_description.topology_type_name)

            async def work():
                first, second = foo.get_async_db_conn(), foo.get_async_db_conn()
                assert first.client is second.client
                assert await first["datasets"].find_one({"name": "nothing"}) is None
                return first.client

            assert asyncio.run(work()) is not asyncio.run(work())

            assert fo.config.database_admin is False
            assert fo.config.api_key == "the-key"
            print(fo.config, repr(fo.config), fo.config.serialize(), repr(fo.config.api_key))
            sys.argv = ["fiftyone", "config", "api_key"]
            main()
            """,
            TMPDIR=str(tmp_path),
        )
        names = set(datasets.distinct("name"))
        datasets.delete_many({"name": {"$in": ["somebody-elses", "api-mine"]}})
    assert "LoadBalanced" in said
    assert "the-key" not in said
    assert said.count("**********") == 5
    assert {"somebody-elses", "api-mine"} <= names, "a clean-up at exit deleted what it should not"
    assert [path for path in tmp_path.iterdir() if path.name.startswith("safelight-tunnel")] == []


def test_every_process_has_connections_of_its_own(script: Script) -> None:
    said = script(
        """
        import multiprocessing
        import os
        import fiftyone as fo

        def count(name):
            return fo.load_dataset(name).count(), fo.config.database_uri

        def daemon(name):
            reading, writing = os.pipe()
            middle = os.fork()
            if middle == 0:
                if os.fork() == 0:  # its parent is gone when it looks
                    os.read(reading, 1)
                    print("the daemon counts", fo.load_dataset(name).count(), flush=True)
                os._exit(0)
            os.waitpid(middle, 0)
            os.write(writing, b"x")

        if __name__ == "__main__":
            dataset = fo.Dataset("api-processes", overwrite=True)
            dataset.add_samples([fo.Sample(f"/images/{i}.jpg") for i in range(40)], progress=False)
            results = dict(dataset.map_samples(
                lambda sample: (os.getpid(), fo.config.database_uri), num_workers=2, progress=False,
                parallelize_method="process", save=False,
            ))
            assert len(results) == 40
            addresses = {uri for _, uri in results.values()} | {fo.config.database_uri}
            assert len(addresses) == 1 + len({pid for pid, _ in results.values()})
            assert os.getpid() not in {pid for pid, _ in results.values()}
            with multiprocessing.get_context("spawn").Pool(1) as pool:
                total, uri = pool.apply(count, ["api-processes"])
            assert total == 40 and uri not in addresses
            assert count("api-processes") == (40, fo.config.database_uri)
            daemon("api-processes")
        """
    )
    assert "the daemon counts 40" in said


def test_the_app_of_a_script_connects_with_its_key(script: Script) -> None:
    said = script(
        """
        import json, urllib.request
        import fiftyone as fo
        import fiftyone.core.service as services
        from safelight_server.quickstart.ports import find_free_port

        dataset = fo.Dataset("api-app", overwrite=True)
        dataset.persistent = True
        dataset.add_sample(fo.Sample("/images/1.jpg"))
        port = find_free_port()
        service = services.ServerService(port)
        try:
            query = json.dumps({"query": "{ estimatedDatasetCount }"}).encode()
            address, headers = f"http://localhost:{port}/graphql", {"Content-Type": "application/json"}
            request = urllib.request.Request(address, query, headers)
            print(urllib.request.urlopen(request, timeout=60).read())
        finally:
            service.stop()
            dataset.delete()
        """
    )
    assert "estimatedDatasetCount" in said


def test_a_refused_key_is_said(script: Script) -> None:
    said = script("import fiftyone as fo; fo.list_datasets()", expect=1, FIFTYONE_API_KEY="not-the-key")
    assert "ApiKeyRefusedError" in said
    assert "this API key is not accepted: it is unknown" in said
    assert "not-the-key" not in said
