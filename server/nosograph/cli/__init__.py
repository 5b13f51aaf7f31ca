"""The command line: one module a command."""

from nosograph.cli.program import cli, main

__all__ = ["cli", "main"]
