"""Reads a mapping set by the package ``sssom``: from its table and from its RDF.

    python read_set.py TABLE TURTLE

prints the rows of both as JSON, in order. Run by the Python of an environment with ``sssom``.
"""

from __future__ import annotations

import json
import sys

from sssom.parsers import parse_sssom_rdf, parse_sssom_table


def main(table: str, turtle: str) -> None:
    """Print the rows; the RDF alone names mappings."""
    first = parse_sssom_table(table)
    second = parse_sssom_rdf(turtle, prefix_map=first.prefix_map, serialisation="turtle")
    columns = sorted(set(second.df.columns) - {"record_id"})
    rows = {
        name: sorted([columns, *read.df[columns].fillna("").astype(str).values.tolist()])
        for name, read in (("table", first), ("rdf", second))
    }
    print(json.dumps(rows))


if __name__ == "__main__":
    main(*sys.argv[1:])
