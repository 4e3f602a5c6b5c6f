"""What a client can ask the index for, as small behaviours around one three-method interface.

FallbackRepository                     private names from one side, all others from the other; never merged
├── CatalogueRepository                our own files
└── RedirectRepository                 a redirect to the public index's page          (--fallback redirect)
    | ProxyRepository                  its page and files, passed through             (--fallback proxy)
    | NoRepository                     nothing                                        (--fallback off)
"""

from safelight_index.repositories.base import Repository
from safelight_index.repositories.catalogue import CatalogueRepository
from safelight_index.repositories.fallback import FallbackRepository, NoRepository, RedirectRepository
from safelight_index.repositories.proxy import ProxyRepository

__all__ = [
    "CatalogueRepository",
    "FallbackRepository",
    "NoRepository",
    "ProxyRepository",
    "RedirectRepository",
    "Repository",
]
