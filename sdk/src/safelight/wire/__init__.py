"""MongoDB's wire protocol, without input or output: bytes in, messages out; limits before memory.

Only what a driver says to a server since MongoDB 3.6 is understood: OP_MSG, and the OP_QUERY that older
handshakes begin with. Everything else is refused, since nobody could say what it is allowed to do.
"""
