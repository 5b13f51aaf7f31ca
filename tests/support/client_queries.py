"""Queries that every client sends, so that their answers can be compared."""

from __future__ import annotations

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
