"""What a principal may do: pure functions and data, no I/O.

    Request + Access + Facts ──► policy.decide ──► Forward | Answer | Deny | Ask

A request that no rule allows is denied. `docs/design/policy.md` shows the whole table.
"""
