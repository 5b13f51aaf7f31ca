"""The routes: each reads a request, asks the release, and answers; the only modules that know Flask."""
