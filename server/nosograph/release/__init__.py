"""From graphs to a release directory (``building`` and the modules it orders), and reading one back (``reading``)."""
