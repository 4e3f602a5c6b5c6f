"""The API connection on the user's side: from a private socket to WebSockets, in MongoDB's own protocol."""
