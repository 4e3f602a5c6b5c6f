"""Every setting: its name in the environment, its name in the file, its type, its default and what it means.

The fields of `MediaCacheConfig` and `StorageEnvironment` are that table. An environment variable wins over
the file (`~/.fiftyone/media_cache_config.json`, or `FIFTYONE_MEDIA_CACHE_CONFIG_PATH`), the file over the
default. This is the only module that reads the environment; boto3 reads AWS's own variables and files itself.
"""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any, Final

from safelight.cache.options import CacheOptions
from safelight.errors import ConfigError
from safelight.storage.options import S3Account, S3Options, StorageOptions

logger = logging.getLogger(__name__)

CONFIG_PATH_VARIABLE: Final = "FIFTYONE_MEDIA_CACHE_CONFIG_PATH"
DEFAULT_CONFIG_PATH: Final = "~/.fiftyone/media_cache_config.json"

_REQUESTS_PER_WORKER: Final = 8
"""One worker of upstream's thread pools is worth so many requests in flight of an event loop."""

_WORDS: Final = {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}


@dataclass(frozen=True, slots=True)
class Parameter:
    """Where a setting comes from.

    Attributes:
        env: environment variable, or None
        read: makes the value from what the environment (text) or the file (JSON) says; raises `ValueError`
        in_file: whether the file may set it, by the field's name
        doc: what it means
    """

    env: str | None
    read: Callable[[Any], Any]
    in_file: bool
    doc: str


def _integer(value: Any) -> int:
    if isinstance(value, bool) or (isinstance(value, float) and not value.is_integer()):
        raise ValueError("expected a whole number")
    return int(value)


def _positive(value: Any) -> int:
    number = _integer(value)
    if number < 1:
        raise ValueError("expected a number above zero")
    return number


def _boolean(value: Any) -> bool:
    if isinstance(value, bool):
        return value
    try:
        return _WORDS[str(value).strip().lower()]
    except KeyError:
        raise ValueError("expected true or false") from None


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError("expected text")  # noqa: TRY004 - one kind of error for wrong settings
    return value


def _path(value: Any) -> str:
    return str(Path(_text(value)).expanduser().absolute())


def _names(value: Any) -> frozenset[str]:
    return frozenset(name.strip() for name in _text(value).split(",") if name.strip())


def _client_arguments(value: Any) -> dict[str, dict[str, Any]]:
    if isinstance(value, dict) and all(isinstance(kwargs, dict) for kwargs in value.values()):
        return value
    raise ValueError('expected an object of objects, such as {"s3": {"max_pool_connections": 20}}')


def _setting(
    default: Any,
    doc: str,
    *,
    env: str | None = None,
    read: Callable[[Any], Any] = _text,
    in_file: bool = True,
) -> Any:
    metadata = {"parameter": Parameter(env, read, in_file, doc)}
    if callable(default):
        return field(default_factory=default, metadata=metadata)
    return field(default=default, metadata=metadata)


@dataclass(slots=True)
class MediaCacheConfig:
    """The settings of the media cache: `fo.media_cache_config`.

    They are read once, when the cache is first used; set them before that, or call
    `safelight.runtime.reset()`.
    """

    cache_dir: str = _setting(
        lambda: _path("~/fiftyone/__cache__"),
        "directory of the cache",
        env="FIFTYONE_MEDIA_CACHE_DIR",
        read=_path,
    )
    cache_size_bytes: int = _setting(
        34_359_738_368,
        "how much the cache may hold; -1 for no limit and no housekeeping",
        env="FIFTYONE_MEDIA_CACHE_SIZE_BYTES",
        read=_integer,
    )
    download_size_bytes: int = _setting(
        134_217_728,
        "target size of the batches of download contexts; negative for one batch",
        env="FIFTYONE_MEDIA_CACHE_DOWNLOAD_SIZE_BYTES",
        read=_integer,
    )
    num_workers: int = _setting(
        lambda: os.cpu_count() or 1,
        "workers that download; each has several requests in flight",
        env="FIFTYONE_MEDIA_CACHE_NUM_WORKERS",
        read=_positive,
    )
    cache_app_images: bool = _setting(
        False,
        "whether the App keeps the images that it shows in the cache",
        env="FIFTYONE_MEDIA_CACHE_APP_IMAGES",
        read=_boolean,
    )
    aws_config_file: str | None = _setting(None, "AWS config or credentials file", read=_path)
    aws_profile: str | None = _setting(None, "profile in the AWS files")
    google_application_credentials: str | None = _setting(None, "Google credentials file", read=_path)
    azure_credentials_file: str | None = _setting(None, "Azure credentials file", read=_path)
    azure_profile: str | None = _setting(None, "section in the Azure credentials file")
    minio_config_file: str | None = _setting(None, "MinIO config file", read=_path)
    minio_profile: str | None = _setting(None, "section in the MinIO config file")
    extra_client_kwargs: dict[str, dict[str, Any]] = _setting(  # noqa: RUF009 - `_setting` makes a `field`
        dict, "extra arguments for the providers' clients, by provider", read=_client_arguments
    )

    def cache_options(self) -> CacheOptions:
        """The settings in the terms of `safelight.cache`."""
        return CacheOptions(
            cache_dir=Path(_path(self.cache_dir)),
            size_bytes=self.cache_size_bytes,
            requests=self.num_workers * _REQUESTS_PER_WORKER,
        )

    def __str__(self) -> str:
        return json.dumps(asdict(self), indent=4)


@dataclass(frozen=True, slots=True)
class StorageEnvironment:
    """What the environment says about storage, in the names that users of other tools know."""

    s3_endpoint_url: str | None = _setting(
        None, "an S3-compatible server for s3:// addresses", env="S3_ENDPOINT_URL", in_file=False
    )
    s3_canned_acl: str | None = _setting(None, "ACL of uploaded objects", env="S3_CANNED_ACL", in_file=False)
    requester_pays: frozenset[str] = _setting(
        frozenset,
        "buckets, separated by commas, whose requests say that the caller pays",
        env="MOSAICML_STREAMING_AWS_REQUESTER_PAYS",
        read=_names,
        in_file=False,
    )


def load_config(environ: Mapping[str, str] | None = None) -> MediaCacheConfig:
    """Read the settings of the media cache.

    Args:
        environ: the environment; None for the process's own

    Raises:
        ConfigError: a setting is wrong: which one, where it stands, what was expected
    """
    environ = os.environ if environ is None else environ
    chosen = environ.get(CONFIG_PATH_VARIABLE)
    path = Path(chosen or DEFAULT_CONFIG_PATH).expanduser()
    if chosen and not path.is_file():
        raise ConfigError(f"{CONFIG_PATH_VARIABLE} names {path}, which is not a file")
    content = _read_file(path)
    for key in sorted(set(content) - {each.name for each in fields(MediaCacheConfig)}):
        logger.warning("%s: unknown setting %r is ignored", path, key)
    return MediaCacheConfig(**_values(MediaCacheConfig, environ, content, path))


def storage_options(config: MediaCacheConfig, environ: Mapping[str, str] | None = None) -> StorageOptions:
    """Read the settings of storage.

    Args:
        config: the settings that users keep beside those of the cache
        environ: the environment; None for the process's own

    Raises:
        ConfigError: as `load_config`
    """
    environ = os.environ if environ is None else environ
    found = StorageEnvironment(**_values(StorageEnvironment, environ, {}, Path()))
    return StorageOptions(
        s3=S3Options(
            account=S3Account(endpoint_url=found.s3_endpoint_url),
            fallback_config_file=config.aws_config_file,
            fallback_profile=config.aws_profile,
            client_kwargs=config.extra_client_kwargs.get("s3", {}),
            requester_pays=found.requester_pays,
            canned_acl=found.s3_canned_acl,
        ),
        connections=max(StorageOptions().connections, config.num_workers * _REQUESTS_PER_WORKER),
    )


def parameters() -> dict[str, Parameter]:
    """Return the whole table, by field name, for documentation and for the command line."""
    return {
        each.name: each.metadata["parameter"]
        for owner in (MediaCacheConfig, StorageEnvironment)
        for each in fields(owner)
    }


def _read_file(path: Path) -> dict[str, Any]:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise ConfigError(f"cannot read the media cache config {path}: {error}") from error
    if not isinstance(content, dict):
        raise ConfigError(f"the media cache config {path} is not a JSON object")
    return content


def _values(
    owner: type[MediaCacheConfig | StorageEnvironment],
    environ: Mapping[str, str],
    content: Mapping[str, Any],
    path: Path,
) -> dict[str, Any]:
    values = {}
    for each in fields(owner):
        parameter: Parameter = each.metadata["parameter"]
        if parameter.env and environ.get(parameter.env):
            values[each.name] = _read(parameter, environ[parameter.env], parameter.env)
        elif parameter.in_file and content.get(each.name) is not None:
            values[each.name] = _read(parameter, content[each.name], f"{each.name!r} in {path}")
    return values


def _read(parameter: Parameter, value: Any, source: str) -> Any:
    try:
        return parameter.read(value)
    except (ValueError, TypeError) as error:
        raise ConfigError(f"{source} ({parameter.doc}): {error}, not {value!r}") from None
