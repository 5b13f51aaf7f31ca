"""The IRIs that pages look at, as strings, each once."""

from __future__ import annotations

from typing import Final

from nosograph.rdf.names import NOSO, STANDARD_PREFIXES

_P: Final = STANDARD_PREFIXES


def noso(local: str) -> str:
    """Return the IRI of a term of the project's vocabulary."""
    return f"{NOSO}{local}"


RDF_TYPE: Final = _P["rdf"] + "type"
RDF_SUBJECT: Final = _P["rdf"] + "subject"
RDF_PREDICATE: Final = _P["rdf"] + "predicate"
RDF_OBJECT: Final = _P["rdf"] + "object"
RDFS_LABEL: Final = _P["rdfs"] + "label"
RDFS_IS_DEFINED_BY: Final = _P["rdfs"] + "isDefinedBy"
RDFS_COMMENT: Final = _P["rdfs"] + "comment"
RDFS_SEE_ALSO: Final = _P["rdfs"] + "seeAlso"
RDFS_SUBCLASS: Final = _P["rdfs"] + "subClassOf"
RDFS_SUBPROPERTY: Final = _P["rdfs"] + "subPropertyOf"
RDFS_DOMAIN: Final = _P["rdfs"] + "domain"
RDFS_RANGE: Final = _P["rdfs"] + "range"
SKOS_PREF_LABEL: Final = _P["skos"] + "prefLabel"
SKOS_ALT_LABEL: Final = _P["skos"] + "altLabel"
SKOS_DEFINITION: Final = _P["skos"] + "definition"
SKOS_SCOPE_NOTE: Final = _P["skos"] + "scopeNote"
SKOS_EXAMPLE: Final = _P["skos"] + "example"
SKOS_IN_SCHEME: Final = _P["skos"] + "inScheme"
SKOS_BROADER: Final = _P["skos"] + "broader"
SKOS_CONCEPT: Final = _P["skos"] + "Concept"
SKOS_CONCEPT_SCHEME: Final = _P["skos"] + "ConceptScheme"
SKOS_MATCHES: Final = tuple(
    (_P["skos"] + name, words)
    for name, words in (
        ("exactMatch", "the same thing"),
        ("closeMatch", "nearly the same"),
        ("broadMatch", "broader there"),
        ("narrowMatch", "narrower there"),
        ("relatedMatch", "related"),
    )
)
MAPPING_PREDICATES: Final = tuple(predicate for predicate, _ in SKOS_MATCHES)
"""Predicates that link a resource to its counterpart in a code system (SKOS Reference §10)."""

DCTERMS_TITLE: Final = _P["dcterms"] + "title"
DCTERMS_IS_REPLACED_BY: Final = _P["dcterms"] + "isReplacedBy"
OWL_DEPRECATED: Final = _P["owl"] + "deprecated"
OA_START: Final = _P["oa"] + "start"
OA_EXACT: Final = _P["oa"] + "exact"
OA_END: Final = _P["oa"] + "end"
SCHEMA_NAME: Final = _P["schema"] + "name"
SCHEMA_URL: Final = _P["schema"] + "url"
SCHEMA_DOMAIN: Final = _P["schema"] + "domainIncludes"
SCHEMA_RANGE: Final = _P["schema"] + "rangeIncludes"
SCHEMA_REVIEWED_BY: Final = _P["schema"] + "reviewedBy"
SCHEMA_LAST_REVIEWED: Final = _P["schema"] + "lastReviewed"
PAV_CURATED_BY: Final = _P["pav"] + "curatedBy"
PAV_CURATED_ON: Final = _P["pav"] + "curatedOn"
PROV_HAD_MEMBER: Final = _P["prov"] + "hadMember"
FOAF_HOMEPAGE: Final = _P["foaf"] + "homepage"

STATUS: Final = noso("status")
CONTEXT: Final = noso("context")
EVIDENCE: Final = noso("evidence")
EVIDENCE_CODE: Final = noso("evidenceCode")
INFERRED_ELECTRONICALLY: Final = noso("inferredElectronically")
CURATION: Final = noso("curation")
SOURCE: Final = noso("source")
CITES: Final = noso("cites")
STANCE: Final = noso("stance")
CERTAINTY: Final = noso("certainty")
PASSAGE: Final = noso("passage")
ANTECEDENT: Final = noso("antecedent")
PASSAGE_DIGEST: Final = noso("passageDigest")
OF_SOURCE: Final = noso("ofSource")
TEXT_DIGEST: Final = noso("textDigest")
TEXT_LENGTH: Final = noso("textLength")
INHERITS: Final = noso("inherits")
AGREES_WITH: Final = noso("agreesWith")
CORROBORATES: Final = noso("corroborates")
CORROBORATED_BY: Final = noso("corroboratedBy")
FACT_PREDICATE: Final = noso("FactPredicate")

SSSOM_SUBJECT: Final = _P["owl"] + "annotatedSource"
SSSOM_PREDICATE: Final = _P["owl"] + "annotatedProperty"
SSSOM_OBJECT: Final = _P["owl"] + "annotatedTarget"
SSSOM_JUSTIFICATION: Final = _P["sssom"] + "mapping_justification"
SSSOM_OBJECT_LABEL: Final = _P["sssom"] + "object_label"
