"""Facts of every status, in the graphs of a release, from which dumps for other tools are made."""

from __future__ import annotations

from pathlib import Path

from pyoxigraph import RdfFormat, parse

from nosograph.rdf.names import Base
from nosograph.vocabulary.reading import read_vocabulary

FIELD = "https://e.org/field#"
BASE = Base(kinds=("illness", "sign", "fact"), vocabularies=(("field", FIELD),))
HEAD = f"""
PREFIX noso: <https://w3id.org/nosograph/ontology#> PREFIX field: <{FIELD}>
PREFIX illness: <{BASE.iri}illness/> PREFIX sign: <{BASE.iri}sign/> PREFIX graph: <{BASE.iri}graph/>
PREFIX fact: <{BASE.iri}fact/> PREFIX source: <{BASE.iri}source/> PREFIX biolink: <https://w3id.org/biolink/vocab/>
PREFIX dcterms: <http://purl.org/dc/terms/> PREFIX owl: <http://www.w3.org/2002/07/owl#>
PREFIX pav: <http://purl.org/pav/> PREFIX rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#>
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#> PREFIX skos: <http://www.w3.org/2004/02/skos/core#>
PREFIX xsd: <http://www.w3.org/2001/XMLSchema#>
"""
ONTOLOGY = f"""{HEAD} PREFIX vann: <http://purl.org/vocab/vann/>
<https://e.org/field> a owl:Ontology ; vann:preferredNamespacePrefix "field" ;
  vann:preferredNamespaceUri "{FIELD}"^^xsd:anyURI .
field:Illness a owl:Class ; rdfs:label "illness"@en ; noso:pathSegment "illness" ; rdfs:subClassOf biolink:Disease ;
  noso:codePrefix "http://purl.obolibrary.org/obo/DOID_"^^xsd:anyURI,
    "http://purl.obolibrary.org/obo/MONDO_"^^xsd:anyURI ;
  noso:preferredCodePrefix "http://purl.obolibrary.org/obo/MONDO_"^^xsd:anyURI .
field:Sign a owl:Class ; rdfs:label "sign"@en ; noso:pathSegment "sign" ; skos:closeMatch biolink:PhenotypicFeature .
field:shows a owl:ObjectProperty, noso:FactPredicate ; rdfs:label "shows"@en ; rdfs:subPropertyOf field:has .
field:has a owl:ObjectProperty, noso:FactPredicate ; rdfs:label "has"@en ;
  rdfs:subPropertyOf biolink:has_phenotype ; skos:closeMatch biolink:has_phenotype .
field:near a owl:ObjectProperty, noso:FactPredicate ; rdfs:label "near"@en .
field:howOften a owl:ObjectProperty, noso:Qualifier ; rdfs:label "how often"@en ;
  skos:closeMatch biolink:frequency_qualifier .
field:cases a owl:DatatypeProperty, noso:Qualifier ; rdfs:label "cases"@en ; skos:closeMatch biolink:has_count .
field:weather a owl:ObjectProperty, noso:Qualifier ; rdfs:label "weather"@en .
noso:context skos:closeMatch biolink:disease_context_qualifier .
noso:stated biolink:knowledge_level "knowledge_assertion" .
field:often a skos:Concept ; skos:inScheme field:Scheme ; skos:prefLabel "often"@en ;
  skos:exactMatch <http://purl.obolibrary.org/obo/HP_0040282> ; biolink:agent_type "manual_agent" .
"""


def fact(name: str, status: str, proposition: str, *evidence: str) -> str:
    """Return a fact with its evidence, each given as stance, certainty and what else it says.

    Args:
        name: its local name, a letter that is repeated.
        status: its status.
        proposition: subject, predicate and object; what follows a semicolon is said of the fact too.
        evidence: what is said of each piece of evidence.
    """
    whole = f"fact:{name * 16}"
    parts, _, more = proposition.partition(" ; ")
    subject, predicate, value = parts.split(" ", 2)
    lines = [
        f"{whole} a noso:Fact, rdf:Statement ; rdf:subject {subject} ; rdf:predicate {predicate} ; "
        f"rdf:object {value} ; "
        f"noso:status noso:{status}{' ; ' + more if more else ''} ."
    ]
    for number, said in enumerate(evidence):
        stance, certainty, *others = said.split(" ", 2)
        iri = f"<{BASE.iri}fact/{name * 16}/evidence/{number:016x}>"
        lines.append(f"{whole} noso:evidence {iri} .")
        lines.append(
            f"{iri} a noso:Evidence ; noso:stance noso:{stance} ; noso:certainty noso:{certainty} ; "
            f"noso:source source:book{' ; ' + others[0] if others else ''} ."
        )
    return "\n".join(lines)


FACTS = (
    fact(
        "a",
        "affirmed",
        "illness:flu field:has sign:fever",
        "supports stated field:howOften field:often ; field:cases 0",
    ),
    fact(
        "b",
        "affirmed",
        "illness:flu field:shows sign:rash",
        "supports stated field:weather field:rain",
        "supports possible",
    ),
    fact("c", "contested", "illness:cold field:has sign:fever", "supports stated", "disputes stated"),
    fact("d", "denied", "illness:cold field:has sign:rash", "disputes stated noso:cites source:paper"),
    fact("e", "denied", "illness:flu field:shows sign:fever", "disputes stated"),
    fact("f", "hypothesised", "illness:flu field:near illness:cold", "supports possible", "supports believed"),
    fact("0", "affirmed", "sign:fever field:near sign:rash ; noso:context illness:flu", "supports stated"),
    fact(
        "1",
        "affirmed",
        'illness:flu field:has "a text, é\\n"@en',
        'supports stated pav:curatedOn "2020-01-31"^^xsd:date',
    ),
)
DATA = f"""{HEAD}
GRAPH graph:conditions {{
  illness:flu a field:Illness ; skos:prefLabel "flu"@en, "Grippe"@de ; skos:definition "An illness."@en ;
    skos:exactMatch <http://purl.obolibrary.org/obo/MONDO_0005812>, <http://purl.obolibrary.org/obo/DOID_8469> .
  illness:cold a field:Illness ; skos:prefLabel "cold"@en .
  sign:fever a field:Sign ; skos:prefLabel "fever"@en ; dcterms:identifier "HP:0001945" .
  sign:rash a field:Sign ; skos:prefLabel "rash, \\"red\\"\\tand\\nitching"@en .
  illness:flu field:has sign:fever .
}}
GRAPH graph:facts {{
  {" ".join(FACTS)}
  source:paper dcterms:identifier "PMID:1" .
}}
GRAPH <{BASE.graph("import/other")}> {{
  {fact("2", "affirmed", "illness:cold field:near illness:flu", "supports stated")}
}}
"""


def vocabulary_triples() -> list[object]:
    """Return the triples of the ontology."""
    return list(parse(ONTOLOGY.encode(), format=RdfFormat.TURTLE))


VOCABULARY = read_vocabulary(vocabulary_triples())  # type: ignore[arg-type]


def write_lines(path: Path, trig: str = DATA) -> Path:
    """Write TriG as sorted lines of N-Quads, and return the file."""
    lines = sorted({f"{quad} .\n" for quad in parse(trig.encode(), format=RdfFormat.TRIG)})
    path.write_text("".join(lines), encoding="utf-8", newline="")
    return path
