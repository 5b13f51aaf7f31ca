"""Pages as browsers get them: well-formed, complete, and harmless whatever the data hold."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator
from typing import Any
from xml.etree.ElementTree import Element

import html5lib
import pytest
from small_site import DEFAULT_BASE, VERSION, page

from nosograph.rdf.formats import RDF_FORMATS
from nosograph.release.names import TABLES
from nosograph.web.html.document_pages import page_of_shapes, page_of_vocabulary, render_error
from nosograph.web.html.structured_data import LONGEST, embed_bounded
from nosograph.web.http.problems import Problem
from nosograph.web.routes import pages, query_pages
from nosograph.web.views.site import Site

PAGES = [
    ("condition", "amber-fever"),
    ("condition", "coastal-amber-fever"),
    ("finding", "amber-nails"),
    ("mechanism", "resin-storage"),
    ("factor", "sea-air"),
    ("treatment", "sea-bathing"),
    ("organization", "amber-society"),
    ("source", "coast-leaflet"),
    ("source", "amber-handbook"),
    ("fact", "0000000000000003"),
    ("mapping", "000000000000000a"),
]
HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
HOSTILE_PAGES = [
    ("condition", "hostile"),
    ("finding", "long-word"),
    ("source", "hostile"),
    ("fact", "00000000000000f1"),
    ("fact", "00000000000000f3"),
    ("fact", "00000000000000f5"),
]


def parse(text: str) -> Element:
    """Return the document, failing on anything that the HTML standard calls a parse error."""
    document: Element = html5lib.HTMLParser(strict=True, namespaceHTMLElements=False).parse(text)
    return document


def texts(element: Element, name: str) -> list[str]:
    """Return the whole text of each element of a name."""
    return ["".join(found.itertext()) for found in element.iter(name)]


def attributes(document: Element) -> Iterator[tuple[str, str, str]]:
    """Return every element's name with each of its attributes."""
    for element in document.iter():
        for name, value in element.attrib.items():
            yield str(element.tag), str(name), value


def structured(document: Element) -> list[Any]:
    """Return the JSON-LD that a page embeds."""
    return [
        json.loads("".join(script.itertext()))
        for script in document.iter("script")
        if script.get("type") == "application/ld+json"
    ]


def every_page(small_site: Site) -> dict[str, str]:
    """Return a page of every kind that needs no running application."""
    found = {f"{kind}/{name}": page(small_site, kind, name) for kind, name in PAGES}
    found["home"] = pages.render_home(small_site)
    found["conditions"] = pages.render_kind(small_site, "condition", 2, 1)
    found["facts"] = pages.render_kind(small_site, "fact", 8, 1)
    found["releases"] = pages.render_kind(small_site, "release", 0, 1)
    found["about"] = pages.render_about(small_site, pending=True)
    found["downloads"] = pages.render_downloads(small_site)
    found["vocabulary"] = page_of_vocabulary(small_site)
    found["shapes"] = page_of_shapes(small_site)
    found["error"] = render_error(Problem(404, "There is nothing here.", hint="Go elsewhere.", fields={"a": ["b", 1]}))
    return found


def test_every_page_is_well_formed(small_site: Site) -> None:
    """No page has a parse error, and ids are unique."""
    for name, text in every_page(small_site).items():
        document = parse(text)
        ids = [value for _, attribute, value in attributes(document) if attribute == "id"]
        assert len(ids) == len(set(ids)), name


def test_every_page_has_one_title_heading_landmark_and_skip_link(small_site: Site) -> None:
    """The frame of a page: language, title, one h1, one main, a way past the navigation."""
    for name, text in every_page(small_site).items():
        document = parse(text)
        assert document.get("lang") == "en", name
        assert len(texts(document, "h1")) == len(list(document.iter("main"))) == 1, name
        assert texts(document, "title")[0].endswith("Nosograph"), name
        assert ("a", "href", "#content") in set(attributes(document)), name


def test_headings_do_not_skip_a_level(small_site: Site) -> None:
    """A heading is at most one level below the one before it (WCAG technique G141)."""
    for name, text in every_page(small_site).items():
        levels = [int(tag[1]) for tag in (str(element.tag) for element in parse(text).iter()) if tag in HEADINGS]
        for before, after in itertools.pairwise(levels):
            assert after - before <= 1, (name, levels)


def test_no_page_has_anything_inline_or_from_another_host(small_site: Site, hostile_site: Site) -> None:
    """The strict Content-Security-Policy holds: no inline script or style, every resource from this site."""
    pages = [*every_page(small_site).values(), *(page(hostile_site, kind, name) for kind, name in HOSTILE_PAGES)]
    for text in pages:
        document = parse(text)
        assert not list(document.iter("style"))
        for tag, name, value in attributes(document):
            assert not name.startswith("on"), (tag, name)
            assert name != "style", (tag, value)
            if name == "src" or ((tag, name) == ("link", "href") and "/static/" in value):
                assert value.startswith("/static/"), value
        for script in document.iter("script"):
            assert script.get("src") or script.get("type") == "application/ld+json"


def test_links_between_pages_lead_to_pages(small_site: Site) -> None:
    """Every fragment that a page links to within itself is there."""
    for name, text in every_page(small_site).items():
        document = parse(text)
        ids = {value for _, attribute, value in attributes(document) if attribute == "id"}
        for tag, attribute, value in attributes(document):
            if tag == "a" and attribute == "href" and value.startswith("#"):
                assert value[1:] in ids, (name, value)


def test_a_condition_page_says_what_its_readers_look_for(small_site: Site) -> None:
    """Names, definition, answers, evidence, codes, formats, citation and disclaimer are on the page."""
    text = page(small_site, "condition", "amber-fever")

    for words in [
        "fever of the amber coast",
        "An invented fever that turns the nails amber.",
        "What are its symptoms?",
        "2 sources",
        "Contested",
        "Hypothesised",
        "MONDO:9999991",
        "the same thing",
        "nearly the same",
        f"Nosograph (release {VERSION})",
        "@misc{",
        "Not medical advice.",
        "https://w3id.org/nosograph/condition/amber-fever",
    ]:
        assert words in text, words


def test_every_mark_leads_to_a_reference_with_a_source(small_site: Site) -> None:
    """The numbers in brackets are those of one list, and each entry links the page of its document."""
    document = parse(page(small_site, "condition", "amber-fever"))
    marks = {a.get("href", "")[1:] for a in document.iter("a") if a.get("class") == "mark"}
    entries = {
        li.get("id"): [a.get("href") for a in li.iter("a")]
        for li in document.iter("li")
        if str(li.get("id")).startswith("reference-")
    }

    assert marks == set(entries) == {"reference-1", "reference-2"}
    assert entries["reference-1"][0] == "/source/coast-leaflet.html"
    assert "/source/coast-leaflet.html#check" in entries["reference-1"]


def test_the_answer_stands_before_all_else(small_site: Site) -> None:
    """The summary is the first section of a condition's page, and its first line tells the symptoms."""
    document = parse(page(small_site, "condition", "amber-fever"))
    first = next(document.iter("section"))

    assert first.get("id") == "summary"
    assert texts(first, "dt")[0] == "Symptoms"
    assert texts(first, "dd")[0].startswith("amber nails")


def test_what_is_inherited_is_folded_with_its_count(small_site: Site) -> None:
    """A form's page tells how many statements it inherits, and lists them where a reader opens them."""
    document = parse(page(small_site, "condition", "coastal-amber-fever"))
    inherited = next(part for part in document.iter("section") if part.get("id") == "inherited-1")
    fold = next(inherited.iter("details"))

    assert texts(fold, "summary")[0].endswith("that hold here too")
    assert int(texts(fold, "summary")[0].split()[0]) == len(texts(fold, "li"))


def test_tables_have_no_cells_that_say_nothing(small_site: Site) -> None:
    """A column that no row fills is left out, and no cell holds a dash."""
    document = parse(page(small_site, "condition", "amber-fever"))

    assert "\N{EN DASH}" not in texts(document, "td")
    for table in document.iter("table"):
        columns = len(texts(next(table.iter("thead")), "th"))
        rows = [row for body in table.iter("tbody") for row in body.iter("tr") if row.get("class") != "group"]
        assert rows
        assert all(len(list(row)) == columns for row in rows)


def test_long_data_are_linked_and_not_embedded() -> None:
    """JSON for a script element is left out where it would make the page long."""
    assert embed_bounded({"a": "b"}) == '{"a":"b"}'
    assert embed_bounded({"a": "b" * LONGEST}) == ""


def test_a_page_links_every_format_of_its_resource(small_site: Site) -> None:
    """Head and foot both link the documents in the RDF formats (HTTP contract 7)."""
    document = parse(page(small_site, "condition", "amber-fever"))
    found = {link.get("href"): link.get("type") for link in document.iter("link") if link.get("rel") == "alternate"}
    in_head = {href: type for href, type in found.items() if type != "application/atom+xml"}  # of the whole site
    in_text = {link.get("href") for link in document.iter("a")}

    assert in_head["/condition/amber-fever.ttl"] == "text/turtle"
    assert {href.rsplit(".", 1)[1] for href in in_head if href} == {"ttl", "jsonld", "nt", "nq", "trig", "rdf"}
    assert set(in_head) <= in_text


def test_structured_data_leave_out_what_is_not_affirmed(small_site: Site) -> None:
    """schema.org cannot say how sure a fact is, so only affirmed facts are given in its terms."""
    data = structured(parse(page(small_site, "condition", "amber-fever")))[0]
    medical = data[0]

    assert medical["@type"] == "MedicalCondition"
    assert [entry["name"] for entry in medical["signOrSymptom"]] == ["amber nails"]
    assert "sea air" not in json.dumps(medical)
    assert medical["code"][0]["codeValue"] == "9999991"


def test_embedded_statements_are_those_of_the_resource(small_site: Site) -> None:
    """The JSON-LD of a page has the resource's own statements with its prefixes."""
    own = structured(parse(page(small_site, "finding", "amber-nails")))[0][-1]

    assert own["@id"] == DEFAULT_BASE + "finding/amber-nails"
    assert own["@type"] == "noso:Finding"
    assert own["skos:prefLabel"] == {"@value": "amber nails", "@language": "en"}
    assert own["@context"]["noso"] == "https://w3id.org/nosograph/ontology#"


@pytest.mark.parametrize(("kind", "name"), HOSTILE_PAGES)
def test_hostile_data_cannot_add_elements_or_addresses(hostile_site: Site, kind: str, name: str) -> None:
    """Markup in literals stays text, and no address but http, https and this site's own is ever linked."""
    document = parse(page(hostile_site, kind, name))

    assert not [tag for tag, _, value in attributes(document) if tag == "img" or ("onerror" in value and tag != "meta")]
    for tag, attribute, value in attributes(document):
        if attribute in ("href", "src", "action"):
            assert value.startswith(("/", "#", "http://", "https://")), (tag, value)
            assert "javascript:" not in value
    assert len(list(document.iter("script"))) <= 4
    for script in document.iter("script"):
        assert "alert" not in "".join(script.itertext()) or script.get("type") == "application/ld+json"


def test_hostile_words_are_shown_as_they_are(hostile_site: Site) -> None:
    """Nothing is dropped or evaluated: readers see the characters that the data hold, isolated in direction."""
    document = parse(page(hostile_site, "condition", "hostile"))
    shown = texts(document, "bdi")

    assert "</title><script>alert('label')</script>" in texts(document, "h1")[0]
    assert any("<img src=x onerror=alert('definition')>" in text for text in shown)
    assert "{{ 7 * 7 }}" in shown
    assert any("\u202e" in text for text in shown)


def test_hostile_words_cannot_turn_a_title(hostile_site: Site) -> None:
    """Where direction cannot be isolated, characters that change it are left out (UTR 36 §2.5)."""
    document = parse(page(hostile_site, "condition", "hostile"))
    meta = [element.get("content", "") for element in document.iter("meta")]

    for text in [*texts(document, "title"), *meta]:
        assert not set(text) & set("\u202e\u2066\u200b\u0007")


def test_text_in_another_language_is_marked(hostile_site: Site) -> None:
    """A literal with a language tag other than the page's carries it, so that it is read out rightly."""
    document = parse(page(hostile_site, "condition", "hostile"))

    assert [element.text for element in document.iter("bdi") if element.get("lang") == "he"] == ["חום ענבר"]


def test_embedded_data_cannot_end_their_element(hostile_site: Site) -> None:
    """JSON-LD with markup in it parses back to the same text (HTML §4.12.1.3)."""
    data = structured(parse(page(hostile_site, "condition", "hostile")))[0]

    assert data[-1]["skos:prefLabel"]["@value"] == "</title><script>alert('label')</script>"


def test_a_withdrawn_resource_says_so(small_site: Site) -> None:
    """The page of a deprecated resource stays and says what it is."""
    assert "Withdrawn." in page(small_site, "condition", "amber-fever", "deprecated")
    assert "Withdrawn." not in page(small_site, "condition", "amber-fever")


def test_an_error_page_escapes_what_the_client_sent() -> None:
    """What came in the request is shown as text, with what to do and the request id."""
    text = render_error(Problem(400, "Bad <script>x</script>", hint="Do <b>this</b>.", request_id="abc123"))
    document = parse(text)

    assert "Bad <script>x</script>" in texts(document, "bdi")
    assert "Do <b>this</b>." in texts(document, "bdi")
    assert "abc123" in text
    assert all(script.get("src") for script in document.iter("script"))


def test_pages_of_a_list_are_linked(small_site: Site) -> None:
    """A list longer than a page leads on, and says which part it shows."""
    text = pages.render_kind(small_site, "condition", 450, 1)
    last = pages.render_kind(small_site, "condition", 2, 1)

    assert "/condition/?page=2" in text
    assert "?page=" not in last


def test_the_vocabulary_page_documents_every_term_in_use(small_site: Site) -> None:
    """Terms have their fragment, their definition, and facts that use them as examples."""
    document = parse(page_of_vocabulary(small_site))
    ids = {value for _, attribute, value in attributes(document) if attribute == "id"}

    assert {"hasSymptom", "Condition", "evidence", "rareDisease", "StatusScheme", "affirmed"} <= ids
    assert ("a", "href", "/fact/0000000000000002.html") in set(attributes(document))


@pytest.mark.parametrize(("has_editor", "said"), [(True, "libraries under their own licences"), (False, "plain form")])
def test_the_query_page_says_which_form_it_has(small_site: Site, has_editor: bool, said: str) -> None:
    """With the editor come the licences of its libraries; without it, the page says what is missing."""
    html = query_pages.render_query(small_site, "ASK {}", has_editor=has_editor)

    assert said in html
    assert ("built/editor.js" in html) == ("built/notices.txt" in html) == has_editor
    parse(html)


def test_the_query_page_tells_of_the_engines_and_of_text_search(small_site: Site) -> None:
    """Who queries the graph learns of what SPARQL does not have, with the guide that explains it."""
    html = query_pages.render_query(small_site, "ASK {}")

    for said in ("engine=store", "engine=analysis", "noso:textMatch", "/docs/researcher"):
        assert said in html


def test_the_front_page_tells_of_every_form_of_download(small_site: Site) -> None:
    """Dumps in RDF and tables are both named, so that who wants a table does not turn away."""
    card = pages.render_home(small_site).partition("Download it")[2].partition("</li>")[0]

    assert f"{len(RDF_FORMATS)} formats of RDF" in card
    assert all(table.format.label in card for table in TABLES)


def test_kind_of_evidence_is_told_where_the_evidence_is_told_whole(small_site: Site) -> None:
    """All evidence has a kind: a fact's page tells it, and lists of evidence do not repeat it line by line."""
    assert "Evidence code" in page(small_site, "fact", "0000000000000008")
    for kind, identifier in (("condition", "coastal-amber-fever"), ("source", "coast-leaflet")):
        html = page(small_site, kind, identifier)
        assert "evidence code" not in html
        assert "()" not in html
