"""What harvesters, search engines and people who found a fault look for."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from flask.testing import FlaskClient
from pyoxigraph import NamedNode, RdfFormat, parse

from nosograph.rdf.formats import RDF_FORMATS
from nosograph.release.opening import Release
from nosograph.settings import Settings
from nosograph.web.application import create_application

SITE = "https://noso.example/kg/"
BASE = "https://w3id.org/nosograph/"
PUBLISHER = f"{BASE}about#publisher"
CONDITION = "/condition/systemic-scleroderma.html"


@pytest.fixture(scope="module")
def client(release: Release) -> FlaskClient:
    """Return a client of an application that knows how it is reached."""
    return create_application(release, Settings(site_url=SITE)).test_client()


def links(value: str) -> dict[str, list[str]]:
    """Return the targets of a Link header by relation."""
    found: dict[str, list[str]] = {}
    for target, relation in re.findall(r'<([^>]*)>; rel="([^"]*)"', value):
        found.setdefault(relation, []).append(target)
    return found


def embedded(client: FlaskClient, path: str) -> list[dict[str, object]]:
    """Return the JSON-LD objects that a page embeds."""
    (text,) = re.findall(r'<script type="application/ld\+json">(.*?)</script>', client.get(path).text, re.DOTALL)
    data = json.loads(text)
    return data if isinstance(data, list) else [data]


@pytest.fixture
def pages(release: Release) -> Iterator[str]:
    """Return the paths of the pages that data are found by."""
    return iter(("/", "/downloads", f"/release/{release.version}.html", CONDITION))


def test_pages_have_every_link_of_fair_signposting(client: FlaskClient, pages: Iterator[str]) -> None:
    """What to cite, who made it, the terms, the data, their description and the link set, all as absolute addresses."""
    for path in pages:
        found = links(client.head(path).headers["Link"])

        for relation in ("cite-as", "author", "license", "item", "describedby", "linkset", "canonical", "type"):
            assert found.get(relation), (path, relation)
        assert "https://schema.org/AboutPage" in found["type"], path
        assert found["author"] == [PUBLISHER]
        assert all("://" in target for targets in found.values() for target in targets), path
        for target in (*found["item"], *found["describedby"], *found["linkset"]):
            assert target.startswith(SITE)
            reply = client.head("/" + target.removeprefix(SITE))
            assert reply.status_code == 200, target
            reply.close()


def test_the_header_of_a_page_fits_into_the_buffer_of_a_proxy(client: FlaskClient, pages: Iterator[str]) -> None:
    """Nginx takes 4 KiB unless told otherwise, and answers 502 beyond; longer names have room."""
    for path in pages:
        fields = client.head(path).headers.items()

        assert sum(len(name) + len(value) + 4 for name, value in fields) < 3000, path


def test_links_are_relative_where_nobody_said_how_the_site_is_reached(release: Release) -> None:
    """On a copy that is not set up, links still lead to the copy; what is said to be canonical is below the base."""
    client = create_application(release, Settings()).test_client()

    found = links(client.head(CONDITION).headers["Link"])

    assert "systemic-scleroderma.ttl" in found["item"]
    assert found["canonical"] == [f"{BASE}{CONDITION[1:]}"]


def test_the_link_set_of_a_release_holds_both_directions(client: FlaskClient, release: Release) -> None:
    """Level 2: each file is an item of the page, and leads back to it; each description says what it describes."""
    page = f"{SITE}release/{release.version}.html"
    members = client.get(f"/dumps/{release.version}/linkset.json").json
    assert members is not None
    anchors = {member["anchor"]: member for member in members["linkset"]}
    items = [link["href"] for link in anchors[page]["item"]]

    assert set(items) == {f"{SITE}dumps/{release.version}/{name}" for name in release.manifest.files}
    assert all(anchors[item]["collection"][0]["href"] == page for item in items)
    for described in anchors[page]["describedby"]:
        assert anchors[described["href"]]["describes"][0]["href"] == page


@pytest.mark.parametrize("media_type", [form.media_type for form in RDF_FORMATS])
def test_the_iri_of_the_data_set_answers_in_every_format(client: FlaskClient, media_type: str) -> None:
    """Where it leads is a document that says something of that IRI: at least title and licence."""
    reply = client.get("/", headers={"Accept": media_type})
    document = client.get("/" + reply.headers["Location"])
    form = next(form for form in RDF_FORMATS if form.media_type == media_type)
    said = {
        quad.predicate.value.rpartition("/")[2]
        for quad in parse(document.data, format=RdfFormat.from_media_type(form.media_type))
        if quad.subject == NamedNode(BASE)
    }

    assert (reply.status_code, document.status_code) == (303, 200)
    assert said >= {"title", "license"}


def test_the_front_page_describes_the_data_set(client: FlaskClient, release: Release) -> None:
    """The members that Google, Bioschemas and F-UJI ask of a Dataset, identifier and maker among them."""
    (data,) = embedded(client, "/")
    creator = data["creator"]
    distribution = data["distribution"]
    assert isinstance(creator, dict) and isinstance(distribution, list)

    assert (data["@type"], data["identifier"], data["version"]) == ("Dataset", BASE, release.version)
    assert data["datePublished"] == release.manifest.date.isoformat()
    assert (creator["@id"], creator["name"]) == (PUBLISHER, release.manifest.profile.publisher)
    assert data["publisher"] == creator
    assert data["license"] == "https://creativecommons.org/licenses/by/4.0/"
    assert str(data["conditionsOfAccess"]).endswith("/access-right/PUBLIC")
    assert data["isBasedOn"] and data["includedInDataCatalog"] and data["keywords"] and data["description"]
    assert all(entry["contentUrl"].startswith(SITE) and entry["contentSize"] for entry in distribution)


def test_the_page_of_downloads_describes_the_catalogue(client: FlaskClient) -> None:
    """It is the DataCatalog that the data set says it is listed in."""
    (catalog,), (data,) = embedded(client, "/downloads"), embedded(client, "/")
    listed_in = data["includedInDataCatalog"]
    assert isinstance(listed_in, dict)

    assert (catalog["@type"], catalog["@id"]) == ("DataCatalog", listed_in["@id"]) == ("DataCatalog", f"{BASE}catalog")
    assert catalog["dataset"] == [{"@type": "Dataset", "@id": data["@id"], "name": data["name"]}]
    assert catalog["license"] == data["license"] and catalog["publisher"] == data["publisher"]


def test_a_page_about_a_resource_says_whose_it_is(client: FlaskClient) -> None:
    """Beside the resource, the page itself is described: what it is about, its licence, its data set, other formats."""
    medical, page, own = embedded(client, CONDITION)
    encoding = page["encoding"]
    assert isinstance(encoding, list)

    assert (medical["@type"], medical["mainEntityOfPage"]) == ("MedicalCondition", {"@id": f"{SITE}{CONDITION[1:]}"})
    assert (page["@type"], page["@id"]) == ("MedicalWebPage", f"{SITE}{CONDITION[1:]}")
    assert page["about"] == {"@id": medical["@id"]} == {"@id": own["@id"]}
    assert page["license"] and page["creator"] and page["datePublished"]
    assert f"{SITE}condition/systemic-scleroderma.ttl" in [entry["contentUrl"] for entry in encoding]


def test_the_head_of_a_page_has_dublin_core(client: FlaskClient, release: Release) -> None:
    """Programs that keep references read it: the IRI to cite, title, maker, date and licence."""
    found = dict(re.findall(r'<meta name="DCTERMS\.(\w+)" content="([^"]*)">', client.get(CONDITION).text))

    assert found["identifier"] == f"{BASE}condition/systemic-scleroderma"
    assert found["title"] == "systemic scleroderma"
    assert found["creator"] == found["publisher"] == release.manifest.profile.publisher
    assert found["issued"] == release.manifest.date.isoformat()
    assert found["license"] == "https://creativecommons.org/licenses/by/4.0/"


def test_security_txt_names_the_contact_of_the_settings(release: Release) -> None:
    """It has the fields that RFC 9116 requires, and holds for less than a year from now."""
    settings = Settings(site_url=SITE, security_contact="mailto:security@noso.example")
    reply = create_application(release, settings).test_client().get("/.well-known/security.txt")
    fields = dict(line.split(": ", 1) for line in reply.text.splitlines())
    left = datetime.strptime(fields["Expires"], "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC) - datetime.now(UTC)

    assert reply.headers["Content-Type"] == "text/plain;charset=utf-8"
    assert fields["Contact"] == "mailto:security@noso.example"
    assert fields["Canonical"] == f"{SITE}.well-known/security.txt"
    assert timedelta(days=30) < left < timedelta(days=365)
    assert "no-cache" in reply.headers["Cache-Control"]


def test_without_a_contact_there_is_no_security_txt(client: FlaskClient) -> None:
    """A file without a contact would be wrong, so the answer is 404 and says what to set."""
    reply = client.get("/.well-known/security.txt", headers={"Accept": "application/problem+json"})

    assert reply.status_code == 404
    assert reply.json is not None and "security_contact" in reply.json["hint"]


@pytest.mark.parametrize(
    ("settings", "pending"),
    [
        ({}, True),
        ({"site_url": SITE}, True),
        ({"site_url": SITE, "base_resolves": True}, False),
        ({"site_url": SITE, "base_resolves": "yes"}, False),
        ({"site_url": BASE}, False),
    ],
)
def test_about_says_when_permanent_addresses_do_not_lead_here_yet(
    release: Release, settings: dict[str, str], pending: bool
) -> None:
    """Until the operator says that the base IRI is redirected, readers are told; at the base itself it is."""
    page = create_application(release, Settings(**settings)).test_client().get("/about").text  # type: ignore[arg-type]

    assert ('id="pending"' in page) == pending
