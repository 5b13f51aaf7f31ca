"""JSON-LD that pages embed: a resource's own statements, and what schema.org has terms for where the meaning holds."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any, Final
from urllib.parse import urljoin

from pyoxigraph import NamedNode, Quad

from nosograph.rdf.jsonld import node_objects, prefix_context
from nosograph.rdf.names import STANDARD_PREFIXES, Base
from nosograph.rdf.writer import used_prefixes
from nosograph.release.manifest import Manifest
from nosograph.vocabulary.terms import Vocabulary
from nosograph.web.html.rendering import Frame
from nosograph.web.views.condition import Condition
from nosograph.web.views.licenses import ImportedSet, imported_sets
from nosograph.web.views.resource import Resource
from nosograph.web.views.wording import plain

_SCHEMA: Final = "https://schema.org/"
_PUBLIC: Final = "http://publications.europa.eu/resource/authority/access-right/PUBLIC"
"""The access that the descriptions of the release state too, in a word that programs know."""

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
        "mainEntityOfPage": {"@id": canonical},
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


def schema_page(resource: Resource, manifest: Manifest, frame: Frame, page_type: str) -> dict[str, Any]:
    """Return the page about a resource in schema.org's terms: whose it is, of which data set, in which other formats.

    Args:
        resource: what the page is about.
        manifest: the release's.
        frame: the frame of the page, which has its address, its licences, and the imports that it shows something of.
        page_type: the class of schema.org of such pages, or empty.
    """
    return {
        "@context": _SCHEMA,
        "@type": _schema_name(page_type) or "WebPage",
        "@id": frame.canonical,
        "url": frame.canonical,
        "identifier": resource.iri,
        "name": plain(resource.label.text),
        "inLanguage": "en",
        "about": {"@id": resource.iri},
        "isPartOf": {"@type": "Dataset", "@id": manifest.base_iri, "name": manifest.profile.title},
        "isBasedOn": [
            {"@type": "Dataset", "@id": _release_iri(manifest), "name": f"Release {manifest.version}"},
            *_imported_sets(manifest, frame.imported),
        ],
        "encoding": [
            {
                "@type": "MediaObject",
                "contentUrl": urljoin(frame.canonical, entry.href.rpartition("/")[2]),
                "encodingFormat": entry.media_type,
            }
            for entry in resource.formats
        ],
        **_terms(manifest, [license.iri for license in frame.licenses]),
    }


def dublin_core(manifest: Manifest, iri: str, title: str, licenses: Iterable[str]) -> tuple[tuple[str, str], ...]:
    """Return what the head of a page about a resource says in Dublin Core (DCMI, Expressing Dublin Core in HTML).

    Args:
        manifest: the release's.
        iri: the resource.
        title: its label.
        licenses: the licences of what the page says.
    """
    profile = manifest.profile
    return (
        ("identifier", iri),
        ("title", title),
        *([("creator", profile.publisher), ("publisher", profile.publisher)] if profile.publisher else []),
        ("issued", manifest.date.isoformat()),
        ("language", "en"),
        *(("subject", keyword) for keyword in profile.keywords),
        *(("license", license) for license in licenses),
        ("accessRights", _PUBLIC),
        ("isPartOf", _release_iri(manifest)),
    )


def _terms(manifest: Manifest, licenses: Iterable[str]) -> dict[str, Any]:
    """Return who publishes a work, when, about what, and on which terms it may be used."""
    profile, known = manifest.profile, list(licenses)
    found: dict[str, Any] = {
        "version": manifest.version,
        "datePublished": manifest.date.isoformat(),
        "dateModified": manifest.date.isoformat(),
        "isAccessibleForFree": True,
        "conditionsOfAccess": _PUBLIC,
    }
    if profile.keywords:
        found["keywords"] = list(profile.keywords)
    if known:
        found["license"] = known[0] if len(known) == 1 else known
    if profile.publisher:
        organization = {"@type": "Organization", "@id": publisher_iri(manifest), "name": profile.publisher}
        found["creator"] = found["publisher"] = organization
    return found


def publisher_iri(manifest: Manifest) -> str:
    """Return the IRI of who publishes a release, as the descriptions of the release have it."""
    return f"{manifest.base_iri}about#publisher"


def _release_iri(manifest: Manifest) -> str:
    return f"{manifest.base_iri}release/{manifest.version}"


def _imported_sets(manifest: Manifest, sets: Iterable[ImportedSet]) -> list[dict[str, Any]]:
    """Return imported data sets of a release in schema.org's terms; what nobody said of one is left out."""
    found = []
    for imported in sets:
        data = {"@type": "Dataset", "@id": f"{manifest.base_iri}graph/{imported.name}", "name": imported.title}
        if imported.version:
            data["version"] = imported.version
        if imported.licenses:
            data["license"] = imported.licenses[0].iri
        found.append(data)
    return found


def _schema_name(iri: str) -> str:
    return iri.removeprefix(STANDARD_PREFIXES["schema"])


def data_catalog(manifest: Manifest, address: str) -> dict[str, Any]:
    """Return the list of releases as a schema.org DataCatalog.

    Args:
        manifest: that of the release that is served.
        address: absolute address of the page that lists the releases.
    """
    return {
        "@context": _SCHEMA,
        "@type": "DataCatalog",
        "@id": _catalog_iri(manifest),
        "identifier": _catalog_iri(manifest),
        "name": f"Releases of {manifest.profile.name}",
        "description": f"Every release of {manifest.profile.name}, with its files and their digests.",
        "url": address,
        "dataset": [{"@type": "Dataset", "@id": manifest.base_iri, "name": manifest.profile.title}],
        **_terms(manifest, manifest.licenses()),
    }


def _catalog_iri(manifest: Manifest) -> str:
    return f"{manifest.base_iri}catalog"


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
    profile = manifest.profile
    subject = vocabulary.texts.subject
    return {
        "@context": _SCHEMA,
        "@type": "Dataset",
        "@id": manifest.base_iri,
        "name": profile.title,
        "description": profile.description
        or f"{knowledge_graph(vocabulary)} in which every statement carries its evidence: the source, the place in its "
        "text, the reference behind it, and how sure it is.",
        "url": site_url,
        "identifier": manifest.base_iri,
        "sameAs": _release_iri(manifest),
        "keywords": ["knowledge graph", "linked data", *filter(None, [subject]), "evidence", "RDF", "SPARQL"],
        "includedInDataCatalog": {
            "@type": "DataCatalog",
            "@id": _catalog_iri(manifest),
            "name": f"Releases of {profile.name}",
        },
        "isBasedOn": [
            {"@type": "Collection", "@id": f"{manifest.base_iri}source/", "name": "The documents that were read"},
            *_imported_sets(manifest, imported_sets(manifest)),
        ],
        "distribution": [
            {"@type": "DataDownload", "contentUrl": address, "encodingFormat": media_type, "contentSize": f"{size} B"}
            for address, media_type, size in files
        ],
        **_terms(manifest, manifest.licenses()),
    }
