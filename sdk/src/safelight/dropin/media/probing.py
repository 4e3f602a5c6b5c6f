"""Questions about remote videos: ffprobe reads what it needs over a signed URL instead of the whole file."""

from __future__ import annotations

import logging
import subprocess
from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from safelight.errors import SafelightError

logger = logging.getLogger(__name__)

_VALIDITY: Final = timedelta(minutes=10)
_TIMEOUT_SECONDS: Final = 300.0
"""Counting frames decodes the whole video; a probe of headers takes one round trip or a few."""


def probe_remote(options: Sequence[str], url: str) -> bytes | None:
    """Run ffprobe on a signed URL.

    Upstream's own call would log the command, and keep it: with it the signature. So ffprobe is started here.

    Args:
        options: ffprobe's options
        url: a remote address

    Returns:
        what ffprobe prints, with the address in place of the signed URL; None when it needs a local file:
        there is one already, the store cannot sign, or ffprobe cannot read the object there

    Raises:
        FileNotFoundError: there is no ffprobe
    """
    signed = _sign(url)
    if signed is None:
        return None
    command = ["ffprobe", *options, "-i", signed]
    try:
        done = subprocess.run(  # noqa: S603 - no shell
            command, capture_output=True, check=False, timeout=_TIMEOUT_SECONDS
        )
    except subprocess.TimeoutExpired:
        logger.debug("ffprobe took too long to read %s from its store", url)
        return None
    if done.returncode:
        logger.debug("ffprobe cannot read %s from its store (status %d)", url, done.returncode)
        return None
    return done.stdout.replace(signed.encode(), url.encode())


def _sign(url: str) -> str | None:
    from safelight.runtime import get_runtime

    runtime = get_runtime()
    if runtime.cache.is_cached(url):
        return None
    uri = runtime.stores.parse(url)
    try:
        return runtime.portal.run(runtime.stores.store_for(uri).sign(uri, expires=_VALIDITY))
    except SafelightError as error:
        logger.debug("%s cannot be signed: %s", uri.public_text, error)
        return None
