"""Resources and the documents about them: ``/<kind>/<id>`` answers 303 to ``/<kind>/<id>.<extension>``.

That is the 303 pattern of Cool URIs for the Semantic Web §4.2: such a resource is no document, so its address can only
point to documents about it (RFC 9110 §15.4.4).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from flask import Blueprint, Response

from nosograph.rdf.formats import DOCUMENT_FORMATS, HTML, RDF_FORMATS, Format
from nosograph.rdf.names import STANDARD_PREFIXES, is_local_name
from nosograph.search.codes import names_a_code
from nosograph.store.documents import Document, GatheredDocument
from nosograph.store.lookup import ResourceLookup, State
from nosograph.vocabulary.terms import AGENT_KIND, FACT_KIND, MAPPING_KIND, RELEASE_KIND, SOURCE_KIND
from nosograph.web.html.document_pages import page_of_resource
from nosograph.web.html.structured_data import publisher_iri
from nosograph.web.http import links
from nosograph.web.http.problems import Problem, ProblemError, not_found
from nosograph.web.routes.context import current, own_address
from nosograph.web.routes.dumps import main_items
from nosograph.web.routes.leading import lead_to_document
from nosograph.web.routes.parameters import answers
from nosograph.web.views.catalog import describe_previous
from nosograph.web.views.licenses import licenses_of
from nosograph.web.views.read_ahead import read_ahead
from nosograph.web.views.release_parts import describe_graph, describe_parts, holds_graph
from nosograph.web.views.written_documents import write_resource_document

blueprint = Blueprint("resources", __name__)

_HASH = re.compile(r"[0-9a-f]{16}\Z")
_SPAN = re.compile(r"(?:0|[1-9][0-9]{0,9})-(?:0|[1-9][0-9]{0,9})\Z")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}\Z")
_GENERATED = re.compile(r"[0-9A-Za-z]{1,64}\Z")


@dataclass(frozen=True)
class NamePattern:
    """What the local name of a kind of resource looks like.

    Attributes:
        holds: tells whether a text is such a name.
        wording: the rule in words, for messages.
    """

    holds: Callable[[str], bool]
    wording: str


_WORDS: Final = NamePattern(
    is_local_name, "lower-case words and digits joined by single hyphens, or system and code, as in ORPHA_1"
)
_SIXTEEN: Final = NamePattern(lambda text: bool(_HASH.match(text)), "16 hexadecimal digits in lower case")
_RULES: Final[Mapping[str, NamePattern]] = {
    FACT_KIND: _SIXTEEN,
    MAPPING_KIND: _SIXTEEN,
    "evidence": _SIXTEEN,
    "passage": NamePattern(lambda text: bool(_SPAN.match(text)), "the first and the last position joined by a hyphen"),
    "curation": NamePattern(lambda text: bool(_DAY.match(text)), "a day, as in 2026-01-31"),
    "graph": _WORDS,
    "genid": NamePattern(lambda text: bool(_GENERATED.match(text)), "letters and digits"),
}
_ITSELF: Final = {303: "For a resource itself: the document that fits Accept.", 308: "It was merged into another one."}
_EXTENSIONS: Final[Mapping[str, Format]] = {format.name: format for format in (*DOCUMENT_FORMATS, links.LINKSET_JSON)}


@dataclass(frozen=True)
class Address:
    """Where a resource is on this server.

    Attributes:
        kind: kind of resource: one of the vocabulary, or evidence, passage, curation, graph, genid.
        parent: path of what the resource is part of, with its last slash; its own folder.
        name: local name of the resource, the last segment of its path.
        format: the format of the document that is asked for, or None for the resource itself.
    """

    kind: str
    parent: str
    name: str
    format: Format | None

    @property
    def path(self) -> str:
        """Path of the resource below the base."""
        return self.parent + self.name

    @property
    def formats(self) -> tuple[Format, ...]:
        """The formats in which there is a document; curations, graphs and parts of the shapes have no page."""
        return RDF_FORMATS if self.kind in ("curation", "graph", "genid") else DOCUMENT_FORMATS


@blueprint.route("/<kind:kind>/<name>")
@answers(*DOCUMENT_FORMATS, others=_ITSELF)
def show_resource(kind: str, name: str) -> Response:
    """Answer for a resource of one of the kinds or a document about it; a code leads to the resource that has it."""
    try:
        return _answer(parse_address(kind, f"{kind}/", name))
    except ProblemError as error:
        if error.problem.code not in ("malformed-identifier", "not-found"):
            raise
        return _by_code(kind, name, error)


def _by_code(kind: str, name: str, error: ProblemError) -> Response:
    """Send a client from a code in the place of an identifier to the one resource of the kind that matches it exactly.

    Raises:
        ProblemError: 404 where none does, or where several do; the error as it was where the name is no code.
    """
    stem, dot, extension = name.rpartition(".")
    code, ending = (stem, dot + extension) if extension in _EXTENSIONS else (name, "")
    found = current().site.search.exact(code, kind)
    if found is not None:
        response = Response(status=303)
        response.headers["Location"] = found.iri.rpartition("/")[2] + ending
        return response
    if names_a_code(code):
        raise not_found(
            f"No {kind} in this release is an exact match of the code {code[:100]!r}, or several are.",
            "Search for it at /search, which also finds codes that match in another way.",
        ) from error
    raise error


@blueprint.route("/fact/<fact>/evidence/<name>")
@answers(*RDF_FORMATS, others=_ITSELF)
def show_evidence(fact: str, name: str) -> Response:
    """Answer for a piece of evidence; its page is a part of its fact's."""
    _require(FACT_KIND, fact)
    return _answer(parse_address("evidence", f"fact/{fact}/evidence/", name))


@blueprint.route("/agent/<agent>/curation/<name>")
@answers(*RDF_FORMATS, others=_ITSELF)
def show_curation(agent: str, name: str) -> Response:
    """Answer for what an agent recorded on one day; it has no page of its own."""
    _require(AGENT_KIND, agent)
    return _answer(parse_address("curation", f"agent/{agent}/curation/", name))


@blueprint.route("/source/<source>/passage/<name>")
@answers(*RDF_FORMATS, others=_ITSELF)
def show_passage(source: str, name: str) -> Response:
    """Answer for a passage of a source; its page is a part of its source's."""
    _require(SOURCE_KIND, source)
    return _answer(parse_address("passage", f"source/{source}/passage/", name))


@blueprint.route("/graph/<name>")
@answers(*RDF_FORMATS, others=_ITSELF)
def show_graph(name: str) -> Response:
    """Answer for a named graph: what the release says of it, not its content, which is a query away."""
    return _answer(parse_address("graph", "graph/", name))


@blueprint.route("/graph/import/<name>")
@answers(*RDF_FORMATS, others=_ITSELF)
def show_imported_graph(name: str) -> Response:
    """Answer for the named graph of an imported data set."""
    return _answer(parse_address("graph", "graph/import/", name))


@blueprint.route("/.well-known/genid/<name>")
@answers(*RDF_FORMATS, others=_ITSELF)
def show_generated(name: str) -> Response:
    """Answer for a node that had no name of its own (RDF 1.1 Concepts §3.5)."""
    return _answer(parse_address("genid", ".well-known/genid/", name))


def parse_address(kind: str, parent: str, name: str) -> Address:
    """Return the address that a last path segment means, with or without an extension.

    Raises:
        ProblemError: 400 when the identifier is malformed, 404 when the extension is not one of a document.
    """
    stem, dot, extension = name.partition(".")
    _require(kind, stem)
    address = Address(kind, parent, stem, _EXTENSIONS.get(extension) if dot else None)
    if dot and (address.format is None or (address.format is HTML and HTML not in address.formats)):
        names = [f".{format.name}" for format in address.formats]
        raise not_found(
            f"There is no document about {stem!r} with the extension .{extension}.",
            f"There are {', '.join(names)}.",
            available=names,
        )
    return address


def _require(kind: str, name: str) -> None:
    rule = _RULES.get(kind, _WORDS)
    if not rule.holds(name):
        raise ProblemError(
            Problem(
                400,
                f"The identifier {name[:100]!r} of a {kind} is malformed.",
                hint=f"It consists of {rule.wording}.",
                code="malformed-identifier",
                fields={"identifier": name[:100]},
            )
        )


def _answer(address: Address) -> Response:
    lookup = current().lookup()
    iri = current().release.base.iri + address.path
    if address.format is not None and (document := _find_document(address, iri, lookup)) is not None:
        return _document(address, address.format, document, lookup)
    if address.kind == "graph" and holds_graph(current().release, address.path.removeprefix("graph/")):
        return _redirect(address)
    status = lookup.state(iri)
    if status.state is State.UNKNOWN:
        raise not_found(
            f"There is no {address.kind} {address.name!r} in this release.",
            "Search for it at /search, or list what there is with a query at /sparql.",
            iri=iri,
        )
    if status.state is State.REPLACED and status.successor:
        return _moved(address, iri, status.successor)
    if status.state is not State.ACTIVE:
        raise _gone(address, iri)
    return _redirect(address)


def _redirect(address: Address) -> Response:
    """Send a client from a resource to the document that fits what it accepts."""
    found = links.resource_links(address.name, formats=address.formats)
    return lead_to_document(address.name, address.formats, [*found, *_version_links(address)])


def _version_links(address: Address) -> list[links.Link]:
    """Return the links to the versions of a resource; what is said of a release is of one release alone."""
    if address.kind in ("graph", "genid", RELEASE_KIND):
        return []
    return links.version_links(address.path + (f".{address.format.name}" if address.format else ""))


def _moved(address: Address, iri: str, successor: str) -> Response:
    """Send a client on to the resource that an IRI was merged into (RFC 9110 §15.4.9)."""
    base = current().release.base.iri
    target = successor
    if successor.startswith(base):
        target = links.relative_reference(f"/{address.path}", f"/{successor[len(base) :]}")
    response = Response(status=308)
    response.headers["Location"] = target
    links.add_links(response.headers, [links.Link(target, "successor-version"), *_tombstones(address)])
    return response


def _gone(address: Address, iri: str) -> ProblemError:
    """Return the error for a resource that was withdrawn; documents about it still say so (RFC 9110 §15.5.11)."""
    where = ", ".join(str(link) for link in _tombstones(address))
    return ProblemError(
        Problem(
            410,
            f"The {address.kind} {address.name!r} was withdrawn.",
            hint=f"What is still said of it is at {address.name}.ttl.",
            code="withdrawn",
            fields={"iri": iri},
            headers={"Link": where},
        )
    )


def _tombstones(address: Address) -> list[links.Link]:
    return links.resource_links(address.name, formats=address.formats)


def _document(address: Address, format: Format, document: Document, lookup: ResourceLookup) -> Response:
    """Return the document about a resource in one format."""
    context = current()
    if format is HTML and address.kind in ("evidence", "passage"):
        return _part_of_a_page(address)
    if format is links.LINKSET_JSON:
        return _linkset(address, document)
    if format is HTML:
        content: str | bytes = context.site.pages.get(document.iri, lambda: _page(address, document, lookup))
    else:
        own = _canonical(address, format)
        content = write_resource_document(context.release, document, format, context.jsonld, own)
    response = Response(content)
    response.headers["Content-Type"] = format.content_type
    found = _document_links(address, format, document)
    links.add_links(response.headers, [*found, *_version_links(address)])
    return response


def _page(address: Address, document: Document, lookup: ResourceLookup) -> str:
    site = current().site
    read_ahead(site.documents, site.release.vocabulary, document, lookup.reader)
    state = lookup.state(document.iri).state.value
    return page_of_resource(site, address.kind, address.name, document, state, lookup.reader)


def _find_document(address: Address, iri: str, lookup: ResourceLookup) -> Document | None:
    """Return the document about a resource, or None where there is none."""
    release = current().release
    if address.kind == "graph" and holds_graph(release, address.path.removeprefix("graph/")):
        return GatheredDocument(iri, describe_graph(release, iri))
    document = lookup.document(iri)
    if document is not None and address.kind == RELEASE_KIND:
        document.tell(lookup.reader)
        previous = describe_previous(release.base, current().site.shelf.entries(), release.version)
        return GatheredDocument(iri, [*document.quads, *describe_parts(release, iri), *previous])
    return document


def _document_links(address: Address, format: Format, document: Document) -> list[links.Link]:
    return links.document_links(
        address.name,
        format.name,
        iri=document.iri,
        canonical=_canonical(address, format),
        types=own_types(document),
        formats=address.formats,
        collection="./" if address.kind in current().release.base.kinds else "",
        licenses=licenses_of(current().release, document.graphs),
        author=publisher_iri(current().release.manifest),
        items=_items(address) if format is HTML else (),
    )


def _canonical(address: Address, format: Format) -> str:
    """Return where a document is reached, whole."""
    return f"{current().site_url}{address.path}.{format.name}"


def _items(address: Address) -> list[links.Link]:
    """Return the links from a page to the data that it is the landing page of (FAIR Signposting).

    They are the documents about the resource; of the release that is served, its main files.
    """
    release = current().release
    if address.kind != RELEASE_KIND or address.name != release.version:
        return [links.Link(f"{address.name}.{form.name}", "item", form.media_type) for form in links.DATA_FORMATS]
    folder = f"../dumps/{release.version}/"
    return [*main_items(release, folder), links.Link(f"{folder}linkset.json", "linkset", links.LINKSET_JSON.media_type)]


def _part_of_a_page(address: Address) -> Response:
    """Redirect a reader to the position in a larger page at which a piece of evidence or a passage is shown."""
    whole = address.parent.rstrip("/").rpartition("/")[0]
    response = Response(status=303)
    target = links.relative_reference(f"/{address.path}", f"/{whole}.html")
    response.headers["Location"] = f"{target}#{address.kind}-{address.name}"
    return response


def _linkset(address: Address, document: Document) -> Response:
    page = f"{address.name}.{HTML.name}"
    contexts = {document.iri: links.resource_links(address.name, formats=address.formats)}
    if HTML in address.formats:
        contexts[page] = _document_links(address, HTML, document)
    for format in RDF_FORMATS:
        about = [links.Link(document.iri, "describes")]
        if HTML in address.formats:
            about.append(links.Link(page, "describes", HTML.media_type))
        contexts[f"{address.name}.{format.name}"] = about
    response = Response(links.write_linkset(contexts, own_address()))
    response.headers["Content-Type"] = links.LINKSET_JSON.content_type
    return response


def own_types(document: Document) -> list[str]:
    """Return the classes of a resource that a document states: those of this vocabulary and of schema.org, in order."""
    base = current().release.base
    return [type for type in document.types if base.is_term(type) or type.startswith(STANDARD_PREFIXES["schema"])]
