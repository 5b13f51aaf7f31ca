"""The server around the application: processes, release switch, access log, metrics, response cache."""
