"""`safelight storage cors show` and `safelight storage cors apply`."""

from __future__ import annotations

import json
from argparse import ArgumentParser, ArgumentTypeError, Namespace
from dataclasses import asdict
from typing import Final
from urllib.parse import urlsplit

from safelight.command_line import Command, Group


def _configure_show(parser: ArgumentParser) -> None:
    parser.add_argument("url", help="a bucket, such as s3://bucket")


def _configure_apply(parser: ArgumentParser) -> None:
    _configure_show(parser)
    parser.add_argument(
        "--origin",
        type=_origin,
        action="append",
        required=True,
        help="origin of the pages, such as https://app.example.com, or * (may be given again)",
    )
    parser.add_argument("--method", action="append", help="HTTP method (default: GET and HEAD)")
    parser.add_argument(
        "--max-age", type=int, default=86400, help="seconds that browsers remember the answer"
    )


def _origin(text: str) -> str:
    """As browsers send it, without anything behind the port: a rule for another text would match nothing."""
    parts = urlsplit(text)
    if text != "*" and (not parts.scheme or text != f"{parts.scheme}://{parts.netloc}"):
        raise ArgumentTypeError(f"{text!r} is no origin: write it like https://app.example.com or *")
    return text


def _show(arguments: Namespace) -> int:
    from safelight.runtime import get_runtime

    runtime = get_runtime()
    uri = runtime.stores.parse(arguments.url)
    store = runtime.stores.store_for(uri)

    async def rules() -> list[dict[str, object]]:
        return [asdict(rule) for rule in await store.cors(uri)]

    print(json.dumps(runtime.portal.run(rules()), indent=2))
    return 0


def _apply(arguments: Namespace) -> int:
    from safelight.runtime import get_runtime
    from safelight.storage.base import CorsRule

    runtime = get_runtime()
    uri = runtime.stores.parse(arguments.url)
    methods = tuple(arguments.method or ("GET", "HEAD"))
    rule = CorsRule(tuple(arguments.origin), methods, max_age_seconds=arguments.max_age)
    runtime.portal.run(runtime.stores.store_for(uri).set_cors(uri, [rule]))
    print(f"pages of {', '.join(rule.origins)} may now {', '.join(methods)} objects of {uri.root}")
    return 0


GROUP: Final = Group(
    "cors",
    "Which web pages may read a bucket's objects in a browser.",
    (
        Command("show", "Print the CORS rules of a bucket as JSON.", _show, _configure_show),
        Command(
            "apply",
            "Let web pages of an origin read a bucket's objects.",
            _apply,
            _configure_apply,
            "Replaces the bucket's rules by one. Browsers need it for point clouds and segmentation maps.",
        ),
    ),
)
