"""Object storage: one address type, one protocol, one package per provider.

    text ──► addresses ──► ObjectURI ──► registry ──► provider's store (base.ObjectStore)
                                                        ├──► native   obstore: the bytes of plain keys
                                                        └──► sdk      the provider's Python SDK: the rest
    transfer    whole objects between stores and files, verified
    portal      the event loop for callers that are not coroutines

A provider is a package with the same modules as `s3`:

    options     what a caller may choose, as dataclasses that import nothing heavy
    store       the `ObjectStore`, and the `Provider` class that `registry.PROVIDERS` names
    session     as whom: the SDK's own credential chain, with the media cache config in its place
    identity    which source of credentials was chosen and why, for people
    native      an obstore store that agrees with the SDK's client, where obstore speaks the protocol
    sdk         everything that obstore cannot do, and everything in forked children
    describe    metadata as `ObjectInfo`
    cors        CORS rules in the provider's form
    provider    instead of `store`, where importing that needs an extra: `registry.PROVIDERS` names its class
    errors      the SDK's exceptions in the words of `safelight.errors`

Where the SDK is the only plane and its calls block (Oracle, Databricks, Alipan, fsspec), `store` holds a
`blocking.BlockingPlane`; `folders` lists what has folders by any prefix, as an object store would.

How the environment and the config file become its options is `safelight.config.<provider>`; how its addresses
are written stands in `addresses`; its rig joins the contract suite in `tests/storage/conftest.py`.
"""
