"""What a shape's message promises to name is named."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from rdflib import Graph
from rdflib.namespace import SH

SHAPES = Graph()
for path in sorted((Path(__file__).parent.parent.parent / "shapes").glob("*.ttl")):
    SHAPES.parse(path)

TEMPLATES = [
    (str(shape), name)
    for shape, message in SHAPES.subject_objects(SH.message)
    for name in re.findall(r"\{[?$](\w+)\}", str(message))
]


@pytest.mark.parametrize(("shape", "name"), TEMPLATES)
def test_every_variable_of_a_message_is_selected(shape: str, name: str) -> None:
    """A message is filled from the solution of the shape's query (SHACL §5.3.2), so the query must select the name."""
    queries = [
        str(query)
        for node in SHAPES.subjects(SH.message)
        if str(node) == shape
        for constraint in SHAPES.objects(node, SH.sparql)
        for query in SHAPES.objects(constraint, SH.select)
    ]

    assert queries
    for query in queries:
        assert f"?{name}" in query.partition("WHERE")[0]
