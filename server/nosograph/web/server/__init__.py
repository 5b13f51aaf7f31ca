"""The server: the front on an event loop and its connections, release switch, access log, metrics, response cache."""
