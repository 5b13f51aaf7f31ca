"""Content negotiation by RFC 9110 §12.5, without a server."""

import time

import pytest

from nosograph.rdf.formats import DOCUMENT_FORMATS, GRAPH_FORMATS, HTML, JSON_LD, SELECT_FORMATS, TURTLE
from nosograph.web.http.negotiation import (
    MalformedHeader,
    MediaRange,
    choose,
    choose_coding,
    choose_document,
    parse_accept,
)

FIREFOX = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
CHROMIUM = (
    "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,image/apng,*/*;q=0.8,"
    "application/signed-exchange;v=b3;q=0.7"
)
RDFLIB = "text/turtle, application/rdf+xml;q=0.9, application/n-triples;q=0.8, application/ld+json;q=0.7, */*;q=0.1"


def chosen(accept: str | None) -> str | None:
    """Return the name of the document format that is chosen."""
    choice = choose(accept, DOCUMENT_FORMATS)
    return choice.format.name if choice else None


@pytest.mark.parametrize(
    ("accept", "expected"),
    [
        (None, "ttl"),
        ("", "ttl"),
        (" , ,", "ttl"),
        ("*/*", "ttl"),
        (FIREFOX, "html"),
        (CHROMIUM, "html"),
        (RDFLIB, "ttl"),
        ("application/ld+json", "jsonld"),
        ("application/n-triples", "nt"),
        ("application/n-quads", "nq"),
        ("application/trig", "trig"),
        ("application/rdf+xml", "rdf"),
        ("APPLICATION/LD+JSON", "jsonld"),
        ("application/xhtml+xml", "html"),
        ("application/x-turtle", "ttl"),
        ("text/*", "ttl"),
        ("application/*", "jsonld"),
    ],
)
def test_each_client_gets_the_format_it_names(accept: str | None, expected: str) -> None:
    """The format that a header names is chosen; no header, an empty one and */* mean Turtle (RFC 9110 §12.5.1)."""
    assert chosen(accept) == expected


@pytest.mark.parametrize(
    ("accept", "expected"),
    [
        ("text/turtle;q=0.5, application/ld+json;q=0.6", "jsonld"),
        ("text/turtle;q=0.001, application/ld+json;q=0", "ttl"),
        ("text/turtle;q=.5, application/ld+json;q=.6", "jsonld"),
        ("text/turtle;q=1.000, application/ld+json;q=0.999", "ttl"),
        ("text/turtle; Q=0.1 , text/html ; q=0.2", "html"),
        ("text/turtle ; q = 0.1, text/html;q=0.2", "html"),
        ('text/turtle;q="0.1", text/html;q=0.2', "html"),
    ],
)
def test_the_highest_weight_wins(accept: str, expected: str) -> None:
    """The weight orders what the client would like, with up to three digits and optional spaces (§12.4.2)."""
    assert chosen(accept) == expected


@pytest.mark.parametrize(
    ("accept", "expected"),
    [
        ("*/*;q=0.9, text/turtle;q=0.1", "html"),
        ("text/*;q=0.9, text/turtle;q=0.1, application/*;q=0.2", "html"),
        ("text/turtle;q=0.1, text/*;q=0.2, */*;q=0.3", "jsonld"),
        ("*/*, text/turtle;q=0, text/html;q=0", "jsonld"),
        ("text/turtle;charset=utf-8, text/turtle;q=0", "ttl"),
        ("text/turtle;q=0.2, text/turtle;charset=utf-8;q=0.9, text/html;q=0.5", "ttl"),
    ],
)
def test_the_most_specific_range_gives_the_weight(accept: str, expected: str) -> None:
    """A type with parameters goes before the type, that before type/*, and that before */* (§12.5.1)."""
    assert chosen(accept) == expected


def test_among_equal_weights_a_named_format_goes_before_a_wildcard() -> None:
    """A client that names a format and lets others in means the named one."""
    assert chosen("application/rdf+xml, */*") == "rdf"


def test_among_equal_weights_and_ranges_the_server_prefers_its_first() -> None:
    """The order in which a client lists equal ranges means nothing (§12.5.1)."""
    assert chosen("application/rdf+xml, text/turtle") == chosen("text/turtle, application/rdf+xml") == "ttl"


@pytest.mark.parametrize(
    "accept",
    [
        "image/png",
        "text/turtle;q=0",
        "*/*;q=0",
        "text/*;q=0",
        "text/turtle;charset=iso-8859-1",
        "text/turtle;level=1",
        "application/json",
        "foo/bar",
    ],
)
def test_nothing_fits(accept: str) -> None:
    """A weight of 0 and a parameter that the representation does not have exclude it (§12.4.2, §12.5.1)."""
    assert chosen(accept) is None


@pytest.mark.parametrize("profile", ["compacted", "expanded", "flattened"])
def test_a_json_ld_profile_is_a_wish(profile: str) -> None:
    """JSON-LD comes compacted; another profile is asked for in vain but not refused (RFC 6906 §3.1)."""
    assert chosen(f'application/ld+json;profile="http://www.w3.org/ns/json-ld#{profile}"') == "jsonld"


def test_a_comma_inside_quotes_does_not_end_an_element() -> None:
    """A quoted string may hold a comma, a semicolon and an escaped quote (§5.6.4)."""
    ranges = parse_accept(r'text/turtle;note="a, b; \"c\"";q=0.5, text/html')

    assert ranges == (
        MediaRange("text", "turtle", (("note", 'a, b; "c"'),), 0.5),
        MediaRange("text", "html"),
    )


@pytest.mark.parametrize(
    "accept", ["text/turtle;q=high, text/html", "text/turtle;q=2, text/html", "turtle, text/html", "text/*x, text/html"]
)
def test_an_element_that_is_no_media_range_is_skipped(accept: str) -> None:
    """One broken element does not make the rest of the header worthless (§2.4)."""
    assert chosen(accept) in ("html", "ttl")
    assert len(parse_accept(accept)) in (1, 2)


def test_a_weight_that_is_no_weight_excludes_its_element() -> None:
    """A weight above 1 is malformed, so its element is not counted (§12.4.2)."""
    assert chosen("text/turtle;q=2, text/html;q=0.1") == "html"


@pytest.mark.parametrize("accept", ["turtle", "text/turtle text/html", ";;;", "text/", "*/turtle", '"'])
def test_a_header_without_any_media_range_is_malformed(accept: str) -> None:
    """A header in which nothing can be understood is refused, naming it, rather than guessed at."""
    with pytest.raises(MalformedHeader) as raised:
        choose(accept, DOCUMENT_FORMATS)

    assert raised.value.field == "Accept"
    assert raised.value.value == accept


def test_a_lone_star_means_everything() -> None:
    """Old Java clients end their header with a star instead of */*."""
    assert chosen("image/gif, *; q=.2") == "ttl"


def test_an_alias_is_answered_under_its_own_name() -> None:
    """A client that asks for application/json gets results that say they are application/json."""
    choice = choose("application/json", SELECT_FORMATS)

    assert choice is not None
    assert (choice.format.name, choice.content_type) == ("json", "application/json")


def test_a_wildcard_never_stands_for_an_alias() -> None:
    """text/* lets CSV in and not SPARQL XML, whose own media type is not a text one."""
    choice = choose("text/*", SELECT_FORMATS)

    assert choice is not None
    assert choice.content_type == "text/csv;charset=utf-8"


def test_aliases_may_be_given_for_one_negotiation() -> None:
    """application/json means JSON-LD where the answer is a graph."""
    choice = choose("application/json", GRAPH_FORMATS, {JSON_LD.name: ("application/json",)})

    assert choice is not None
    assert choice.format is JSON_LD


def test_nothing_can_be_chosen_from_nothing() -> None:
    """An empty list of formats fits no client."""
    assert choose(None, ()) is None


def test_turtle_is_sent_with_its_charset() -> None:
    """text/turtle is always UTF-8, and says so, because text types had another default once (RFC 9110 §8.3.2)."""
    choice = choose(None, (TURTLE,))

    assert choice is not None
    assert choice.content_type == "text/turtle;charset=utf-8"


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        (None, "identity"),
        ("", "identity"),
        ("gzip", "gzip"),
        ("x-gzip", "gzip"),
        ("GZIP", "gzip"),
        ("gzip, deflate, br, zstd", "zstd"),
        ("gzip;q=1.0, zstd;q=0.5", "gzip"),
        ("br", "identity"),
        ("*", "zstd"),
        ("zstd;q=0, *", "gzip"),
        ("gzip;q=0", "identity"),
        ("identity;q=1, gzip;q=0.5", "identity"),
        ("identity;q=0.5, gzip;q=0.5", "gzip"),
        ("identity;q=0, gzip", "gzip"),
        ("identity;q=0", None),
        ("*;q=0", None),
        ("*;q=0, identity", "identity"),
        ("gzip;q=high", "identity"),
        ("!!!", "identity"),
    ],
)
def test_content_coding(header: str | None, expected: str | None) -> None:
    """The best acceptable coding is used, none where none is, and identity unless it is excluded (§12.5.3)."""
    assert choose_coding(header, ("zstd", "gzip")) == expected


@pytest.mark.parametrize("accept", ['"' + '\\"' * 50_000, "a/b;" + " " * 50_000 + "x"])
def test_a_long_malformed_header_is_read_in_linear_time(accept: str) -> None:
    """Open quotes and long runs of blanks are not read again from every position, which would take minutes here."""
    began = time.process_time()

    with pytest.raises(MalformedHeader):
        choose(accept, DOCUMENT_FORMATS)
    assert choose_coding("a" + " " * 50_000 + "b", ("gzip",)) == "identity"

    assert time.process_time() - began < 2


COMUNICA = (
    "application/n-quads,application/trig;q=0.95,application/ld+json;q=0.9,application/n-triples;q=0.8,"
    "text/turtle;q=0.6,application/rdf+xml;q=0.5,application/json;q=0.45,text/n3;q=0.35,application/xml;q=0.3,"
    "text/html;q=0.2"
)


@pytest.mark.parametrize(
    ("accept", "expected"),
    [
        (COMUNICA, "jsonld"),
        ("application/n-quads, text/turtle;q=0.1", "ttl"),
        ("application/trig, application/n-triples;q=0", "trig"),
        ("application/n-quads", "nq"),
        ("application/trig, application/n-quads;q=0.9", "trig"),
        ("application/n-quads, */*;q=0.1", "nq"),
        ("application/n-quads, text/*;q=0.9, text/html;q=0.8", "nq"),
        ("text/html, application/n-quads;q=0.9", "html"),
        (None, "ttl"),
        ("image/png", None),
    ],
)
def test_documents_are_triples_where_the_client_names_any(accept: str | None, expected: str | None) -> None:
    """Who takes triples and quads alike gets triples; a wildcard is no wish, and quads alone are answered in quads."""
    choice = choose_document(accept, DOCUMENT_FORMATS)

    assert (choice.format.name if choice else None) == expected


def test_html_is_never_called_xml() -> None:
    """A client that names XHTML gets HTML under its own media type: the pages are not well-formed XML."""
    choice = choose("application/xhtml+xml", [HTML])

    assert choice is not None
    assert choice.content_type == "text/html;charset=utf-8"


@pytest.mark.parametrize(
    ("accept", "expected"),
    [("text/plain", "text/plain;charset=utf-8"), ("application/n-triples", "application/n-triples")],
)
def test_text_types_name_their_charset(accept: str, expected: str) -> None:
    """N-Triples under its old name would be read as US-ASCII without a charset; its own media type has none."""
    choice = choose(accept, GRAPH_FORMATS)

    assert choice is not None
    assert choice.content_type == expected
