"""The pages over HTTP, from the real server with a release of the curated graph."""

from __future__ import annotations

import json
import re
import urllib.error
import urllib.request
from dataclasses import dataclass
from urllib.parse import quote, urlencode, urljoin
from xml.etree import ElementTree

import html5lib
import pytest

from nosograph.release.opening import Release
from nosograph.web.html.rendering import STATIC_FOLDER

PAGES = [
    "",
    "condition/",
    "fact/",
    "mapping/",
    "condition/scleroderma.html",
    "condition/systemic-scleroderma.html",
    "condition/scleroderma/drawing",
    "finding/skin-thickening.html",
    "mechanism/scarring.html",
    "factor/genetic.html",
    "structure/skin.html",
    "treatment/surgery.html",
    "source/gard-scleroderma.html",
    "organization/orphanet.html",
    "search",
    "search?q=skin",
    "questions",
    "questions?condition=systemic+scleroderma",
    "questions/01-all-subtypes",
    "questions/04-only-in-the-systemic-form?has=localized-scleroderma&lacks=systemic-scleroderma",
    "concept/noso:rareDisease",
    "concept/noso:typical",
    "concept/noso:affirmed?use=noso:status&after=100",
    "condition/localized-scleroderma/named?use=noso:hasSubtype",
    "hierarchy",
    "hierarchy/condition/",
    "hierarchy/condition/scleroderma",
    "compare/condition",
    "compare/condition?first=systemic-scleroderma&second=localized-scleroderma",
    "compare/finding?first=skin-thickening",
    "query",
    "sparql",
    "downloads",
    "about",
    "docs/",
    "docs/developer",
    "ontology.html",
    "shapes.html",
]


@dataclass(frozen=True)
class Answer:
    """What the server sent."""

    status: int
    headers: dict[str, str]
    text: str


def fetch(address: str, accept: str = "text/html", method: str = "GET") -> Answer:
    """Return the server's answer, errors included."""
    request = urllib.request.Request(address, headers={"Accept": accept}, method=method)
    try:
        with urllib.request.urlopen(request, timeout=30) as response:
            return Answer(response.status, dict(response.headers), response.read().decode())
    except urllib.error.HTTPError as error:
        with error:
            return Answer(error.code, dict(error.headers), error.read().decode())


def status(address: str) -> int:
    """Return the status that an address answers with."""
    return fetch(address, "*/*", "HEAD").status


@pytest.mark.parametrize("path", PAGES)
def test_every_page_is_served_well_formed(site: str, path: str) -> None:
    """Each page kind answers 200 with HTML that has no parse error."""
    answer = fetch(site + path)

    assert answer.status == 200
    assert answer.headers["Content-Type"] == "text/html;charset=utf-8"
    html5lib.HTMLParser(strict=True).parse(answer.text)


def test_every_local_link_of_every_page_leads_somewhere(site: str, release: Release) -> None:
    """No page links to an address of this site that does not answer."""
    found: dict[str, str] = {}
    for path in [*PAGES, f"release/{release.version}.html"]:
        for href in re.findall(r'href="(\.[^"#]*)', fetch(site + path).text):
            found.setdefault(urljoin(site + path, href.replace("&amp;", "&")), path)
    broken = [(address, page) for address, page in sorted(found.items()) if status(address) >= 400]

    assert len(found) > 200
    assert broken == []


def test_fragments_of_other_pages_are_there(site: str) -> None:
    """Links to terms and passages end at an element that their page has."""
    pages = ("condition/scleroderma.html", "finding/skin-thickening.html", "concept/noso:rareDisease")
    text = "".join(fetch(site + path).text for path in pages)
    links = set(re.findall(r'href="\.\./((?:ontology|source/[\w-]+)\.html)#([^"]+)"', text))
    ids = {page: set(re.findall(r' id="([^"]+)"', fetch(site + page).text)) for page, _ in links}

    assert len(links) >= 5
    assert [(page, fragment) for page, fragment in links if fragment not in ids[page]] == []


def test_a_question_opens_in_the_editor(site: str) -> None:
    """The link of a question leads to the query page with its query."""
    text = fetch(site + "query?question=08-where-sources-disagree").text

    assert "Where do the sources disagree?" in text
    assert fetch(site + "query?question=none").status == 404


def test_the_plain_form_answers_without_scripts(site: str) -> None:
    """A query that is sent as a form gives a page with its rows and links to the whole answer."""
    query = "SELECT ?x WHERE { VALUES ?x { <javascript:alert(1)> 'a<b' } }"
    text = fetch(f"{site}query?{urlencode({'query': query})}").text

    assert "2 rows." in text
    assert "a&lt;b" in text
    assert 'href="javascript:' not in text
    assert f"/sparql?query={quote(query, safe='')}&amp;format=csv" in text


def test_a_query_that_does_not_parse_is_shown_at_its_line(site: str) -> None:
    """The page names the line and marks it."""
    parameters = urlencode({"query": "SELECT * WHERE {\n  ?s ?p\n}"})
    text = fetch(f"{site}query?{parameters}").text

    assert 'role="alert"' in text
    assert "line wrong" in text
    assert re.search(r"At line [23], column", text)


@pytest.mark.parametrize(("query", "word"), [("ASK { ?s ?p ?o }", "Yes"), ("ASK { <urn:a> <urn:b> <urn:c> }", "No")])
def test_an_ask_query_is_answered_in_words(site: str, query: str, word: str) -> None:
    """True and false are for programs."""
    assert f">{word}</pre>" in fetch(f"{site}query?{urlencode({'query': query})}").text


def test_search_in_html_and_json_agree(site: str) -> None:
    """Both give the same things in the same order."""
    found = json.loads(fetch(site + "search.json?q=sclerodrma", "application/json").text)
    text = fetch(site + "search?q=sclerodrma").text

    assert found["corrected"] == "scleroderma"
    assert found["results"][0]["label"] == "scleroderma"
    positions = [text.index(f'href="./{result["page"]}"') for result in found["results"]]
    assert positions == sorted(positions)


@pytest.mark.parametrize(
    ("query", "page"),
    [
        ("MONDO:0005100", "condition/systemic-scleroderma.html"),
        ("ORPHA90291", "condition/systemic-scleroderma.html"),
        ("http://purl.obolibrary.org/obo/HP_0002829", "finding/joint-pain.html"),
    ],
)
def test_codes_lead_to_their_resource(site: str, query: str, page: str) -> None:
    """A code in any notation finds the resource that has it."""
    found = json.loads(fetch(f"{site}search.json?{urlencode({'q': query})}", "application/json").text)

    assert [result["page"] for result in found["results"]] == [page]


@pytest.mark.parametrize(
    "path",
    [
        "search?kind=nothing&q=a",
        "search.json?q=a&limit=0",
        "search.json?q=a&limit=x",
        "search.json?q=a&limit=0000000019999",
        "condition/?page=0",
        "condition/?page=x",
    ],
)
def test_parameters_that_make_no_sense_are_refused(site: str, path: str) -> None:
    """A parameter with a value that cannot be used is an error that says so, not something else's answer."""
    assert fetch(site + path).status in (400, 404)


@pytest.mark.parametrize(
    ("path", "words"), [("condition/?page=99", "no page 99"), ("query?question=x", "question 'x'")]
)
def test_what_a_known_address_lacks_is_named(site: str, path: str, words: str) -> None:
    """A page or a question that is not there is named, instead of saying that the address is unknown."""
    answer = fetch(site + path, "application/problem+json")

    assert answer.status == 404
    assert words in json.loads(answer.text)["detail"]


def test_the_search_description_is_read_by_browsers(site: str) -> None:
    """OpenSearch 1.1: a short name of at most 16 characters and a template with the search terms."""
    answer = fetch(site + "opensearch.xml", "*/*")
    root = ElementTree.fromstring(answer.text)
    space = "{http://a9.com/-/spec/opensearch/1.1/}"

    assert answer.headers["Content-Type"] == "application/opensearchdescription+xml"
    assert len(root.findtext(f"{space}ShortName") or "") in range(1, 17)
    assert all("{searchTerms}" in (url.get("template") or "") for url in root.findall(f"{space}Url"))


def test_static_files_may_be_kept_for_ever(site: str) -> None:
    """Their address holds a digest of their content; a guess at another digest is not kept."""
    address = re.search(r'href="\./(static/[0-9a-f]+/site\.css)"', fetch(site).text)

    assert address is not None
    kept = fetch(site + address[1], "*/*")
    other = fetch(site + "static/000000000000/site.css", "*/*")
    assert "immutable" in kept.headers["Cache-Control"]
    assert "immutable" not in other.headers["Cache-Control"]
    assert kept.text == (STATIC_FOLDER / "site.css").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "path", ["static/x/../../pages/routes.py", "static/x/..%2f..%2fpages%2froutes.py", "static/x/none.css"]
)
def test_static_addresses_do_not_leave_their_folder(site: str, path: str) -> None:
    """Only files of the static folder are served."""
    assert fetch(site + path, "*/*").status in (400, 404)


def test_the_downloads_page_lists_every_file_with_its_digest(site: str, release: Release) -> None:
    """Name and SHA-256 of each file of the manifest are on the page."""
    text = fetch(site + "downloads").text

    for file in release.manifest.files.values():
        assert f"/dumps/{release.version}/{file.name}" in text
        assert file.sha256 in text


@pytest.mark.parametrize("name", ["dcat.ttl", "hcls.ttl", "croissant.json", "report.txt"])
def test_the_downloads_page_leads_to_every_description(site: str, release: Release, name: str) -> None:
    """Programs that read a description of the data set find each of them in one section of the page."""
    section = fetch(site + "downloads").text.partition('id="descriptions"')[2]

    assert name in release.manifest.files
    assert f"/dumps/latest/{name}" in section


@pytest.mark.parametrize("name", ["16-imports-agree", "17-imports-add", "18-imports-disagree"])
def test_a_question_about_a_graph_that_is_not_there_says_so(site: str, release: Release, name: str) -> None:
    """An answer without a row that could have none in this release has the reason beside it."""
    text = fetch(f"{site}questions/{name}").text

    assert not any(graph.startswith("import/") for graph in release.manifest.counts.graphs)
    assert "The answer has no row: " in text
    assert "no imported data set" in text


def test_the_page_of_the_release_shows_what_it_holds(site: str, release: Release) -> None:
    """Figures and files of the release are on its page, well-formed."""
    text = fetch(f"{site}release/{release.version}.html").text
    html5lib.HTMLParser(strict=True).parse(text)

    assert f"<dd>{release.manifest.counts.facts:,}</dd>" in text
    assert release.manifest.files["nosograph.ttl"].sha256 in text
