"""What answers at which address.

GET  /simple/NAME/   /NAME/          a project's page: HTML or JSON, both addresses alike
GET  /simple/        /               the list of private projects
GET  /packages/FILE  /packages/FILE.metadata
POST /               /legacy/        upload form (twine, uv, Poetry)                        scope: upload
PUT, DELETE /packages/FILE/yank      withdraw a file, the body is the reason; take it back  scope: admin
GET  /whoami                         the token's name, scope and expiry, as JSON
GET  /metrics                        counters                                               scope: admin
GET  /health  /ready                 without a token: the process runs; the catalogue can be read
"""

from __future__ import annotations

from starlette.routing import Route

from safelight_index.endpoints import packages, simple, support, uploads
from safelight_index.endpoints.guard import guarded
from safelight_index.tokens import Scope

_NOTHING = guarded(support.nothing)

ROUTES = [
    Route("/simple/{name}/", guarded(simple.project)),
    Route("/packages/{filename}", guarded(packages.file)),
    Route("/packages/{filename}/yank", guarded(packages.yank, Scope.ADMIN), methods=["PUT"]),
    Route("/packages/{filename}/yank", guarded(packages.unyank, Scope.ADMIN), methods=["DELETE"]),
    Route("/", guarded(uploads.upload, Scope.UPLOAD), methods=["POST"]),
    Route("/legacy/", guarded(uploads.upload, Scope.UPLOAD), methods=["POST"]),
    Route("/", guarded(simple.index)),
    Route("/simple/", guarded(simple.index)),
    Route("/packages/", _NOTHING),
    Route("/whoami", guarded(support.whoami)),
    Route("/metrics", guarded(support.metrics, Scope.ADMIN)),
    Route("/health", support.health),
    Route("/ready", support.ready),
    Route("/simple/{name}", guarded(simple.add_slash)),
    Route("/{name}/", guarded(simple.project)),
    Route("/{name}", guarded(simple.add_slash)),
    Route("/{path:path}", _NOTHING, methods=["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]),
]
"""In order: the first that fits answers."""
