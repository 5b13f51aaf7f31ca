"""Foreign codes are understood in every usual spelling, and words are not taken for codes."""

from __future__ import annotations

import pytest

from nosograph.search.codes import broader_code, keys, names_a_code, readings

CODES = {
    "DOID:418": "http://purl.obolibrary.org/obo/DOID_418",
    "EFO:0000717": "http://www.ebi.ac.uk/efo/EFO_0000717",
    "GARD:0009748": "https://rarediseases.info.nih.gov/diseases/0009748",
    "HP:0001001": "http://purl.obolibrary.org/obo/HP_0001001",
    "ICD10CM:M34.0": "http://purl.bioontology.org/ontology/ICD10CM/M34.0",
    "ICD10WHO:M34": "https://icd.who.int/browse10/2019/en#/M34",
    "icd11.foundation:1084365812": "http://id.who.int/icd/entity/1084365812",
    "MEDGEN:19897": "https://www.ncbi.nlm.nih.gov/medgen/19897",
    "MESH:D012595": "http://id.nlm.nih.gov/mesh/D012595",
    "MONDO:0005100": "http://purl.obolibrary.org/obo/MONDO_0005100",
    "NCIT:C72070": "http://purl.obolibrary.org/obo/NCIT_C72070",
    "OMIM:181750": "https://omim.org/entry/181750",
    "Orphanet:90291": "http://www.orpha.net/ORDO/Orphanet_90291",
    "UMLS:C0036421": "http://linkedlifedata.com/resource/umls/id/C0036421",
}
SPELLINGS = {
    "DOID:418": ["doid:418", "DOID 418", "DOID_418"],
    "EFO:0000717": ["EFO_0000717"],
    "GARD:0009748": ["GARD:9748", "gard 0009748"],
    "HP:0001001": ["HP_0001001", "HPO:0001001", "hp 0001001"],
    "ICD10CM:M34.0": [
        "ICD-10-CM M34.0",
        "ICD-10 M34.0",
        "icd10:M34.0",
        "ICD 10 CM: M34.0",
        "m34.0",
        "ICD-10 code M34.0",
    ],
    "ICD10WHO:M34": ["ICD-10 M34", "ICD10 M34", "M34", "ICD-10: M34", "https://icd.who.int/browse10/2016/en#/M34"],
    "icd11.foundation:1084365812": ["ICD-11 1084365812", "icd11:1084365812"],
    "MEDGEN:19897": ["MedGen UID 19897", "medgen:19897"],
    "MESH:D012595": ["MeSH ID D012595", "D012595", "mesh:D012595", "https://meshb.nlm.nih.gov/record/ui?ui=D012595"],
    "MONDO:0005100": ["MONDO 0005100", "https://monarchinitiative.org/MONDO:0005100", "<mondo_0005100>"],
    "NCIT:C72070": ["NCIt C72070", "NCI Thesaurus code C72070", "C72070"],
    "OMIM:181750": ["OMIM #181750", "MIM 181750", "MIM number 181750"],
    "Orphanet:90291": ["ORPHA:90291", "ORPHA 90291", "ORPHAcode: 90291", "Orpha number 90291", "orphanet_90291"],
    "UMLS:C0036421": ["C0036421", "CUI C0036421", "https://bioregistry.io/umls:C0036421"],
}


@pytest.mark.parametrize(
    ("curie", "spelling"), [(curie, spelling) for curie, spellings in SPELLINGS.items() for spelling in spellings]
)
def test_every_usual_spelling_is_one_of_the_keys(curie: str, spelling: str) -> None:
    """What people write, with the name of the system, a filling word or an address around it, is found by the index."""
    assert set(readings(spelling)) & keys(CODES[curie])


@pytest.mark.parametrize("curie", CODES)
def test_every_curie_and_iri_is_one_of_the_keys(curie: str) -> None:
    """The CURIE and the IRI themselves are found, whatever their case."""
    for spelling in (curie, curie.lower(), CODES[curie], f"<{CODES[curie]}>"):
        assert readings(spelling)[0] in keys(CODES[curie])


def test_two_systems_share_no_key() -> None:
    """A spelling means one code: the keys of the codes above do not meet, ICD-10 of two publishers aside."""
    every = [key for iri in CODES.values() for key in keys(iri)]

    assert len(every) == len(set(every))


@pytest.mark.parametrize(
    "text", ["MONDO:1", "orpha 90291", "icd-10 M34.0", "OMIM #181750", "hp_0001001", "MeSH D012595"]
)
def test_a_system_and_an_identifier_name_a_code(text: str) -> None:
    """Such a text is a code, whether or not anything has it."""
    assert names_a_code(text)


@pytest.mark.parametrize(
    "text", ["", "MONDO", "scleroderma", "go to 2 sources", "hp", "gard 1 and 2 sources", "type 2", "x1"]
)
def test_words_name_no_code(text: str) -> None:
    """A word with a number beside it, or a system alone, is no code."""
    assert not names_a_code(text)


@pytest.mark.parametrize(
    ("key", "broader"),
    [("icd10m34.0", "icd10m34"), ("m34", ""), ("icd10m34.", ""), ("http://x.example/a.b", ""), ("e.g", "e")],
)
def test_a_code_with_a_point_has_a_broader_one(key: str, broader: str) -> None:
    """In ICD what stands before the point is the category; what only looks so is not in the index."""
    assert broader_code(key) == broader
