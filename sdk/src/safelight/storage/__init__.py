"""Object storage: one address type, one protocol, one package per provider.

    uri ──► registry ──► provider's store (base.ObjectStore) ──► native   obstore: the bytes of plain keys
                                                            └──► sdk      the provider's Python SDK: the rest
    transfer    whole objects between stores and files, verified
    portal      the event loop for callers that are not coroutines

A provider is a package with the same modules as `s3`: `store` (the `ObjectStore`, and the `Provider` class
that `registry.PROVIDERS` names), `session` (as whom: the SDK's own credential chain, with the media cache
config in its place), `native` (an obstore store that agrees with the SDK's client), `sdk` (everything that
obstore cannot do, and everything in forked children), `describe` (metadata as `ObjectInfo`) and `errors` (the
SDK's exceptions in the words of `safelight.errors`). Its options are a dataclass in `options`, its scheme
moves from `uri.PLANNED` to `uri.PROVIDERS`, and its rig joins the contract suite.
"""
