"""Runs the command line as ``python -m nosograph.cli``."""

from nosograph.cli.program import main

if __name__ == "__main__":
    main()
