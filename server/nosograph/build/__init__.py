"""The steps from graphs to a release; knows nothing of HTTP."""
