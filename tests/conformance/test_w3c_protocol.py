"""The W3C's protocol tests through the server: the requests of its manifest, sent as they are written there."""

import shutil
from collections.abc import Iterator

import pytest
import rdf_tests
from live import Reply, Server
from rdf_tests import ABSENT, CNT, FOLDER, HT, MF, UT
from rdflib import RDFS, Graph, URIRef
from rdflib.collection import Collection
from rdflib.term import Node
from stores import exchange_store

from nosograph.release.opening import Release

pytestmark = pytest.mark.skipif(FOLDER is None, reason=ABSENT)

MANIFEST = "sparql/sparql11/protocol/manifest.ttl"
GRAPH = rdf_tests.read_graph(FOLDER / MANIFEST) if FOLDER else Graph()
READ_ONLY = "the endpoint only reads, so an update that the test expects to succeed is refused"
FAMILIES = {
    "boolean": ("application/sparql-results+json", "application/sparql-results+xml"),
    "tabular": ("application/sparql-results+json", "application/sparql-results+xml", "text/csv"),
    "RDF": ("text/turtle", "application/rdf+xml", "application/n-triples"),
}


def cases() -> list[object]:
    """Return the tests as parameters; updates that are to succeed are left out."""
    found = []
    for entry in rdf_tests.entries(GRAPH):
        name = str(entry).rpartition("#")[2]
        marks = pytest.mark.skip(reason=READ_ONLY) if name.startswith("update_") else ()
        found.append(pytest.param(entry, id=name, marks=marks))
    return found


@pytest.fixture(scope="module")
def protocol_server(release: Release, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Return a server of a release whose store holds the graphs that the tests name."""
    folder = tmp_path_factory.mktemp("protocol") / release.version
    shutil.copytree(release.folder, folder)
    files = {}
    for node in set(GRAPH.objects(None, UT.graphData)):
        files[str(GRAPH.value(node, RDFS.label))] = rdf_tests.path_of(GRAPH.value(node, UT.graph))
    exchange_store(folder, lambda store: rdf_tests.load_files(store, [(path, graph) for graph, path in files.items()]))
    running = Server("--release", str(folder), log=folder.parent / "log.jsonl")
    yield running
    assert running.stop() == 0


def send(server: Server, sent: Node) -> Reply:
    """Send a request of the manifest to the endpoint."""
    path = str(GRAPH.value(sent, HT.absolutePath)).replace("/sparql/", "/sparql", 1)
    head = GRAPH.value(sent, HT.headers)
    headers = [
        (str(GRAPH.value(field, HT.fieldName)), str(GRAPH.value(field, HT.fieldValue)))
        for field in (Collection(GRAPH, head) if head is not None else ())
    ]
    content = GRAPH.value(sent, HT.body)
    body = b""
    if content is not None:
        encoding = str(GRAPH.value(content, CNT.characterEncoding) or "UTF-8")
        body = str(GRAPH.value(content, CNT.chars)).encode(encoding)
    return server.request(str(GRAPH.value(sent, HT.methodName)), path, headers, body)


@pytest.mark.parametrize("entry", cases())
def test_protocol(protocol_server: Server, entry: URIRef) -> None:
    """Each request gets a status of the expected class, and an answer of the expected form and value."""
    action = GRAPH.value(entry, MF.action)
    for sent in Collection(GRAPH, GRAPH.value(action, HT.requests)):
        expected = GRAPH.value(sent, HT.resp)
        if expected is None:
            continue
        reply = send(protocol_server, sent)
        classes = {str(status)[-3] for status in GRAPH.objects(expected, MF.expectedStatus)}
        assert str(reply.status)[0] in classes, reply.text
        form = GRAPH.value(expected, MF.expectedFormat)
        if form is not None:
            assert reply.media_type in FAMILIES[str(form)]
        boolean = GRAPH.value(expected, MF.expectedBoolean)
        if boolean is not None:
            assert reply.json["boolean"] is bool(boolean)
