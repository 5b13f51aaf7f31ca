"""Lines 1 to 3 of the HTTP contract over a real socket: resources, documents, negotiation, errors."""

import json
import re

import pytest
from live import Reply, Server, Shelf
from pyoxigraph import Literal, NamedNode, RdfFormat, parse

RESOURCE = "/condition/systemic-scleroderma"
IRI = "https://w3id.org/nosograph/condition/systemic-scleroderma"
BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8"
DEPRECATED = NamedNode("http://www.w3.org/2002/07/owl#deprecated")
REPLACED_BY = NamedNode("http://purl.org/dc/terms/isReplacedBy")

ENGINE_FORMATS = {
    "ttl": RdfFormat.TURTLE,
    "jsonld": RdfFormat.JSON_LD,
    "nt": RdfFormat.N_TRIPLES,
    "nq": RdfFormat.N_QUADS,
    "trig": RdfFormat.TRIG,
    "rdf": RdfFormat.RDF_XML,
}
MEDIA_TYPES = {
    "html": "text/html;charset=utf-8",
    "ttl": "text/turtle;charset=utf-8",
    "jsonld": "application/ld+json",
    "nt": "application/n-triples",
    "nq": "application/n-quads",
    "trig": "application/trig;charset=utf-8",
    "rdf": "application/rdf+xml",
}


def triples_of(reply: Reply, extension: str) -> set[tuple[object, object, object]]:
    """Return the triples of a document."""
    return {(quad.subject, quad.predicate, quad.object) for quad in parse(reply.body, ENGINE_FORMATS[extension])}


@pytest.mark.parametrize(
    ("accept", "extension"),
    [
        (None, "ttl"),
        ("*/*", "ttl"),
        (BROWSER, "html"),
        ("text/turtle", "ttl"),
        ("application/ld+json", "jsonld"),
        ("application/n-triples", "nt"),
        ("application/n-quads", "nq"),
        ("application/trig", "trig"),
        ("application/rdf+xml", "rdf"),
        ("application/n-quads,application/trig;q=0.95,application/ld+json;q=0.9,text/turtle;q=0.6", "jsonld"),
    ],
)
def test_1_a_resource_answers_303_to_the_document_that_fits(server: Server, accept: str | None, extension: str) -> None:
    """A resource is no document, so its address leads to one by 303 and varies by Accept (RFC 9110 §15.4.4)."""
    reply = server.request("GET", RESOURCE, {"Accept": accept} if accept else {})

    assert reply.status == 303
    assert reply["Location"] == f"systemic-scleroderma.{extension}"
    assert "Accept" in reply["Vary"].split(", ")
    assert reply.body == b""


@pytest.mark.parametrize("extension", MEDIA_TYPES)
def test_1_a_document_has_one_format_and_does_not_vary_by_accept(server: Server, extension: str) -> None:
    """A document's address fixes its format whatever Accept says; only the content coding may differ."""
    reply = server.get(f"{RESOURCE}.{extension}", Accept="image/png")

    assert reply.status == 200
    assert reply["Content-Type"] == MEDIA_TYPES[extension]
    assert "Accept" not in reply["Vary"].split(", ")
    assert reply.targets("canonical") == [f"https://noso.example{RESOURCE}.{extension}"]


def test_1_all_rdf_documents_say_the_same(server: Server) -> None:
    """The formats differ in spelling alone, and the resource itself is in each."""
    documents = {
        extension: triples_of(server.get(f"{RESOURCE}.{extension}"), extension) for extension in ENGINE_FORMATS
    }

    about = {name: {triple for triple in found if triple[0] != itself(name)} for name, found in documents.items()}
    assert all(document == about["nt"] for document in about.values())
    assert any(subject == NamedNode(IRI) for subject, _, _ in documents["nt"])


def itself(extension: str) -> NamedNode:
    """Return the address of a document."""
    return NamedNode(f"https://noso.example{RESOURCE}.{extension}")


@pytest.mark.parametrize("extension", ENGINE_FORMATS)
def test_1_a_document_says_what_it_is(server: Server, shelf: Shelf, extension: str) -> None:
    """Who keeps a document without its headers still has its subject, data set, version, date and licence."""
    reply = server.get(f"{RESOURCE}.{extension}")
    said = {
        (predicate.value, value)
        for subject, predicate, value in triples_of(reply, extension)
        if subject == itself(extension)
    }
    licenses = {("http://purl.org/dc/terms/license", NamedNode(target)) for target in reply.targets("license")}
    version = shelf.main.version

    assert reply.targets("canonical") == [itself(extension).value]
    assert licenses
    assert said == licenses | {
        ("http://www.w3.org/1999/02/22-rdf-syntax-ns#type", NamedNode("http://xmlns.com/foaf/0.1/Document")),
        ("http://xmlns.com/foaf/0.1/primaryTopic", NamedNode(IRI)),
        ("http://rdfs.org/ns/void#inDataset", NamedNode(f"https://w3id.org/nosograph/release/{version}")),
        ("http://www.w3.org/ns/dcat#version", Literal(version)),
        (
            "http://purl.org/dc/terms/issued",
            Literal(version[:10], datatype=NamedNode("http://www.w3.org/2001/XMLSchema#date")),
        ),
    }


def test_1_a_document_holds_facts_with_their_evidence_and_labels_of_what_it_names(server: Server) -> None:
    """A reader of the document needs no second one to see what is said, by whom, and how resources are called."""
    text = server.get(f"{RESOURCE}.nt").text

    for term in ("noso_evidence", "noso_source", "noso_certainty", "oa_start"):
        prefix, _, name = term.partition("_")
        space = {"noso": "https://w3id.org/nosograph/ontology#", "oa": "http://www.w3.org/ns/oa#"}[prefix]
        assert f"<{space}{name}>" in text
    for match in re.findall(r"<https://w3id.org/nosograph/(?:finding|structure|treatment)/[a-z0-9-]+>", text):
        assert f"{match} <http://www.w3.org/2004/02/skos/core#prefLabel>" in text


@pytest.mark.parametrize("extension", ["nq", "trig"])
def test_1_formats_with_graphs_say_in_which_graph_a_statement_is(server: Server, extension: str) -> None:
    """N-Quads and TriG keep the named graphs of the release."""
    quads = list(parse(server.get(f"{RESOURCE}.{extension}").body, ENGINE_FORMATS[extension]))

    assert {str(quad.graph_name) for quad in quads} >= {
        "<https://w3id.org/nosograph/graph/conditions>",
        "<https://w3id.org/nosograph/graph/facts>",
    }


def test_1_turtle_begins_with_prefixes_in_order_and_the_resource(server: Server) -> None:
    """A person who opens the document sees the resource first; the bytes are the same in every process."""
    lines = server.get(f"{RESOURCE}.ttl").text.splitlines()
    prefixes = [line.split()[1] for line in lines if line.startswith("@prefix ")]

    assert prefixes == sorted(prefixes, key=str.lower)
    assert lines[len(prefixes)] == ""
    assert lines[len(prefixes) + 1].startswith("condition:systemic-scleroderma ")


def found(server: Server, query: str) -> str:
    """Return the path of the first resource that a query finds."""
    reply = server.request(
        "POST", "/sparql", {"Content-Type": "application/sparql-query", "Accept": "text/csv"}, query.encode()
    )
    iri = reply.text.splitlines()[1]
    assert iri.startswith("https://w3id.org/nosograph/")
    return iri.removeprefix("https://w3id.org/nosograph")


NOSO = "https://w3id.org/nosograph/ontology#"


@pytest.mark.parametrize(
    "pattern",
    [
        f"?x a <{NOSO}{name}>"
        for name in (
            "Condition",
            "Finding",
            "Mechanism",
            "Factor",
            "AnatomicalStructure",
            "Treatment",
            "Source",
            "Organization",
            "PrevalenceEstimate",
            "Fact",
            "Evidence",
            "Passage",
            "Mapping",
            "Release",
        )
    ],
)
def test_1_every_class_of_resource_has_addresses(server: Server, pattern: str) -> None:
    """Every class of resource that the data name answers 303, and its Turtle holds the resource."""
    path = found(server, f"SELECT ?x {{ {pattern} }} LIMIT 1")

    resource = server.get(path)
    document = server.get(f"{path}.ttl")

    assert resource.status == 303
    assert document.status == 200
    assert any(
        subject == NamedNode(f"https://w3id.org/nosograph{path}") for subject, _, _ in triples_of(document, "ttl")
    )


@pytest.mark.parametrize(("name", "anchor"), [("Evidence", "evidence-"), ("Passage", "passage-")])
def test_1_evidence_and_passages_are_read_on_a_larger_page(server: Server, name: str, anchor: str) -> None:
    """The page of a piece of evidence is its fact's, of a passage its source's; the address leads to its position."""
    path = found(server, f"SELECT ?x {{ ?x a <{NOSO}{name}> }} LIMIT 1")

    reply = server.get(f"{path}.html")

    assert reply.status == 303
    location, _, fragment = reply["Location"].partition("#")
    assert fragment.startswith(anchor)
    parent = path.split("/")[1:3]
    assert location == f"../../{parent[1]}.html"
    assert fragment in server.get(f"/{parent[0]}/{parent[1]}.html").text


@pytest.mark.parametrize("name", ["conditions", "facts", "sources", "mappings", "ontology", "shapes", "metadata"])
def test_1_named_graphs_have_addresses(server: Server, name: str) -> None:
    """The IRI of a named graph leads to what the release says of it."""
    assert server.get(f"/graph/{name}").status == 303
    document = triples_of(server.get(f"/graph/{name}.nt"), "nt")
    assert NamedNode(f"https://w3id.org/nosograph/graph/{name}") in {value for _, _, value in document}
    assert server.get(f"/graph/{name}.html").status == 404


def test_1_parts_of_a_release_are_in_its_document(server: Server, shelf: Shelf) -> None:
    """The IRIs that are fragments of the release's own lead to a document that says something of them."""
    iri = f"https://w3id.org/nosograph/release/{shelf.main.version}"
    subjects = {str(subject) for subject, _, _ in triples_of(server.get(f"/release/{shelf.main.version}.nt"), "nt")}

    assert f"<{iri}>" in subjects
    assert f"<{iri}#graph-facts>" in subjects


@pytest.mark.parametrize("name", ["ontology", "shapes"])
def test_1_the_vocabulary_and_the_shapes_are_negotiated(server: Server, name: str) -> None:
    """The vocabulary's terms are fragments of one address, which leads to a document in each format."""
    assert server.get(f"/{name}")["Location"] == f"{name}.ttl"
    assert server.get(f"/{name}", Accept=BROWSER)["Location"] == f"{name}.html"
    documents = {extension: triples_of(server.get(f"/{name}.{extension}"), extension) for extension in ENGINE_FORMATS}

    assert len(documents["nt"]) > 500
    assert all(document == documents["nt"] for document in documents.values())
    assert server.get(f"/{name}.html").media_type == "text/html"
    assert server.get(f"/{name}.pdf").status == 404


def test_1_the_json_ld_context_is_served(server: Server) -> None:
    """The context has its own address and media type, and may be fetched from any page."""
    reply = server.get("/context.jsonld")

    assert reply["Content-Type"] == "application/ld+json"
    assert "@context" in reply.json


@pytest.mark.parametrize(
    ("fields", "extension"),
    [
        ([("Accept", "text/html;q=0.5"), ("Accept", "application/n-triples")], "nt"),
        ([("Accept", "text/turtle;q=0, */*;q=0.1")], "html"),
        ([("Accept", "application/*;q=0.5, application/rdf+xml;q=0.9")], "rdf"),
        ([("Accept", "text/turtle;charset=UTF-8;q=0.9, text/html;q=0.8")], "ttl"),
        ([("accept", "")], "ttl"),
    ],
)
def test_2_accept_is_read_fully(server: Server, fields: list[tuple[str, str]], extension: str) -> None:
    """Weights, exclusions, wildcards, parameters and several header fields decide together (RFC 9110 §12.5.1)."""
    assert server.request("GET", RESOURCE, fields)["Location"] == f"systemic-scleroderma.{extension}"


def test_2_nothing_fits_is_406_with_what_does(server: Server) -> None:
    """A client that nothing fits is told everything that there is (RFC 9110 §15.5.7)."""
    reply = server.get(RESOURCE, Accept="image/png, application/pdf")

    assert reply.status == 406
    assert set(reply.json["available"]) == {value.partition(";")[0] for value in MEDIA_TYPES.values()}
    assert "Accept" in reply["Vary"]


def test_2_an_accept_header_that_says_nothing_is_400(server: Server) -> None:
    """A header in which no media range can be found is named instead of guessed at."""
    reply = server.get(RESOURCE, Accept="turtle please")

    assert (reply.status, reply.json["header"]) == (400, "Accept")


@pytest.mark.parametrize(
    "path",
    [
        "/condition/no-such-thing",
        "/condition/no-such-thing.ttl",
        "/fact/0000000000000000",
        "/fact/0000000000000000/evidence/0000000000000000",
        "/graph/nothing",
        "/graph/import/nothing",
        "/.well-known/genid/0",
        "/release/2000-01-01-000000000000",
        "/nothing",
        "/condition/scleroderma.pdf",
        "/condition/scleroderma.ttl.gz",
        "/condition/scleroderma/",
        "/nothing/at/all",
    ],
)
def test_3_unknown_is_404(server: Server, path: str) -> None:
    """An address at which there is nothing says so and says what to do."""
    reply = server.get(path)

    assert reply.status == 404
    assert reply.json["detail"]
    assert reply.json["hint"]


@pytest.mark.parametrize(
    "path",
    [
        "/condition/Scleroderma",
        "/condition/sclero_-derma",
        "/condition/-scleroderma",
        "/condition/sclero%20derma",
        "/condition/scl%C3%A9rodermie",
        "/condition/%00",
        "/condition/" + "a" * 300,
        "/fact/xyz",
        "/fact/ABCDEF0123456789",
        "/fact/0123456789abcdef/evidence/1",
        "/source/gard-scleroderma/passage/start-end",
        "/mapping/1",
        "/condition/.ttl",
        "/.well-known/genid/a-b",
        "/graph/A",
    ],
)
def test_3_a_malformed_identifier_is_400(server: Server, path: str) -> None:
    """An identifier that cannot exist is told apart from one that does not, with the rule that it breaks."""
    reply = server.get(path)

    assert reply.status == 400
    assert reply.json["code"] == "malformed-identifier"
    assert reply.json["hint"].startswith("It consists of ")


def test_3_withdrawn_is_410_and_the_rdf_still_says_so(server: Server) -> None:
    """The address of a withdrawn resource is 410 for good, and leads to a document that says owl:deprecated."""
    reply = server.get("/condition/withdrawn-for-tests")
    document = server.get("/condition/withdrawn-for-tests.ttl")

    assert reply.status == 410
    assert "https://noso.example/condition/withdrawn-for-tests.ttl" in reply.targets("describedby")
    iri = NamedNode("https://w3id.org/nosograph/condition/withdrawn-for-tests")
    true = Literal("true", datatype=NamedNode("http://www.w3.org/2001/XMLSchema#boolean"))
    assert (iri, DEPRECATED, true) in triples_of(document, "ttl")


def test_3_merged_is_308_to_the_successor_and_the_rdf_still_says_so(server: Server) -> None:
    """The address of a merged resource leads to the one that took its place, and a document says so in RDF."""
    reply = server.get("/condition/merged-for-tests")
    document = server.get("/condition/merged-for-tests.nt")

    assert (reply.status, reply["Location"]) == (308, "scleroderma")
    iri = NamedNode("https://w3id.org/nosograph/condition/merged-for-tests")
    successor = NamedNode("https://w3id.org/nosograph/condition/scleroderma")
    assert (iri, REPLACED_BY, successor) in triples_of(document, "nt")


@pytest.mark.parametrize("path", ["/condition/withdrawn-for-tests.html", "/condition/merged-for-tests.html"])
def test_3_tombstones_have_pages(server: Server, path: str) -> None:
    """A reader who follows an old link sees what became of the resource."""
    reply = server.get(path)

    assert (reply.status, reply.media_type) == (200, "text/html")


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "TRACE", "PROPFIND"])
@pytest.mark.parametrize(
    "path", [RESOURCE, f"{RESOURCE}.ttl", "/dumps/latest/nosograph.ttl", "/healthz", "/", "/ontology"]
)
def test_3_a_wrong_method_is_405_with_allow(server: Server, method: str, path: str) -> None:
    """What may be done at an address is in Allow (RFC 9110 §15.5.6)."""
    reply = server.request(method, path)

    assert reply.status == 405
    assert set(reply["Allow"].split(", ")) == {"GET", "HEAD", "OPTIONS"}


@pytest.mark.parametrize(
    ("accept", "media_type"),
    [
        (None, "application/problem+json"),
        ("*/*", "application/problem+json"),
        ("application/json", "application/problem+json"),
        ("application/problem+json", "application/problem+json"),
        ("application/sparql-results+json", "application/problem+json"),
        ("text/plain", "text/plain"),
        (BROWSER, "text/html"),
        ("nonsense", "application/problem+json"),
    ],
)
def test_3_errors_come_as_the_client_asks(server: Server, accept: str | None, media_type: str) -> None:
    """An error is HTML, problem details (RFC 9457) or plain text; problem details where none of them fits."""
    reply = server.request("GET", "/condition/no-such-thing", {"Accept": accept} if accept else {})

    assert reply.media_type == media_type
    assert reply["X-Request-Id"] in reply.text
    assert "no-such-thing" in reply.text


def test_3_problem_details_have_their_members(server: Server) -> None:
    """type, title, status and detail are as RFC 9457 §3.1 says, and the id is the one in the header."""
    reply = server.get("/condition/no-such-thing")

    assert reply.json["type"] == "about:blank"
    assert (reply.json["title"], reply.json["status"]) == ("Not Found", 404)
    assert reply.json["request_id"] == reply["X-Request-Id"]


def test_3_an_error_is_in_the_log_under_its_id(server: Server) -> None:
    """Someone who reports the id of an error can be helped."""
    reply = server.get("/condition/no-such-thing", User_Agent="test agent")

    line = server.wait_for_log(id=reply["X-Request-Id"])
    assert (line["status"], line["path"], line["agent"]) == (404, "/condition/no-such-thing", "test agent")
    assert line["problem"] == "not-found"


@pytest.mark.parametrize("path", [f"{RESOURCE}.html?fbclid=1", "/healthz?_=1", "/?utm_source=x", "/sparql?ac=1"])
def test_3_an_unknown_query_parameter_is_ignored(server: Server, path: str) -> None:
    """Trackers and editors add parameters of their own to an address, and their users still want what is there."""
    assert server.get(path).status == 200


@pytest.mark.parametrize("path", ["/search.json?q=x&limt=3", "/query/vocabulary.json?x="])
def test_3_an_unknown_parameter_of_a_json_service_is_400(server: Server, path: str) -> None:
    """A program's misspelt parameter is named, because ignoring it would answer another question."""
    reply = server.get(path)

    assert (reply.status, reply.json["code"]) == (400, "unknown-parameter")
    assert reply.json["parameter"] in path


def test_3_markup_in_an_address_is_harmless(server: Server) -> None:
    """What a client sends comes back escaped, also in HTML."""
    reply = server.get("/condition/%3Cscript%3Ealert(1)%3C/script%3E", Accept="text/html")

    assert reply.status in (400, 404)
    assert "<script>alert" not in reply.text


def test_redirects_never_believe_the_host_header(server: Server) -> None:
    """Redirects are relative and absolute links come from the settings, whatever Host says."""
    spoofed = {"Host": "evil.example", "X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "gopher"}
    for path in (RESOURCE, f"{RESOURCE}.html", "/.well-known/void", "/sitemap.xml", "/condition", "/dumps"):
        connection_reply = server.raw(
            f"GET {path} HTTP/1.1\r\n".encode()
            + "".join(f"{name}: {value}\r\n" for name, value in spoofed.items()).encode()
            + b"Connection: close\r\n\r\n"
        )
        assert b"evil.example" not in connection_reply


def test_slashes_cannot_make_a_redirect_to_another_host(server: Server) -> None:
    """An address that begins with two slashes is not sent on to the host that it seems to name."""
    for path in ("//evil.example/condition", "//evil.example/dumps", "/\\evil.example", "//evil.example/%2e%2e"):
        reply = server.request("GET", path)
        assert not reply["Location"].startswith(("/", "http", "\\"))


def test_a_folder_without_its_slash_leads_to_it(server: Server) -> None:
    """The list of a kind is found with and without the slash, by a relative redirect."""
    reply = server.get("/condition")

    assert (reply.status, reply["Location"]) == (308, "condition/")
    assert server.get("/condition/").status == 200


def test_documents_are_valid_json_ld_with_the_context_inside(server: Server) -> None:
    """Nobody has to fetch the context to read a document."""
    document = server.get(f"{RESOURCE}.jsonld").json

    assert isinstance(document["@context"], dict)
    assert "https://noso.example" not in json.dumps(document["@context"])


def test_the_base_of_iris_is_that_of_the_release(server: Server, shelf: Shelf) -> None:
    """IRIs in documents are the permanent ones, wherever the server runs."""
    assert shelf.main.base.iri == "https://w3id.org/nosograph/"
    assert f"<{IRI}>" in server.get(f"{RESOURCE}.nt").text
