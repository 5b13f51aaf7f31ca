"""JSON-LD that pages embed: the thing's own statements, and what schema.org has terms for where the meaning holds."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any, Final

from pyoxigraph import Literal, NamedNode, Quad

from nosograph.rdf import iris
from nosograph.rdf.names import STANDARD_PREFIXES, Base
from nosograph.vocabulary.terms import Vocabulary
from nosograph.web.views.condition import Condition
from nosograph.web.views.resource import Resource
from nosograph.web.views.wording import plain

_XSD_STRING: Final = "http://www.w3.org/2001/XMLSchema#string"
_SCHEMA: Final = "https://schema.org/"
MOST: Final = 400
"""Statements that are embedded at most; the JSON-LD document has them all."""


def embed(data: Any) -> str:
    """Return JSON for a script element: what could end the element or open a comment is written as an escape.

    HTML §4.12.1.3: ``<!--``, ``<script`` and ``</script`` change how the element is read.
    """
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    return text.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e")


def own_statements(quads: Iterable[Quad], iri: str, base: Base) -> dict[str, Any]:
    """Return the statements whose subject is the thing as one JSON-LD object with the prefixes that it uses."""
    subject = NamedNode(iri)
    prefixes = {prefix: start for prefix, start in base.prefixes().items() if start.endswith(("/", "#", "_"))}
    used: dict[str, str] = {}

    def short(name: str) -> str:
        found = max(
            (
                (start, prefix)
                for prefix, start in prefixes.items()
                if name.startswith(start) and len(name) > len(start)
            ),
            default=None,
            key=lambda pair: len(pair[0]),
        )
        if found is None or "/" in name[len(found[0]) :]:
            return name
        used[found[1]] = found[0]
        return f"{found[1]}:{name[len(found[0]) :]}"

    members: dict[str, list[Any]] = {}
    statements = {(quad.predicate.value, quad.object) for quad in quads if quad.subject == subject}
    for predicate, term in sorted(statements, key=lambda pair: (pair[0], str(pair[1])))[:MOST]:
        if predicate == iris.RDF_TYPE and isinstance(term, NamedNode):
            members.setdefault("@type", []).append(short(term.value))
        elif isinstance(term, NamedNode):
            members.setdefault(short(predicate), []).append({"@id": short(term.value)})
        elif isinstance(term, Literal):
            members.setdefault(short(predicate), []).append(_literal(term, short))
    context = {name: {"@id": start, "@prefix": True} for name, start in sorted(used.items())}
    return {"@context": context, "@id": iri} | {
        name: values[0] if len(values) == 1 else values for name, values in members.items()
    }


def _literal(term: Literal, short: Any) -> Any:
    if term.language:
        return {"@value": term.value, "@language": term.language}
    if term.datatype.value == _XSD_STRING:
        return term.value
    return {"@value": term.value, "@type": short(term.datatype.value)}


def schema_resource(
    vocabulary: Vocabulary, resource: Resource, condition: Condition, canonical: str
) -> dict[str, Any] | None:
    """Return a resource of the focus in schema.org's terms, as far as the vocabulary gives any; None where it does not.

    Only affirmed facts are told, because schema.org has no term for doubt.
    """
    focus = vocabulary.focus
    if focus is None or not focus.schema_type:
        return None
    found: dict[str, list[dict[str, str]]] = {}
    for fact in condition.facts:
        predicate = vocabulary.predicate(fact.predicate.iri)
        affirmed = fact.status.name == "affirmed" and fact.subject.iri == resource.iri and fact.object.iri
        if affirmed and predicate.schema_property:
            entry = {"@id": fact.object.iri, "name": plain(fact.object.text)}
            if predicate.schema_type:
                entry = {"@type": _schema_name(predicate.schema_type)} | entry
            members = found.setdefault(_schema_name(predicate.schema_property), [])
            if entry not in members:
                members.append(entry)
    data: dict[str, Any] = {
        "@context": _SCHEMA,
        "@type": _schema_name(focus.schema_type),
        "@id": resource.iri,
        "name": plain(resource.label.text),
        "mainEntityOfPage": {
            "@type": _schema_name(focus.schema_page_type) or "WebPage",
            "@id": canonical,
            "inLanguage": "en",
        },
    }
    if resource.synonyms:
        data["alternateName"] = [plain(synonym.text) for synonym in resource.synonyms]
    if resource.definitions:
        data["description"] = plain(resource.definitions[0].text)
    exact = [code for code in resource.codes if code.match_iri.endswith("exactMatch")]
    if exact and focus.schema_code_type:
        data["code"] = [
            {
                "@type": _schema_name(focus.schema_code_type),
                "codeValue": code.target.text.rpartition(":")[2],
                "codingSystem": code.target.text.partition(":")[0],
                "url": code.target.iri,
            }
            for code in exact
        ]
    return data | found


def _schema_name(iri: str) -> str:
    return iri.removeprefix(STANDARD_PREFIXES["schema"])


def dataset(
    site_url: str, base_iri: str, version: str, date: str, files: Iterable[tuple[str, str, int]]
) -> dict[str, Any]:
    """Return the whole graph as a schema.org Dataset.

    Args:
        site_url: where the site is reached.
        base_iri: the base of the data, which names the data set.
        version: version of the release.
        date: date of the release.
        files: address, media type and size in bytes of each download.
    """
    return {
        "@context": _SCHEMA,
        "@type": "Dataset",
        "@id": base_iri,
        "name": "Nosograph",
        "description": "A knowledge graph of medical conditions in which every statement carries its evidence: the "
        "source, the place in its text, the reference behind it, and how sure it is.",
        "url": site_url,
        "version": version,
        "dateModified": date,
        "license": "https://creativecommons.org/licenses/by/4.0/",
        "isAccessibleForFree": True,
        "keywords": ["knowledge graph", "linked data", "medical conditions", "evidence", "RDF", "SPARQL"],
        "creator": {"@type": "Organization", "name": "Nosograph contributors"},
        "distribution": [
            {"@type": "DataDownload", "contentUrl": address, "encodingFormat": media_type, "contentSize": f"{size} B"}
            for address, media_type, size in files
        ],
    }
