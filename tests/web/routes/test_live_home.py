"""The base IRI is the data set's: a browser gets the front page, a program its description."""

from __future__ import annotations

import urllib.error
import urllib.request

import pytest
from rdflib import Graph, URIRef

from nosograph.rdf.names import STANDARD_PREFIXES, Base


def fetch(address: str, accept: str) -> tuple[str, str, bytes]:
    """Return final address, media type and body of a request that follows redirects."""
    request = urllib.request.Request(address, headers={"Accept": accept})
    with urllib.request.urlopen(request, timeout=30) as answer:
        return answer.url, answer.headers["Content-Type"], answer.read()


@pytest.mark.filterwarnings("ignore:ConjunctiveGraph is deprecated")  # rdflib's own parser still uses it
@pytest.mark.parametrize(("accept", "syntax"), [("text/turtle", "turtle"), ("application/ld+json", "json-ld")])
def test_base_leads_to_the_description_of_the_data_set(site: str, accept: str, syntax: str) -> None:
    """http.md §1: dereferencing the data set's IRI for RDF gives its VoID description."""
    address, content_type, body = fetch(site, accept)

    described = Graph().parse(data=body, format=syntax)
    assert content_type.startswith(accept)
    assert "/dumps/" in address
    assert (None, URIRef(STANDARD_PREFIXES["foaf"] + "topic"), URIRef(Base().iri)) in described


@pytest.mark.parametrize("accept", ["text/html,application/xhtml+xml,*/*;q=0.8", "*/*"])
def test_base_is_the_front_page_for_people(site: str, accept: str) -> None:
    """Browsers, and clients without a wish, get the page."""
    address, content_type, _ = fetch(site, accept)

    assert (address, content_type.partition(";")[0]) == (site, "text/html")


def test_base_has_no_picture(site: str) -> None:
    """Nothing fits: 406, as everywhere (RFC 9110 §15.5.7)."""
    with pytest.raises(urllib.error.HTTPError) as caught:
        fetch(site, "image/png")
    caught.value.close()

    assert caught.value.code == 406
