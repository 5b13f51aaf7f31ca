"""Describes the query service: SPARQL 1.1 Service Description, and the published questions as runnable examples."""

from __future__ import annotations

import re
from typing import Final

from pyoxigraph import NamedNode

from nosograph.build.descriptions.described import DescribedRelease, Description, english, number, plain
from nosograph.build.descriptions.void import say_partitions
from nosograph.rdf.formats import ANSWER_FORMATS
from nosograph.rdf.names import GRAPHS, NOSO
from nosograph.sparql.questions import Question
from nosograph.sparql.text_search import TEXT_MATCH

_FORMS: Final = {
    "SELECT": ("sh:SPARQLSelectExecutable", "sh:select"),
    "ASK": ("sh:SPARQLAskExecutable", "sh:ask"),
    "CONSTRUCT": ("sh:SPARQLConstructExecutable", "sh:construct"),
    "DESCRIBE": ("spex:SPARQLDescribeExecutable", "spex:describe"),
}
# Query editors look for these two with https, although the rest of the data spells schema.org with http.
_SCHEMA: Final = "https://schema.org/"
# What may hold the word of another query form before the real one: comments, IRIs.
_NOISE: Final = re.compile(r"<[^<>\s]*>|#[^\n]*")
_FORM: Final = re.compile(r"\b(SELECT|ASK|CONSTRUCT|DESCRIBE)\b", re.IGNORECASE)
_PROLOGUE: Final = re.compile(r"\b(?:PREFIX\s+[\w.-]*:|BASE\b)", re.IGNORECASE)


def describe_service(about: DescribedRelease, into: Description) -> None:
    """Add the service description (https://www.w3.org/TR/sparql11-service-description/)."""
    service, dataset, whole = about.service, about.part("service-dataset"), about.part("default-graph")
    into.type(service, "sd:Service")
    into.say(service, "sd:endpoint", about.endpoint)
    into.say(service, "sd:supportedLanguage", _sd("SPARQL11Query"))
    into.say(service, "sd:feature", _sd("UnionDefaultGraph"))
    into.say(service, "sd:propertyFeature", NamedNode(TEXT_MATCH))
    into.type(NamedNode(TEXT_MATCH), "sd:Feature")
    into.say(service, "sd:resultFormat", *(NamedNode(form.feature) for form in ANSWER_FORMATS))
    into.say(service, "sd:defaultDataset", dataset)
    into.type(dataset, "sd:Dataset")
    into.say(dataset, "sd:defaultGraph", whole)
    into.type(whole, "sd:Graph", "void:Dataset")
    into.say(whole, "dcterms:title", english("Every statement, as a query sees them that names no graph"))
    into.say(whole, "void:triples", number(about.triples))
    say_partitions(whole, about, about.statistics, into)
    for name in sorted({*about.graphs, GRAPHS[-1]}):
        entry = about.part("named-graph", name)
        into.say(dataset, "sd:namedGraph", entry)
        into.type(entry, "sd:NamedGraph")
        into.say(entry, "sd:name", NamedNode(about.base.graph(name)))
        if name in about.graphs:
            into.say(entry, "sd:graph", about.part("graph", name))
        else:
            into.say(entry, "dcterms:title", english(about.graph_title(name)))


def describe_questions(about: DescribedRelease, into: Description) -> None:
    """Add the published questions as examples that public query editors load (SHACL ``sh:SPARQLExecutable``)."""
    for question in about.questions:
        kind, predicate = _FORMS[query_form(question.query)]
        subject = NamedNode(f"{about.base.iri}questions#{question.name}")
        into.type(subject, "sh:SPARQLExecutable", kind)
        into.say(subject, "rdfs:label", english(question.title))
        into.say(subject, "rdfs:comment", english(question.title))
        if question.description:
            into.say(subject, "dcterms:description", english(question.description))
        into.say(subject, "sh:prefixes", about.dataset)
        into.say(subject, predicate, plain(question.query))
        into.say_iri(subject, f"{_SCHEMA}target", about.endpoint)
        into.say_iri(subject, f"{_SCHEMA}keywords", *map(plain, keywords(question)))
        into.say(subject, "dcterms:isPartOf", about.dataset)


def query_form(query: str) -> str:
    """Return the form of a query, ``SELECT``, ``ASK``, ``CONSTRUCT`` or ``DESCRIBE``; SELECT when none is found."""
    body = _PROLOGUE.sub(" ", _NOISE.sub(" ", query))
    found = _FORM.search(body)
    return found.group(1).upper() if found else "SELECT"


def keywords(question: Question) -> list[str]:
    """Return the local names of the vocabulary's terms that a query uses, which is what it is about."""
    body = re.sub(r"#[^\n]*", " ", re.sub(rf"<{re.escape(str(NOSO))}([A-Za-z]+)>", r"noso:\1", question.query))
    return sorted(set(re.findall(r"\bnoso:([A-Za-z][A-Za-z0-9]*)", body)))


def _sd(name: str) -> NamedNode:
    return NamedNode(f"http://www.w3.org/ns/sparql-service-description#{name}")
