"""Finding the failing hop between a script and what it needs, and saying what to do about it.

report      what a check found: one finding per hop
hops        what lies between two machines: name, connection, TLS, clock
storage     the hops between a script and an object, in the order in which requests meet them
remedies    what to do, by kind of error
"""
