"""Where the publisher of a release is reached: read from its description, checked, published."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from rdflib import Graph, Namespace, URIRef
from small_release import ASSETS, CONFORMING, FIXTURES, small_knowledge

from nosograph.build.descriptions.profile import read_profile
from nosograph.build.pipeline import build_release
from nosograph.errors import ReleaseError
from nosograph.rdf.names import DEFAULT_BASE, Base
from nosograph.release.manifest import read_manifest

DCAT = Namespace("http://www.w3.org/ns/dcat#")
VCARD = Namespace("http://www.w3.org/2006/vcard/ns#")
SCHEMA = Namespace("http://schema.org/")
DOAP = Namespace("http://usefulinc.com/ns/doap#")
DATASET = URIRef(DEFAULT_BASE)


def described(**addresses: str) -> Graph:
    """Return the description of the small graph with some addresses."""
    graph = Graph().parse(FIXTURES / "graphs" / "dataset.ttl")
    names = {"contact": DCAT.contactPoint, "repository": SCHEMA.codeRepository, "issues": DOAP["bug-database"]}
    for name, address in addresses.items():
        graph.add((DATASET, names[name], URIRef(address)))
    return graph


def test_addresses_are_read() -> None:
    """A mailbox or a page for the contact, web addresses for the others, and nothing where nothing is said."""
    profile = read_profile(
        described(
            contact="mailto:curators@example.org",
            repository="https://code.example/data",
            issues="https://code.example/data/new?labels=x",
        ),
        Base(),
    )

    assert profile.contact == "mailto:curators@example.org"
    assert (profile.repository, profile.issues) == (
        "https://code.example/data",
        "https://code.example/data/new?labels=x",
    )
    assert read_profile(described(contact="https://example.org/contact"), Base()).contact.startswith("https:")
    assert read_profile(described(), Base()).contact == ""


@pytest.mark.parametrize(
    ("name", "address", "hint"),
    [
        ("contact", "curators@example.org", "mailto:curators@example.org"),
        ("contact", "mailto:nobody", "mailto:curators@example.org"),
        ("contact", "mailto:a@example.org?bcc=b@example.org", "mailto:curators@example.org"),
        ("contact", "javascript:alert(1)", "mailto:curators@example.org"),
        ("repository", "git@code.example:data", "schema:codeRepository <https://"),
        ("issues", "mailto:curators@example.org", "doap:bug-database <https://"),
    ],
)
def test_what_is_no_address_stops_the_build(name: str, address: str, hint: str) -> None:
    """The error names the value and shows how to write it."""
    with pytest.raises(ReleaseError) as caught:
        read_profile(described(**{name: address}), Base())

    assert address in str(caught.value)
    assert hint in str(caught.value)


def test_a_release_publishes_its_contact(tmp_path: Path) -> None:
    """The manifest holds the addresses, and DCAT has the contact as a vCard, without a blank node."""
    knowledge = replace(small_knowledge(), dataset=described(contact="mailto:curators@example.org"))
    release = build_release(knowledge, CONFORMING, tmp_path, assets=ASSETS)

    catalog = Graph().parse(release.file("dcat.ttl"))
    contact = catalog.value(DATASET, DCAT.contactPoint)
    assert contact == URIRef(DEFAULT_BASE + "about#contact")
    assert catalog.value(contact, VCARD.hasEmail) == URIRef("mailto:curators@example.org")
    assert str(catalog.value(contact, VCARD.fn)) == "The authors of the tests"
    assert read_manifest(release.folder).profile.contact == "mailto:curators@example.org"


@pytest.mark.parametrize("name", ["contact", "repository", "issues"])
def test_another_address_is_another_release(tmp_path: Path, name: str) -> None:
    """Each address is in the description that the version is made from, so a correction of it is published."""
    built = [
        build_release(
            replace(small_knowledge(), dataset=described(**{name: address})), CONFORMING, tmp_path, assets=ASSETS
        )
        for address in ("https://example.org/one", "https://example.org/two")
    ]

    assert built[0].version != built[1].version
    assert "<https://example.org/two>" in built[1].read("dcat.ttl").decode()


def test_a_manifest_from_before_has_no_addresses(tmp_path: Path) -> None:
    """Releases that were published before addresses could be given are read as saying nothing of them."""
    release = build_release(small_knowledge(), CONFORMING, tmp_path, assets=ASSETS)
    path = release.folder / "manifest.json"
    content = json.loads(path.read_text(encoding="utf-8"))
    for name in ("contact", "repository", "issues"):
        del content["profile"][name]
    path.chmod(0o644)
    path.write_text(json.dumps(content), encoding="utf-8")

    profile = read_manifest(release.folder).profile

    assert (profile.contact, profile.repository, profile.issues) == ("", "", "")
    assert profile.publisher == "The authors of the tests"
