"""The API connection: MongoDB's wire protocol over a WebSocket, each command judged for whoever sends it.

    route ── channel ── conversation ── judge (policy) ── backend (pools of the two accounts) ── MongoDB

`docs/design/api-connection.md` shows the whole way of a command.
"""
