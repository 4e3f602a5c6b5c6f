"""The drive's double as a place for the contract suite."""

from __future__ import annotations

import uuid
from typing import Any

from alipcs_py.alipcs.pcs import ALIYUNDRIVE_COM_API

from safelight.storage.alipan.options import AlipanOptions
from safelight.storage.alipan.session import TimedAdapter
from safelight.storage.credentials import Secret
from safelight.storage.options import RetryOptions, StorageOptions
from safelight.storage.portal import Portal
from safelight.storage.registry import StoreRegistry
from safelight.storage.uri import ObjectURI
from support.alipan_server import Alipan
from support.stores import QUICK, Rig


class _Redirected(TimedAdapter):
    """Sends what is meant for Alipan to the double: alipcs-py knows one address only."""

    def __init__(self, url: str, retry: RetryOptions) -> None:
        self._url = url
        super().__init__(retry.connect_timeout, retry.read_timeout, 10)

    def send(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        request.url = request.url.replace(ALIYUNDRIVE_COM_API, self._url, 1)
        return super().send(request, *args, **kwargs)


def redirected(rig: Rig, url: str) -> Rig:
    """The same rig, its client speaking to `url`."""
    store: Any = rig.store
    store._plane._session.http().mount(ALIYUNDRIVE_COM_API, _Redirected(url, rig.registry.options.retry))
    return rig


def alipan_rig_at(server: Alipan, portal: Portal, endpoint: str = "") -> Rig:
    """A new folder in the drive, by default reached directly."""
    registry = StoreRegistry(
        StorageOptions(retry=QUICK, alipan=AlipanOptions(refresh_token=Secret(server.add_token())))
    )
    base = ObjectURI("alipan", "", f"{uuid.uuid4().hex}/")
    return redirected(Rig("alipan", portal, registry, base, server), endpoint or server.url)
