"""Validates KGX files by the validator of KGX, with the Biolink Model that is installed beside it.

Run by the Python of an environment with the packages ``kgx`` and ``biolink-model``. KGX fetches the model from the web
as soon as it is imported, so the default of its toolkit is exchanged before.

    python validate_kgx.py NODES EDGES PREFIX…

prints the errors as JSON. A PREFIX is one of CURIEs that the context of the Biolink Model does not have.
"""

from __future__ import annotations

import json
import logging
import sys
from pathlib import Path

import biolink_model
import bmt

MODEL = Path(biolink_model.__file__).parent if biolink_model.__file__ else Path(next(iter(biolink_model.__path__)))
bmt.Toolkit.__init__.__defaults__ = (str(MODEL / "schema" / "biolink_model.yaml"), {"predicate mappings": []})

from kgx import config  # noqa: E402

logging.disable(logging.WARNING)
config.jsonld_context_map["biolink"] = json.loads((MODEL / "prefixmaps" / "biolink_model_prefix_map.json").read_text())

from kgx.transformer import Transformer  # noqa: E402
from kgx.validator import Validator  # noqa: E402


def main(nodes: str, edges: str, *prefixes: str) -> None:
    """Print what the validator finds, and how many nodes and edges it saw."""
    validator = Validator()
    validator.prefixes |= set(prefixes)
    seen = {"NODE": 0, "EDGE": 0}

    def inspect(kind: object, record: list[object]) -> None:
        seen[kind.name] += 1  # type: ignore[attr-defined]
        validator(kind, record)

    Transformer(stream=True).transform(
        {"filename": [nodes, edges], "format": "jsonl"}, {"filename": None, "format": "null"}, inspector=inspect
    )
    required = {"nodes": validator.required_node_properties, "edges": validator.required_edge_properties}
    print(json.dumps({"seen": seen, "required": required, "errors": validator.get_errors()}, default=list))


if __name__ == "__main__":
    main(*sys.argv[1:])
