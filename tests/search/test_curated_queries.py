"""What people type leads to what they mean, on the curated data: thirty queries with their expected first result."""

from __future__ import annotations

import pytest

from nosograph.release.opening import Release
from nosograph.search.database import SearchDatabase

QUERIES = {
    "scleroderma": "condition/scleroderma",
    "Sclerodermas": "condition/scleroderma",
    "skin hardening": "condition/scleroderma",
    "hardening of the skin": "condition/scleroderma",
    "hard skin": "condition/scleroderma",
    "what is scleroderma?": "condition/scleroderma",
    "sclerodrma": "condition/scleroderma",
    "SSc": "condition/systemic-scleroderma",
    "CREST": "condition/systemic-scleroderma",
    "systemic sclerosis": "condition/systemic-scleroderma",
    "progressive systemic sclerosis": "condition/systemic-scleroderma",
    "systemic scleroderma kidney": "condition/systemic-scleroderma",
    "sistemic sclerosis": "condition/systemic-scleroderma",
    "morphea": "condition/localized-scleroderma",
    "morphoea": "condition/localized-scleroderma",
    "localised sclerodermas": "condition/localized-scleroderma",
    "treatment for scleroderma": "condition/scleroderma",
    "symptoms of systemic sclerosis": "condition/systemic-scleroderma",
    "ICD-10 M34": "condition/systemic-scleroderma",
    "icd10:M34.0": "condition/systemic-scleroderma",
    "ORPHA 90291": "condition/systemic-scleroderma",
    "MeSH D012594": "condition/localized-scleroderma",
    "autoimmune disease": "condition/autoimmune-disorder",
    "raynauds": "finding/raynaud-phenomenon",
    "Raynaud\u2019s phenomenon": "finding/raynaud-phenomenon",
    "renal failure": "finding/kidney-failure",
    "high blood presure": "finding/hypertension",
    "UV therapy": "treatment/light-therapy",
    "physio": "treatment/physical-therapy",
    "blood vessels": "structure/blood-vessel",
    "scarring": "mechanism/scarring",
    "NIAMS": "organization/niams",
}
TOPICS = {
    "treatment for scleroderma": "treatment",
    "scleroderma therapy": "treatment",
    "how is scleroderma treated": "treatment",
    "symptoms of scleroderma": "symptoms",
    "causes of scleroderma": "causes",
    "how common is scleroderma": "who-gets-it",
    "scleroderma prevalence": "who-gets-it",
    "complications of systemic sclerosis": "complications",
    "types of scleroderma": "forms",
    "cure for scleroderma": "outlook",
    "symptms of sclerodrma": "symptoms",
}


@pytest.fixture(scope="module")
def database(release: Release) -> SearchDatabase:
    """Return the search database of the curated release."""
    return SearchDatabase(release.search_database, release.vocabulary)


@pytest.mark.parametrize(("query", "expected"), QUERIES.items())
def test_the_first_result_is_the_expected_one(
    database: SearchDatabase, release: Release, query: str, expected: str
) -> None:
    """Word forms, other names, abbreviations, codes and misspellings lead to what is meant."""
    hits = database.search(query).hits

    assert [hit.iri.removeprefix(release.base.iri) for hit in hits[:1]] == [expected]


@pytest.mark.parametrize(("query", "anchor"), TOPICS.items())
def test_a_question_leads_to_a_section(database: SearchDatabase, query: str, anchor: str) -> None:
    """Words for a role lead to the section of the condition's page that answers."""
    topic = database.search(query).topic

    assert topic is not None and topic.anchor == anchor


def test_no_query_of_known_words_is_corrected(database: SearchDatabase) -> None:
    """Every word of every label is known, so no label is ever taken for a misspelling."""
    with database._connection() as connection:
        labels = [label for (label,) in connection.execute("SELECT label FROM things WHERE kind <> 'term'")]

    found = {label: database.search(label) for label in labels}

    assert len(labels) > 50
    assert {label for label, results in found.items() if results.corrected} == set()
    assert {label for label, results in found.items() if label not in [hit.label for hit in results.hits]} == set()


def test_sources_stand_behind_the_forms(database: SearchDatabase) -> None:
    """Conditions come first, sources last, whatever their titles say."""
    kinds = [hit.kind for hit in database.search("scleroderma").hits]

    assert kinds[:3] == ["condition"] * 3
    assert "source" in kinds[3:]
