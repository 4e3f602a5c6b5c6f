"""One process's view of the shared state, brought up to date on every request."""

from __future__ import annotations

from safelight_index.catalogue import Catalogue
from safelight_index.database import ChangeFeed, Database
from safelight_index.tokens.directory import TokenDirectory


class Mirror:
    """The tokens and the catalogue of one state directory, in memory from the beginning.

    `refresh` costs microseconds when nothing changed, so that a revoked token, a published file or a yank is
    seen by the next request of every process, whoever made the change.
    """

    def __init__(self, database: Database) -> None:
        self.catalogue = Catalogue()
        self.tokens = TokenDirectory()
        self._feed = ChangeFeed(database)
        self.refresh()

    def refresh(self) -> None:
        """Take in what changed since the last call.

        Raises:
            CatalogueUnavailableError: the state cannot be read; the caller must not answer from what it has
        """
        since = self._feed.revision
        with self._feed.changes() as connection:
            if connection is not None:
                self.tokens.load(connection, since)
                self.catalogue.load(connection, since)

    def close(self) -> None:
        """Give the connection back."""
        self._feed.close()
