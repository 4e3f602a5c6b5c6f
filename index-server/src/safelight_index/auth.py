"""Who is asking: from the Authorization header to a token.

The token is accepted as Basic user name or Basic password, whatever the other field holds, and as Bearer: pip
sends `TOKEN:`, Poetry 1.8 needs some password, twine people write `__token__:TOKEN`. Everything that is not a
good token is 401, never 403 or 404: those make pip silent, and make uv go on to the next index.
"""

from __future__ import annotations

import base64
from datetime import datetime, timezone

from safelight_index.errors import InvalidTokenError, MissingTokenError, PermissionDeniedError
from safelight_index.tokens import Scope, Token, TokenDirectory, TokenText

CHALLENGE = 'Basic realm="Safelight package index", charset="UTF-8"'
"""The WWW-Authenticate header of every 401."""


def authenticate(authorization: str | None, tokens: TokenDirectory, now: datetime | None = None) -> Token:
    """Return the token that a request carries.

    Args:
        authorization: the Authorization header, or None
        tokens: the tokens of this index
        now: the time to judge expiry by; the present when None

    Raises:
        AuthenticationError: there is no good token; the message says why and what to do
    """
    fields = [] if authorization is None else _credentials(authorization)
    if not any(fields):
        raise MissingTokenError(
            "this package index needs a token: https://TOKEN:@HOST/ (the password stays empty)"
        )
    for field in fields:
        text = TokenText.parse(field)
        if text is not None:
            return tokens.verify(text, now or datetime.now(timezone.utc))
    raise InvalidTokenError(
        "the credentials hold no token of this index: mistyped, or cut when it was copied?"
    )


def require(token: Token, scope: Scope) -> None:
    """Let a token pass that may do `scope`.

    Raises:
        PermissionDeniedError: it may not
    """
    if not token.scope.includes(scope):
        raise PermissionDeniedError(
            f"the token {token.id} ({token.name}) has the scope {token.scope.value}; this needs {scope.value}"
        )


def require_package(token: Token, project: str) -> None:
    """Let a token pass that may touch a private project, given by its normalised name.

    Raises:
        PermissionDeniedError: it is for others
    """
    if not token.covers(project):
        raise PermissionDeniedError(
            f"the token {token.id} ({token.name}) is for {', '.join(token.packages)} only, not for {project}"
        )


def _credentials(authorization: str) -> list[str]:
    """Return the strings in which a token may stand; none when the header is not understood."""
    scheme, _, value = authorization.strip().partition(" ")
    if scheme.lower() == "bearer":
        return [value.strip()]
    if scheme.lower() != "basic":
        return []
    try:
        decoded = base64.b64decode(value.strip(), validate=True).decode("utf-8")
    except ValueError:  # neither ASCII, nor base64, nor UTF-8
        raise InvalidTokenError("the Authorization header is damaged: it is not base64 of text") from None
    user, _, password = decoded.partition(":")
    return [user, password]
