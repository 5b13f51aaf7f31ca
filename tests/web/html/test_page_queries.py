"""Pages are made from what was made ahead: each takes at most five queries and look-ups."""

from __future__ import annotations

from collections.abc import Iterator
from xml.etree import ElementTree

import pytest
from flask.testing import FlaskClient
from stores import CountingDocuments, CountingSource

from nosograph.release.opening import Release
from nosograph.settings import Settings
from nosograph.store.lookup import ResourceLookup
from nosograph.vocabulary.terms import FACT_KIND, MAPPING_KIND
from nosograph.web.application import create_application
from nosograph.web.routes import well_known
from nosograph.web.views.site import Site

MOST = 5
MOST_OF_A_STATEMENT = 6
"""Of a fact or a mapping that is inherited or took the place of another: the predicates that say so are looked up."""

MOST_OF_THE_FRONT_PAGE = 9
"""Besides lists and figures: what is curated is counted in its own graphs, and the documents that were read."""


@pytest.fixture(scope="module", params=["release", "plant_release"])
def served(request: pytest.FixtureRequest) -> Iterator[tuple[FlaskClient, Site]]:
    """A client of each vocabulary's release, and its site, which counts what it asks."""
    release: Release = request.getfixturevalue(request.param)
    app = create_application(release, Settings(query_workers=1, answer_cache=0), report=lambda fields: None)
    context = app.extensions["nosograph"]
    context.site.source = CountingSource(context.site.source)
    context.site.documents = CountingDocuments(release.documents_file)
    yield app.test_client(), context.site
    context.store.close()


def asked_for(client: FlaskClient, site: Site, path: str) -> int:
    """Return how many queries and look-ups a page took."""
    source, documents = site.source, site.documents
    assert isinstance(source, CountingSource)
    assert isinstance(documents, CountingDocuments)
    source.asked.clear()
    documents.queries = 0
    reply = client.get(path, headers={"Accept": "text/html"})
    assert reply.status_code == 200, path
    return sum(source.asked.values()) + documents.queries


def test_the_page_of_every_resource_takes_few_queries(served: tuple[FlaskClient, Site]) -> None:
    """Of every kind, the page of each resource is made from documents."""
    client, site = served
    base = site.release.base
    taken = {
        (entry.kind, iri): asked_for(client, site, f"/{iri.removeprefix(base.iri)}.html")
        for entry in site.release.vocabulary.classes
        for iri in ResourceLookup(base, site.triples()).resources(entry.iri)
    }

    most = {key: MOST_OF_A_STATEMENT if key[0] in (FACT_KIND, MAPPING_KIND) else MOST for key in taken}
    assert len(taken) > 10
    assert {key: number for key, number in taken.items() if number > most[key]} == {}


def test_lists_and_pages_about_the_whole_take_few_queries(served: tuple[FlaskClient, Site]) -> None:
    """The front page and the list of each kind are made from lists and figures."""
    client, site = served
    kinds = [kind for kind, number in site.release.manifest.counts.kinds.items() if number]
    paths = ["/about", "/downloads", *(f"/{kind}/" for kind in kinds)]

    assert asked_for(client, site, "/") <= MOST_OF_THE_FRONT_PAGE
    assert {path: number for path in paths if (number := asked_for(client, site, path)) > MOST} == {}


def test_a_sitemap_too_long_for_one_file_is_split(
    served: tuple[FlaskClient, Site], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The index names parts that have, together, every address of the whole once, none more than the bound."""
    client, _ = served
    whole = addresses(client, "/sitemap.xml")
    monkeypatch.setattr(well_known, "MOST_IN_SITEMAP", 20)
    parts = [addresses(client, f"/{part.rpartition('/')[2]}") for part in addresses(client, "/sitemap.xml")]

    assert [len(part) for part in parts[:-1]] == [20] * (len(parts) - 1) and 0 < len(parts[-1]) <= 20
    assert [address for part in parts for address in part] == whole and len(set(whole)) == len(whole)
    assert client.get(f"/sitemap-{len(parts) + 1}.xml").status_code == 404


def addresses(client: FlaskClient, path: str) -> list[str]:
    """Return the addresses that a sitemap lists."""
    tree = ElementTree.fromstring(client.get(path).data)
    return [entry.text or "" for entry in tree.iter() if entry.tag.endswith("loc")]
