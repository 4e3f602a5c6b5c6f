"""Access tokens: their text, what they allow, and where they are kept.

store = TokenStore(Database(state_dir))
text, token = store.create("alice", Scope.READ, expires_in=timedelta(days=90))   # the text is not kept
store.revoke(token.id)                                                           # effective at once
"""

from safelight_index.tokens.directory import TokenDirectory
from safelight_index.tokens.model import Scope, Token
from safelight_index.tokens.store import TokenStore
from safelight_index.tokens.text import TokenText

__all__ = ["Scope", "Token", "TokenDirectory", "TokenStore", "TokenText"]
