"""The page of a resource that is in an alignment group shows what each data set says, apart, with disputes first."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from small_site import AMBER, make_site
from stores import CountingDocuments, CountingSource

from nosograph.release.manifest import GraphTerms
from nosograph.store.lookup import ResourceLookup
from nosograph.web.html.document_pages import page_of_resource
from nosograph.web.views.aligned import AlignedResources, aligned_resources
from nosograph.web.views.facts import Fact
from nosograph.web.views.read_ahead import read_ahead
from nosograph.web.views.site import Site

TERMS = {"import/shore": GraphTerms("https://spdx.org/licenses/MIT.html", "", "Shore annotations", "2026-01-31")}


@pytest.fixture(scope="module")
def site() -> Site:
    """A site of the small family and an import that is joined with it."""
    made = make_site("small.trig", "aligned.trig")
    manifest = replace(made.release.manifest, terms=TERMS)
    return replace(made, release=type(made.release)(made.release.folder, manifest))


@pytest.fixture
def aligned(site: Site) -> AlignedResources:
    """What other data sets say of amber fever."""
    return aligned_resources(site.reader(), site.release.manifest, AMBER)


def words(facts: tuple[Fact, ...]) -> list[str]:
    """Return statements as words."""
    return [fact.words for fact in facts]


def test_each_data_set_is_named_with_version_and_licence(aligned: AlignedResources) -> None:
    """The curated one by the release, an imported one by what is said of its graph."""
    (own,), (member,) = aligned.own, aligned.members
    (other,) = member.data_sets

    assert (own.title, own.license and own.license.label) == ("Nosograph", "CC BY 4.0")
    assert (other.title, other.version, other.license and other.license.label) == (
        "Shore annotations",
        "2026-01-31",
        "MIT",
    )


def test_statements_are_sorted_by_what_they_are_to_the_own(aligned: AlignedResources) -> None:
    """What agrees, what is narrower, what is broader, what has no counterpart; each once."""
    (member,) = aligned.members

    assert words(member.agreeing) == ["Amber sickness has phenotype amber nails"]
    assert [(other.object.text, own.object.text) for other, own in member.narrower] == [
        ("Amber thumbnail", "amber nails")
    ]
    assert [(other.object.text, own.object.text) for other, own in member.broader] == [
        ("Discoloured nails", "amber nails")
    ]
    assert words(member.further) == ["Amber sickness has phenotype Sneezing"]


def test_a_dispute_is_told_with_its_size(aligned: AlignedResources) -> None:
    """How many pieces of evidence of how many support it, in all data sets together."""
    (dispute,) = aligned.disputes

    assert (dispute.kind, dispute.supporting, dispute.evidence) == ("differs in rarity from", 2, 3)


def test_a_resource_in_no_group_has_nothing_of_others(site: Site) -> None:
    """And its page no section for it."""
    alone = f"{AMBER.rpartition('/')[0]}/coastal-amber-fever"

    assert aligned_resources(site.reader(), site.release.manifest, alone) == AlignedResources()
    assert 'id="aligned"' not in made_page(site, alone)


def made_page(site: Site, iri: str) -> str:
    """Return the page of a resource, made as the server makes it."""
    kind, name = iri.rsplit("/", 2)[1:]
    lookup = ResourceLookup(site.release.base, site.triples(), site.documents)
    document = lookup.document(iri)
    assert document is not None
    read_ahead(site.documents, site.release.vocabulary, document, lookup.reader)
    return page_of_resource(site, kind, name, document, "active", lookup.reader)


@pytest.mark.parametrize("iri", [AMBER, AMBER.replace("amber-fever", "OMIM_9")])
def test_the_page_has_a_section_for_it_from_few_look_ups(site: Site, iri: str) -> None:
    """Both sides see each other, and the documents of the others are read at once."""
    source, documents = CountingSource(site.source), CountingDocuments(site.documents.path)

    text = made_page(replace(site, source=source, documents=documents), iri)

    section = re.search(r'<section id="aligned".*?</section>', text, re.DOTALL)
    assert section is not None
    for expected in (
        "Differs in rarity from",
        "supported by 2 of 3 pieces of evidence",
        "Shore annotations, version 2026-01-31",
    ):
        assert expected in re.sub(r"\s+", " ", section[0]), expected
    assert sum(source.asked.values()) + documents.queries <= 5


def test_the_page_of_a_fact_leads_to_its_counterparts(site: Site) -> None:
    """With what it does: agree, corroborate, disagree."""
    text = made_page(site, f"{AMBER.partition('condition/')[0]}fact/0000000000000002")

    for name in ("Agrees with", "Corroborates", "Is corroborated by"):
        assert f"<li>{name} <a" in text


def test_the_page_of_a_group_tells_the_statements_of_each_data_set_apart(site: Site) -> None:
    """Both resources stand there with their data set and all that it says; what disagrees is told with its size."""
    source, documents = CountingSource(site.source), CountingDocuments(site.documents.path)
    iri = f"{AMBER.partition('condition/')[0]}alignment/00000000000000aa"

    text = re.sub(r"\s+", " ", made_page(replace(site, source=source, documents=documents), iri))

    section = text.partition('<section id="aligned"')[2].partition("</section> </main>")[0]
    own, _, other = section.partition("Shore annotations, version 2026-01-31")
    assert "/condition/amber-fever" in own and "/condition/OMIM_9" in own.rpartition("<h3>")[2]
    assert "statements in all</summary>" in own and "amber nails" in own
    for expected in ("1 statement in agreement", "1 narrower statement", "1 broader statement", "Sneezing"):
        assert expected in other, expected
    assert section.count("Differs in rarity from") == 1
    assert "supported by 2 of 3 pieces of evidence" in section
    assert ">prov:hadMember<" not in text
    assert sum(source.asked.values()) + documents.queries <= 5
