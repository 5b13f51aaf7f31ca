"""Lines 4 to 9 of the HTTP contract over a real socket: HEAD, OPTIONS, CORS, validators, links, descriptions."""

import gzip
import io
import json
import re
import xml.etree.ElementTree as ElementTree

import pytest
import zstandard
from live import Server, Shelf

SITE = "https://noso.example"
RESOURCE = "/condition/systemic-scleroderma"
EVERYWHERE = (
    "/",
    "/about",
    "/condition/",
    RESOURCE,
    f"{RESOURCE}.ttl",
    f"{RESOURCE}.jsonld",
    f"{RESOURCE}.html",
    f"{RESOURCE}.linkset.json",
    "/ontology",
    "/ontology.ttl",
    "/shapes",
    "/shapes.nt",
    "/context.jsonld",
    "/sparql",
    "/sparql?query=ASK%7B%7D",
    "/dumps/",
    "/dumps/latest/",
    "/dumps/latest/nosograph.ttl",
    "/dumps/latest/linkset.json",
    "/.well-known/void",
    "/.well-known/api-catalog",
    "/robots.txt",
    "/sitemap.xml",
    "/search",
    "/questions",
    "/downloads",
    "/healthz",
    "/readyz",
    "/metrics",
    "/graph/facts",
    "/condition/no-such-thing",
    "/condition/NO",
    "/condition/withdrawn-for-tests",
    "/condition/merged-for-tests",
)
UNLIKE_EACH_TIME = ("/metrics",)
CHANGING = ("Date", "X-Request-Id", "Server-Timing")


@pytest.mark.parametrize("path", EVERYWHERE)
def test_4_head_equals_get_without_the_body(server: Server, path: str) -> None:
    """HEAD has the status and the header of GET, its length included, and no body (RFC 9110 §9.3.2)."""
    get, head = server.request("GET", path), server.request("HEAD", path)

    assert head.body == b""
    assert head.status == get.status
    if path not in UNLIKE_EACH_TIME and get.status < 400:
        assert {name: value for name, value in head.headers.items() if name not in CHANGING} == {
            name: value for name, value in get.headers.items() if name not in CHANGING
        }


@pytest.mark.parametrize("path", [path for path in EVERYWHERE if "no-such" not in path and "NO" not in path])
def test_4_options_answers_on_every_route(server: Server, path: str) -> None:
    """OPTIONS says what may be done at an address (RFC 9110 §9.3.7)."""
    reply = server.request("OPTIONS", path)

    assert reply.status == 204
    expected = {"GET", "HEAD", "OPTIONS"} | ({"POST"} if path.startswith("/sparql") else set())
    assert set(reply["Allow"].split(", ")) == expected
    assert reply.body == b""


def test_4_options_of_the_whole_server(server: Server) -> None:
    """OPTIONS * asks about the server, not about an address (RFC 9112 §3.2.4)."""
    reply = server.raw(b"OPTIONS * HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")

    assert reply.startswith(b"HTTP/1.1 204 ")


def test_4_options_at_an_unknown_address_is_404(server: Server) -> None:
    """There is nothing to be done where there is nothing."""
    assert server.request("OPTIONS", "/nothing").status == 404


@pytest.mark.parametrize("path", EVERYWHERE)
@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS", "DELETE"])
def test_5_every_response_may_be_read_from_every_page(server: Server, path: str, method: str) -> None:
    """The literal star is on every response, redirects and errors included (Fetch standard, CORS protocol)."""
    reply = server.request(method, path, {"Origin": "https://elsewhere.example"})

    assert reply.headers.get_all("Access-Control-Allow-Origin") == ["*"]
    exposed = reply["Access-Control-Expose-Headers"].split(", ")
    assert set(exposed) >= {
        "Link",
        "ETag",
        "Location",
        "Content-Location",
        "Retry-After",
        "Vary",
        "Server-Timing",
    }


def test_5_the_preflight_is_204(server: Server) -> None:
    """A browser may send a query with any content type and header after asking first."""
    reply = server.request(
        "OPTIONS",
        "/sparql",
        {
            "Origin": "https://elsewhere.example",
            "Access-Control-Request-Method": "POST",
            "Access-Control-Request-Headers": "content-type, x-own",
        },
    )

    assert reply.status == 204
    assert "POST" in reply["Access-Control-Allow-Methods"]
    assert reply["Access-Control-Allow-Headers"] == "content-type, x-own"
    assert int(reply["Access-Control-Max-Age"]) > 0


@pytest.mark.parametrize(
    "path",
    [f"{RESOURCE}.ttl", f"{RESOURCE}.html", "/ontology.ttl", "/sparql?query=ASK%7B%7D", "/dumps/latest/nosograph.nt"],
)
def test_6_a_strong_entity_tag_and_304(server: Server, path: str) -> None:
    """A client that holds the same bytes is told so, with the validators and the lifetime (RFC 9110 §15.4.5)."""
    first = server.get(path)
    again = server.get(path, If_None_Match=first["ETag"])

    assert re.fullmatch(r'"[^"]+"', first["ETag"])
    assert (again.status, again.body) == (304, b"")
    assert again["ETag"] == first["ETag"]
    assert again["Cache-Control"] == first["Cache-Control"]
    assert again["Content-Length"] == ""


@pytest.mark.parametrize("path", [f"{RESOURCE}.ttl", "/", "/context.jsonld", "/dumps/latest/nosograph.nt"])
def test_6_an_address_that_the_next_release_takes_over_has_no_date(server: Server, shelf: Shelf, path: str) -> None:
    """Two releases may bear one day, so a client that asks by the day is never told that something is unchanged."""
    day = shelf.main.manifest.date.strftime("%a, %d %b %Y 00:00:00 GMT")

    assert server.get(path)["Last-Modified"] == ""
    assert server.get(path, If_Modified_Since=day).status == 200


@pytest.mark.parametrize("name", ["nosograph.nt", "manifest.json"])
def test_6_the_date_of_the_release_is_last_modified(server: Server, shelf: Shelf, name: str) -> None:
    """What stands at an address with a version never changes, and a client that asks by date gets 304."""
    path = f"/dumps/{shelf.main.version}/{name}"
    first = server.get(path)
    again = server.get(path, If_Modified_Since=first["Last-Modified"])

    assert shelf.main.manifest.date.strftime("%d %b %Y 00:00:00 GMT") in first["Last-Modified"]
    assert again.status == 304


@pytest.mark.parametrize("path", [f"{RESOURCE}.ttl", "/dumps/latest/nosograph.nt"])
def test_6_a_condition_that_fails_is_412(server: Server, path: str) -> None:
    """A client that insists on other bytes is told that they are not here (RFC 9110 §13.1.1)."""
    assert server.get(path, If_Match='"other"').status == 412


def test_6_the_entity_tag_differs_by_release_media_type_and_coding(server: Server, shelf: Shelf) -> None:
    """Two representations never share an entity tag (RFC 9110 §8.8.3)."""
    tags = [
        server.get(f"{RESOURCE}.{extension}", Accept_Encoding=coding)["ETag"]
        for extension in ("ttl", "nt", "html")
        for coding in ("identity", "gzip", "zstd")
    ]

    assert len(set(tags)) == len(tags)
    assert all(shelf.main.version in tag for tag in tags)


def test_6_negotiation_goes_before_the_condition(server: Server) -> None:
    """The entity tag of one format does not make another format unchanged."""
    query = "/sparql?query=SELECT%20*%7B%3Fs%20a%20%3Fo%7DLIMIT%201"
    json_tag = server.get(query, Accept="application/sparql-results+json")["ETag"]

    assert server.get(query, Accept="text/csv", If_None_Match=json_tag).status == 200
    assert server.get(query, Accept="application/sparql-results+json", If_None_Match=json_tag).status == 304


def test_6_what_the_software_makes_of_a_release_is_not_immutable(server: Server, shelf: Shelf) -> None:
    """A date of the release would say that nothing changed when another software has made something else of it."""
    reply = server.get(f"/dumps/{shelf.main.version}/linkset.json")

    assert "immutable" not in reply["Cache-Control"]
    assert (reply["Last-Modified"], bool(reply["ETag"])) == ("", True)


def test_6_versioned_addresses_are_immutable_and_others_short_lived(server: Server, shelf: Shelf) -> None:
    """What holds the version of a release may be kept for ever (RFC 8246), the rest for minutes."""
    versioned = server.get(f"/dumps/{shelf.main.version}/nosograph.ttl")["Cache-Control"]

    assert "immutable" in versioned
    for path in ("/dumps/latest/nosograph.ttl", f"{RESOURCE}.ttl", RESOURCE, "/sparql?query=ASK%7B%7D"):
        lifetime = server.get(path)["Cache-Control"]
        assert "immutable" not in lifetime
        assert 0 < int(re.search(r"max-age=(\d+)", lifetime)[1]) <= 3600


@pytest.mark.parametrize("path", ["/condition/no-such-thing", "/condition/NO", "/sparql?query=x", "/condition/a?b=c"])
def test_6_errors_are_not_stored(server: Server, path: str) -> None:
    """An error may be gone with the next request, so nobody keeps it."""
    reply = server.get(path)

    assert reply.status >= 400
    assert reply["Cache-Control"] == "no-store"
    assert reply["ETag"] == ""


@pytest.mark.parametrize("path", [f"{RESOURCE}.ttl", f"{RESOURCE}.html", "/ontology.nt", "/sitemap.xml"])
def test_6_content_codings(server: Server, path: str) -> None:
    """The codings gzip and zstd are used where a client takes them, and unpack to the same bytes (RFC 9110 §12.5)."""
    plain = server.get(path)
    packed = server.get(path, Accept_Encoding="gzip")
    dense = server.get(path, Accept_Encoding="gzip, br, zstd")

    assert plain["Content-Encoding"] == ""
    assert (packed["Content-Encoding"], dense["Content-Encoding"]) == ("gzip", "zstd")
    assert gzip.decompress(packed.body) == plain.body
    assert zstandard.ZstdDecompressor().decompress(dense.body) == plain.body
    for reply in (plain, packed, dense):
        assert "Accept-Encoding" in reply["Vary"]
        assert int(reply["Content-Length"]) == len(reply.body)


def test_6_a_coding_that_is_refused_everywhere_is_406(server: Server) -> None:
    """A client that takes neither identity nor what there is gets an error instead of something else."""
    assert server.get(f"{RESOURCE}.ttl", Accept_Encoding="identity;q=0").status == 406


def test_7_a_document_names_its_resource_and_its_alternates(server: Server) -> None:
    """Links say what is described, what to cite, the other formats with their types, licence and collection."""
    reply = server.get(f"{RESOURCE}.ttl")

    iri = "https://w3id.org/nosograph/condition/systemic-scleroderma"
    assert reply.targets("describes") == [iri]
    assert reply.targets("cite-as") == [iri]
    assert reply.targets("canonical") == [f"{SITE}{RESOURCE}.ttl"]
    assert reply.targets("collection") == [f"{SITE}/condition/"]
    assert reply.targets("license") == ["https://creativecommons.org/licenses/by/4.0/"]
    assert "https://w3id.org/nosograph/ontology#Condition" in reply.targets("type")
    alternates = {(target, media_type) for target, relation, media_type in reply.links if relation == "alternate"}
    assert (f"{SITE}{RESOURCE}.jsonld", "application/ld+json") in alternates
    assert len(alternates) == 6


def test_7_a_resource_names_the_documents_that_describe_it(server: Server) -> None:
    """The redirect itself tells a client all that there is."""
    described = [media_type for _, relation, media_type in server.get(RESOURCE).links if relation == "describedby"]

    assert {"text/turtle", "text/html", "application/ld+json"} <= set(described)


def test_7_pages_signpost(server: Server) -> None:
    """A page has what FAIR Signposting level 1 asks for: cite-as, describedby, type, license, and the link set."""
    reply = server.get(f"{RESOURCE}.html")

    for relation in ("cite-as", "describedby", "type", "license", "linkset"):
        assert reply.targets(relation), relation
    assert "https://schema.org/AboutPage" in reply.targets("type")


def test_7_link_sets(server: Server, shelf: Shelf) -> None:
    """Level 2: the link set of a resource and of a release, in JSON (RFC 9264), and everything in it answers."""
    for page in (f"{RESOURCE}.html", f"/dumps/{shelf.main.version}/nosograph.ttl"):
        reply = server.get(server.get(page).targets("linkset")[0].removeprefix(SITE))
        assert reply["Content-Type"] == "application/linkset+json"
        for member in reply.json["linkset"]:
            assert member["anchor"]
            for link in member.get("describedby", []) + member.get("item", []):
                assert server.request("HEAD", link["href"].removeprefix(SITE)).status == 200


def test_7_every_link_of_a_response_leads_somewhere(server: Server) -> None:
    """No link in a header is dead, and each is absolute where the settings say how the site is reached."""
    for path in (
        "/",
        "/downloads",
        RESOURCE,
        f"{RESOURCE}.ttl",
        f"{RESOURCE}.html",
        "/ontology",
        "/ontology.ttl",
        "/dumps/latest/nosograph.ttl",
    ):
        for target, relation, _ in server.get(path).links:
            assert "://" in target, (path, relation, target)
            if target.startswith(SITE):
                status = server.request("HEAD", target.removeprefix(SITE)).status
                assert status in (200, 302, 303), (path, relation, target)


def test_8_pages_embed_json_ld(server: Server) -> None:
    """A page holds its content for machines as well, in JSON-LD, where the meaning holds in schema.org."""
    text = server.get(f"{RESOURCE}.html").text
    blocks = re.findall(r'<script type="application/ld\+json">(.*?)</script>', text, re.DOTALL)

    assert blocks
    assert any("MedicalCondition" in block for block in blocks)
    assert all(json.loads(block) for block in blocks)


def test_9_robots_name_the_sitemap(server: Server) -> None:
    """Crawlers are told where the pages are and what not to run."""
    reply = server.get("/robots.txt")

    assert reply["Content-Type"] == "text/plain;charset=utf-8"
    assert "Sitemap: https://noso.example/sitemap.xml" in reply.text
    assert "Disallow: /sparql?" in reply.text


def test_9_the_sitemap_lists_pages_that_answer(server: Server, shelf: Shelf) -> None:
    """Every address of the sitemap is a page of this site, with the date of the release."""
    tree = ElementTree.parse(io.BytesIO(server.get("/sitemap.xml").body))
    space = {"s": "http://www.sitemaps.org/schemas/sitemap/0.9"}
    addresses = [entry.text or "" for entry in tree.iterfind("s:url/s:loc", space)]
    days = {entry.text for entry in tree.iterfind("s:url/s:lastmod", space)}

    assert days == {shelf.main.manifest.date.isoformat()}
    assert all(address.startswith("https://noso.example/") for address in addresses)
    assert "https://noso.example/condition/scleroderma.html" in addresses
    assert not any("withdrawn-for-tests" in address for address in addresses)
    paths = [address.removeprefix("https://noso.example") for address in addresses]
    assert len(paths) == len(set(paths))
    for path in paths[:: max(1, len(paths) // 40)]:
        reply = server.get(path, Accept="text/html")
        assert (reply.status, reply.media_type) == (200, "text/html"), path


def test_9_a_part_of_the_sitemap_that_is_not_there(server: Server) -> None:
    """Parts are counted from 1; there is one."""
    assert server.get("/sitemap-1.xml").status == 200
    assert server.get("/sitemap-2.xml").status == 404
    assert server.get("/sitemap-0.xml").status == 404


def test_9_void_is_found_by_303(server: Server, shelf: Shelf) -> None:
    """The well-known address leads to the VoID description of the release (VoID §7.2)."""
    reply = server.get("/.well-known/void")
    json_reply = server.get("/.well-known/void", Accept="application/ld+json")

    assert (reply.status, reply["Location"]) == (303, f"../dumps/{shelf.main.version}/void.ttl")
    assert json_reply["Location"].endswith("void.jsonld")
    assert "void:Dataset" in server.get(f"/dumps/{shelf.main.version}/void.ttl").text


def test_9_the_api_catalogue(server: Server) -> None:
    """The catalogue is a link set with its profile and names the endpoint with its description (RFC 9727)."""
    reply = server.get("/.well-known/api-catalog")

    assert reply.media_type == "application/linkset+json"
    assert "rfc9727" in reply["Content-Type"]
    anchors = {member["anchor"]: member for member in reply.json["linkset"]}
    assert anchors["https://noso.example/sparql"]["service-desc"][0]["type"] == "text/turtle"
    assert "api-catalog" in [relation for _, relation, _ in server.request("HEAD", "/.well-known/api-catalog").links]


@pytest.mark.parametrize("path", ["/", f"{RESOURCE}.html", "/condition/no-such-thing"])
def test_security_headers(server: Server, path: str) -> None:
    """A page runs no script but the site's own files, and no inline one; types are not guessed."""
    reply = server.get(path, Accept="text/html")

    policy = reply["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "script-src 'self'" in policy
    assert "unsafe" not in policy
    assert reply["X-Content-Type-Options"] == "nosniff"
    assert reply["Referrer-Policy"] == "strict-origin-when-cross-origin"


def test_every_response_names_the_release_and_has_an_id(server: Server, shelf: Shelf) -> None:
    """Any answer, also a redirect or an error, can be traced to a release and a line of the log."""
    seen = set()
    for path in EVERYWHERE:
        reply = server.get(path)
        assert reply["X-Release"] == shelf.main.version
        seen.add(reply["X-Request-Id"])
    assert len(seen) == len(EVERYWHERE)


def test_a_client_may_give_its_own_request_id(server: Server) -> None:
    """A well-formed id is taken over, so that one request can be followed through several servers; another is not."""
    assert server.get("/healthz", X_Request_Id="0123-abcd-own-id")["X-Request-Id"] == "0123-abcd-own-id"
    assert server.get("/healthz", X_Request_Id="<x>")["X-Request-Id"] != "<x>"
