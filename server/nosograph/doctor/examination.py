"""Holds what an examination has seen: each request is sent when a check first needs it, and once."""

from __future__ import annotations

from datetime import datetime
from functools import cached_property
from urllib.parse import quote, urljoin, urlsplit, urlunsplit

from pyoxigraph import NamedNode, Triple

from nosograph.doctor.bodies import read_table, read_triples
from nosograph.doctor.client import PoliteClient
from nosograph.doctor.descriptions import DCAT, DCTERMS, OWL, PAV, SD, VOID, DeclaredDump, DescriptionGraph
from nosograph.doctor.exchange import Exchange, HttpCall, is_address
from nosograph.doctor.outcomes import CheckOutcome, NotAnswered, UnreadableBody
from nosograph.doctor.probes import DISCOVERY, ONE, PROBES, with_parameters
from nosograph.rdf.formats import N_QUADS, N_TRIPLES, RDF_XML, SPARQL_JSON, TURTLE, Format

_VERSIONS = (
    DCAT + "previousVersion",
    DCAT + "prev",
    PAV + "previousVersion",
    OWL + "priorVersion",
    DCAT + "hasVersion",
    DCTERMS + "hasVersion",
    DCAT + "hasCurrentVersion",
    PAV + "hasCurrentVersion",
    OWL + "versionIRI",
)
"""Predicates that lead to a version, those of an earlier one first."""

_COUNTABLE: tuple[Format, ...] = (N_TRIPLES, N_QUADS, TURTLE, RDF_XML)
_NO_ENDPOINT = "No SPARQL endpoint was found."


class Examination:
    """What is known of a server.

    Args:
        url: the address that the user named: an endpoint, or the site of a publisher.
        client: sends the requests.
        now: the time of the examination.
        endpoint: the endpoint, where the user named it.
        resource: IRI of a resource to look at, where the user named it.
        dump_bound: bytes up to which a dump is read.
        is_heavy: whether requests are sent that cost the server much.
    """

    url: str

    def __init__(
        self,
        url: str,
        client: PoliteClient,
        now: datetime,
        *,
        endpoint: str = "",
        resource: str = "",
        dump_bound: int = 0,
        is_heavy: bool = False,
    ) -> None:
        self.url = url
        self.now = now
        self.is_heavy = is_heavy
        self._client = client
        self._named_endpoint = endpoint
        self._named_resource = resource
        self.dump_bound = dump_bound
        self._seen: dict[str, Exchange | NotAnswered] = {}

    def exchange(self, name: str) -> Exchange:
        """Return what came back for a probe.

        Raises:
            NotAnswered: it was not sent, or got no answer.
        """
        if name not in self._seen:
            try:
                self._seen[name] = self._ask(name)
            except NotAnswered as error:
                self._seen[name] = error
        found = self._seen[name]
        if isinstance(found, NotAnswered):
            raise found
        return found

    def triples(self, name: str) -> list[Triple]:
        """Return the triples of the answer to a probe; none where there is no answer, or none that is RDF."""
        try:
            return read_triples(self.exchange(name))
        except (NotAnswered, UnreadableBody):
            return []

    @cached_property
    def endpoint(self) -> str:
        """The address of the SPARQL endpoint; empty where none was found."""
        if self._named_endpoint:
            return self._named_endpoint
        declared = [self._moved(url, self.published, self._folder) for url in self._declared_endpoints]
        usual = urljoin(self._folder, "sparql")
        for name, url in zip(DISCOVERY, (self.url, *declared[:1], usual), strict=False):
            if url and (found := self._endpoint_at(name, url)):
                return found
        return ""

    @cached_property
    def site(self) -> str:
        """The address below which everything of the publisher is, with a slash at its end."""
        return urljoin(self.url, ".") if self.endpoint == self.url else self._folder

    @property
    def _folder(self) -> str:
        parts = urlsplit(self.url)
        return urlunsplit((parts.scheme, parts.netloc, parts.path.rstrip("/") + "/", "", ""))

    @cached_property
    def published(self) -> DescriptionGraph:
        """What the address itself and ``/.well-known/void`` say."""
        return DescriptionGraph([*self.triples("void"), *self.triples("front")])

    @cached_property
    def catalogue(self) -> str:
        """The address of a catalogue; empty where nothing links one."""
        for known in (self._answer("front"), self._answer("void")):
            for link in known.links if known else ():
                if "describedby" in link.relations and link.media_type in [format.media_type for format in _COUNTABLE]:
                    return link.target
        catalogs = [
            *self.published.of_type(DCAT + "Catalog"),
            *self.published.subjects(DCAT + "dataset"),
            *self.published.object_nodes(DCAT + "inCatalog"),
        ]
        iris = [node.value for node in catalogs if isinstance(node, NamedNode) and is_address(node.value)]
        named = [iri for iri in iris if iri.startswith("http")]
        return self._moved(named[0], self.published, self._folder) if named else ""

    @cached_property
    def description(self) -> DescriptionGraph:
        """Everything that the publisher says of itself, the service description included."""
        names = ("void", "front", "catalogue", "no-query")
        return DescriptionGraph([triple for name in names for triple in self.triples(name)])

    @cached_property
    def is_publisher(self) -> bool:
        """Whether there is more than an endpoint: a description of data, or resources that this host answers for."""
        if self._named_resource or DescriptionGraph(self._outside_service).datasets:
            return True
        return bool(self.resource) and not self.is_mirror

    @property
    def _outside_service(self) -> list[Triple]:
        if self.site == self.url or self.endpoint != self.url:
            return [*self.triples("void"), *self.triples("front"), *self.triples("catalogue")]
        return [*self.triples("void"), *self.triples("catalogue")]

    def need_publisher(self) -> None:
        """Check that there is a publisher.

        Raises:
            NotAnswered: there is an endpoint alone.
        """
        if not self.is_publisher:
            raise NotAnswered("There is no publisher around this endpoint.", CheckOutcome.INAPPLICABLE)

    @cached_property
    def resource_iri(self) -> str:
        """The IRI of a resource of the data that can be asked for; empty where none was found."""
        if self._named_resource:
            return self._named_resource
        examples = list(self.description.anywhere(VOID + "exampleResource"))
        found = self._best_resource(examples)
        return found or self._best_resource(self._sampled)

    @cached_property
    def resource(self) -> str:
        """The address at which the resource is asked for; empty where there is none."""
        return self.site_address(self.resource_iri).partition("#")[0] if self.resource_iri else ""

    @property
    def is_mirror(self) -> bool:
        """Whether the IRI of the resource is of another host than the site."""
        return bool(self.resource_iri) and urlsplit(self.resource_iri).netloc != urlsplit(self.url).netloc

    @property
    def document(self) -> str:
        """The address of the Turtle document about the resource; empty where there is none."""
        known = self._answer("resource-turtle")
        return known.call.url if known and known.status == 200 else ""

    @property
    def unknown_resource(self) -> str:
        """The address of a resource that is not there."""
        return f"{self.resource}-nosograph-doctor-nothing" if self.resource else ""

    @property
    def timegate(self) -> str:
        """The address of the TimeGate that the document or the resource links; empty without one."""
        return self._linked("timegate")

    @property
    def timemap(self) -> str:
        """The address of the TimeMap that the document or the resource links; empty without one."""
        return self._linked("timemap")

    @property
    def version(self) -> str:
        """The address of a version that a description names, an earlier one before the current one."""
        for predicate in _VERSIONS:
            for iri in self.description.anywhere(predicate):
                if iri.startswith(("http://", "https://")):
                    return self.site_address(iri).partition("#")[0]
        return ""

    @cached_property
    def dump(self) -> DeclaredDump | None:
        """The dump that is sampled, of those that are small enough: the largest compressed one, as the likely whole.

        Files of a part of the data are often declared beside the whole, and are smaller.
        """
        dumps = [dump for dump in self.description.dumps if dump.size is None or dump.size <= self.dump_bound]
        return max(dumps, key=_likeliness, default=None)

    @property
    def dump_address(self) -> str:
        """The address of that dump; empty where none is declared."""
        return self.site_address(self.dump.url) if self.dump else ""

    @property
    def is_dump_small(self) -> bool:
        """Whether the dump is small enough to be read."""
        if self.dump is None:
            return False
        known = self._answer("dump-head")
        said = known.header("Content-Length") if known and known.status == 200 else ""
        size = int(said[:18]) if said.isascii() and said.isdigit() else self.dump.size
        return size is not None and size <= self.dump_bound

    def site_address(self, iri: str) -> str:
        """Return the address at which the site itself answers for an IRI of its data."""
        return self._moved(iri, self.description, self.site)

    def _moved(self, iri: str, graph: DescriptionGraph, folder: str) -> str:
        """Return an IRI of the data as an address below a folder; one that is no such IRI as it is."""
        spaces = [*graph.uri_spaces, *graph.parents_of(VOID + "sparqlEndpoint")]
        if urlsplit(iri).netloc != urlsplit(self.url).netloc:
            for space in sorted(spaces, key=len, reverse=True):
                if space.startswith(("http://", "https://")) and space.endswith("/") and iri.startswith(space):
                    return urljoin(folder, quote(iri[len(space) :], safe="/%?=&#:@!$'()*+,;~-._"))
        return iri

    @property
    def _declared_endpoints(self) -> list[str]:
        graph = self.published
        services = [url for url in graph.anywhere(DCAT + "endpointURL") if "sparql" in url.lower()]
        return [*graph.anywhere(VOID + "sparqlEndpoint", SD + "endpoint"), *services]

    def _endpoint_at(self, name: str, url: str) -> str:
        call = HttpCall("GET", with_parameters(url, {"query": ONE}), (("Accept", SPARQL_JSON.media_type),))
        probe = DISCOVERY[name]
        try:
            answer = self._client.send(call, redirects=probe.redirects, is_named=True)
            read_table(answer)
        except (NotAnswered, UnreadableBody):
            return ""
        if not answer.redirects:
            return url
        return urlunsplit(urlsplit(answer.call.url)._replace(query=urlsplit(url).query))

    @cached_property
    def _sampled(self) -> list[str]:
        try:
            rows = read_table(self.exchange("sample"))
        except (NotAnswered, UnreadableBody):
            return []
        return [row[0] for row in rows if row and row[0] and is_address(row[0])]

    def _best_resource(self, iris: list[str]) -> str:
        """Return the first IRI that this site answers for: one of its own, or one below the IRIs of its data."""
        known = [iri for iri in iris if iri.startswith(("http://", "https://"))]
        here = urlsplit(self.url).netloc
        own = [iri for iri in known if urlsplit(iri).netloc == here]
        moved = [iri for iri in known if urlsplit(self.site_address(iri)).netloc == here]
        return next(iter([*own, *moved]), "")

    def _linked(self, relation: str) -> str:
        for name in ("resource-turtle", "resource"):
            known = self._answer(name)
            if known and (target := known.target(relation)):
                return target
        return ""

    def _answer(self, name: str) -> Exchange | None:
        try:
            return self.exchange(name)
        except NotAnswered:
            return None

    def _ask(self, name: str) -> Exchange:
        probe = PROBES[name]
        if probe.is_on_demand and not self.is_heavy:
            raise NotAnswered("Only asked where the user wants it (--heavy).", CheckOutcome.UNTESTED)
        if name == "robots":
            found = self._client.robots(self.url)
            if found is None:
                raise NotAnswered("robots.txt could not be had.", CheckOutcome.FAILED)
            return found
        call = probe.make(self)
        if call is None:
            raise NotAnswered(
                _NO_ENDPOINT if probe.is_query else "There is nothing to ask for.", CheckOutcome.INAPPLICABLE
            )
        return self._client.send(
            call,
            redirects=probe.redirects,
            is_named=probe.is_query or call.url == self.url,
            expects_refusal=probe.expects_refusal,
            bound=self.dump_bound if probe.is_dump else 0,
        )


def _likeliness(dump: DeclaredDump) -> tuple[bool, bool, int, str]:
    """Return how likely a dump can be read here and is that of all data, to be compared."""
    return dump_format(dump) is not None, dump.url.endswith((".gz", ".zst")), dump.size or 0, dump.url


def dump_format(dump: DeclaredDump) -> Format | None:
    """Return the format of a dump, by its media type or the name of its file; None where it is not read here."""
    stem = urlsplit(dump.url).path.removesuffix(".gz").removesuffix(".zst")
    for format in _COUNTABLE:
        if stem.endswith(f".{format.name}") or (format.media_type == dump.media_type and "." not in stem[-5:]):
            return format
    return None
