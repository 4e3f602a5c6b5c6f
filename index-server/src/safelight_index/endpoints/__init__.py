"""What answers requests: one module per kind, each a few coroutines `(exchange) -> Response`."""
