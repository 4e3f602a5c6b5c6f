"""Every error that the index server raises on purpose.

    IndexServerError
    ├── SettingsError (ValueError)                  a setting is wrong: which one, and what it may be
    ├── AuthenticationError (PermissionError)       401: nobody we know is asking; the reason says why
    │   ├── MissingTokenError                       no token came
    │   ├── InvalidTokenError                       not a token of this index, or cut in the copying
    │   ├── ExpiredTokenError                       its time is over
    │   └── RevokedTokenError                       somebody took it back
    ├── PermissionDeniedError (PermissionError)     403: a good token, but not for this
    ├── TooManyFailuresError                        429: too many refused tokens from one address
    ├── ProjectNotFoundError (LookupError)          404
    ├── DistributionNotFoundError (LookupError)     404
    ├── TokenNotFoundError (LookupError)            a token id that the store does not have
    ├── UploadError (ValueError)                    400: the request is not an upload we take
    │   ├── InvalidDistributionError                the file is not what its name says
    │   └── UploadTooLargeError                     413
    ├── DistributionExistsError (FileExistsError)   409: the name is taken by other bytes, for ever
    ├── CatalogueUnavailableError (OSError)         503: never a reason to ask the public index instead
    └── PublicIndexError (OSError)                  502: the public index gave no usable answer

No message ever holds a token. `safelight_index.responses` maps the tree to HTTP, in one table.
"""

from __future__ import annotations


class IndexServerError(Exception):
    """Root of every error that the index server raises on purpose."""


class SettingsError(IndexServerError, ValueError):
    """A setting is wrong."""


class AuthenticationError(IndexServerError, PermissionError):
    """Nobody we know is asking."""


class MissingTokenError(AuthenticationError):
    """The request carries no token."""


class InvalidTokenError(AuthenticationError):
    """The credentials hold no token of this index."""


class ExpiredTokenError(AuthenticationError):
    """The token was good once."""


class RevokedTokenError(AuthenticationError):
    """The token was taken back."""


class PermissionDeniedError(IndexServerError, PermissionError):
    """The token is good, but its scope does not cover the request."""


class TooManyFailuresError(IndexServerError):
    """One address sent too many refused tokens."""


class ProjectNotFoundError(IndexServerError, LookupError):
    """The index has no such project."""


class DistributionNotFoundError(IndexServerError, LookupError):
    """The index has no such file."""


class TokenNotFoundError(IndexServerError, LookupError):
    """The store has no such token."""


class UploadError(IndexServerError, ValueError):
    """The request is not an upload that this index takes."""


class InvalidDistributionError(UploadError):
    """The file is not what its name says, or breaks a rule of its project."""


class UploadTooLargeError(UploadError):
    """The body is larger than the configured limit."""


class DistributionExistsError(IndexServerError, FileExistsError):
    """A file of this name with other bytes was published before."""


class CatalogueUnavailableError(IndexServerError, OSError):
    """The catalogue cannot be read now."""


class PublicIndexError(IndexServerError, OSError):
    """The public index gave no usable answer."""
