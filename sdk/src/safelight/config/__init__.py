"""Every setting: its name in the environment, its name in the file, its type, its default and what it means.

    parameters      what a setting is, and how a table of settings is filled
    media_cache     the table of the media cache and of credentials that are kept beside it
    storage         all providers' options, put together
    s3 minio ...    per provider: the table of its variables, and how they become its options
    api             the table of the connection to a team server
    profiles        sections of `.ini` files with credentials

This is the only package that reads the environment and the files named by it; provider SDKs read their own.
"""

from safelight.config.api import ApiConfig, load_api_config
from safelight.config.media_cache import MediaCacheConfig, load_config
from safelight.config.storage import storage_options

__all__ = ["ApiConfig", "MediaCacheConfig", "load_api_config", "load_config", "storage_options"]
