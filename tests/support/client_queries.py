"""Queries that every client sends, so that their answers can be compared."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

SUBTYPES: Final = """
PREFIX noso: <https://w3id.org/nosograph/ontology#>
PREFIX skos: <http://www.w3.org/2004/02/skos/core#>
SELECT ?subtype ?label WHERE {
  <https://w3id.org/nosograph/condition/scleroderma> noso:hasSubtype ?subtype .
  ?subtype skos:prefLabel ?label
}
"""

SUBTYPE_GRAPH: Final = """
PREFIX noso: <https://w3id.org/nosograph/ontology#>
PREFIX skos: <http://www.w3.org/2004/02/skos/core#>
CONSTRUCT { ?subtype skos:prefLabel ?label } WHERE {
  <https://w3id.org/nosograph/condition/scleroderma> noso:hasSubtype ?subtype .
  ?subtype skos:prefLabel ?label
}
"""

IS_A_CONDITION: Final = """
PREFIX noso: <https://w3id.org/nosograph/ontology#>
ASK { <https://w3id.org/nosograph/condition/scleroderma> a noso:Condition }
"""

BROKEN: Final = "SELECT ?s WHERE {\n  ?s ?p ?o .\n  FILTER(?s = \n}"
"""A filter without its second operand: the error is at line 4, column 1."""

GIVEN: Final = "https://e.org/given"
"""The predicate by which a client's own data name what it asks about."""

ROWS: Final = 1000
"""Rows of the block of data in a federated query."""


@dataclass(frozen=True)
class Given:
    """What a client's own data ask about: a thousand resources, of which this endpoint knows some.

    Attributes:
        iris: the resources.
        known: how many of them the endpoint has a label of.
        turtle: the client's data.
    """

    iris: tuple[str, ...]
    known: int
    turtle: str

    @property
    def block(self) -> str:
        """The resources as inline data of a query."""
        return f"VALUES ?thing {{ {' '.join(f'<{iri}>' for iri in self.iris)} }}"
