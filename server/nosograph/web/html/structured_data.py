"""JSON-LD that pages embed: a resource's own statements, and what schema.org has terms for where the meaning holds."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any, Final

from pyoxigraph import NamedNode, Quad

from nosograph.rdf.jsonld import node_objects, prefix_context
from nosograph.rdf.names import STANDARD_PREFIXES, Base
from nosograph.rdf.writer import used_prefixes
from nosograph.release.manifest import Manifest
from nosograph.vocabulary.terms import Vocabulary
from nosograph.web.views.condition import Condition
from nosograph.web.views.resource import Resource
from nosograph.web.views.wording import plain

_SCHEMA: Final = "https://schema.org/"
LONGEST: Final = 24_000
"""Characters of JSON that a page embeds at most."""

MOST: Final = 400
"""Statements that are embedded at most; the JSON-LD document has them all."""


def embed(data: Any) -> str:
    """Return JSON for a script element: what could end the element or open a comment is written as an escape.

    HTML §4.12.1.3: ``<!--``, ``<script`` and ``</script`` change how the element is read.
    """
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    return text.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e")


def embed_bounded(data: Any) -> str:
    """Return JSON for a script element, or nothing where it is long: the page links the JSON-LD document anyway."""
    text = embed(data)
    return text if len(text) <= LONGEST else ""


def own_statements(quads: Iterable[Quad], iri: str, base: Base) -> dict[str, Any]:
    """Return the statements whose subject is the resource as one JSON-LD object with the prefixes that it uses."""
    subject = NamedNode(iri)
    own = {quad.triple for quad in quads if quad.subject == subject}
    first = sorted(own, key=lambda triple: (triple.predicate.value, str(triple.object)))[:MOST]
    context = prefix_context(used_prefixes(first, base.prefixes()))
    nodes = node_objects(first, context)
    return {"@context": context.document, **next(nodes, {}), "@id": iri}


def schema_resource(
    vocabulary: Vocabulary, resource: Resource, condition: Condition, canonical: str
) -> dict[str, Any] | None:
    """Return a resource of the focus in schema.org's terms, as far as the vocabulary gives any; None where it does not.

    Only affirmed facts are told, because schema.org has no term for doubt.
    """
    focus = vocabulary.focus
    if focus is None or not focus.schema_type:
        return None
    found: dict[str, dict[tuple[str, str], dict[str, str]]] = {}
    for fact in condition.facts:
        predicate = vocabulary.predicate(fact.predicate.iri)
        affirmed = fact.status.name == "affirmed" and fact.subject.iri == resource.iri and fact.object.iri
        if affirmed and predicate.schema_property:
            entry = {"@id": fact.object.iri, "name": plain(fact.object.text)}
            if predicate.schema_type:
                entry = {"@type": _schema_name(predicate.schema_type)} | entry
            members = found.setdefault(_schema_name(predicate.schema_property), {})
            members.setdefault((predicate.schema_type, fact.object.iri), entry)
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
    return data | {name: list(members.values()) for name, members in found.items()}


def _schema_name(iri: str) -> str:
    return iri.removeprefix(STANDARD_PREFIXES["schema"])


def knowledge_graph(vocabulary: Vocabulary) -> str:
    """Return what the whole is called, with its subject where the vocabulary names one."""
    return f"A knowledge graph of {vocabulary.texts.subject}" if vocabulary.texts.subject else "A knowledge graph"


def dataset(
    vocabulary: Vocabulary, site_url: str, manifest: Manifest, files: Iterable[tuple[str, str, int]]
) -> dict[str, Any]:
    """Return the whole graph as a schema.org Dataset.

    Args:
        vocabulary: the vocabulary of the release.
        site_url: where the site is reached.
        manifest: the release's, which says whose it is.
        files: address, media type and size in bytes of each download.
    """
    profile, licenses = manifest.profile, manifest.licenses()
    data: dict[str, Any] = {
        "@context": _SCHEMA,
        "@type": "Dataset",
        "@id": manifest.base_iri,
        "name": profile.title,
        "description": profile.description
        or f"{knowledge_graph(vocabulary)} in which every statement carries its evidence: the source, the place in its "
        "text, the reference behind it, and how sure it is.",
        "url": site_url,
        "version": manifest.version,
        "dateModified": manifest.date.isoformat(),
        "isAccessibleForFree": True,
        "keywords": list(profile.keywords)
        or [
            *("knowledge graph", "linked data"),
            *filter(None, [vocabulary.texts.subject]),
            *("evidence", "RDF", "SPARQL"),
        ],
        "distribution": [
            {"@type": "DataDownload", "contentUrl": address, "encodingFormat": media_type, "contentSize": f"{size} B"}
            for address, media_type, size in files
        ],
    }
    if licenses:
        data["license"] = licenses[0] if len(licenses) == 1 else list(licenses)
    if profile.publisher:
        data["creator"] = data["publisher"] = {"@type": "Organization", "name": profile.publisher}
    return data
