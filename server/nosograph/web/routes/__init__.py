"""The routes: each reads a request, asks the release, and answers. They and ``application`` alone know Flask."""
