"""Unknown words are replaced by near ones, known ones never."""

from __future__ import annotations

import pytest

from nosograph.search.corrections import Dictionary

RESOURCES = {"skin": 9, "gard": 8, "fever": 5, "never": 2, "nails": 3, "hardening": 1, "thickening": 4}
DICTIONARY = Dictionary(RESOURCES, tuple(sorted(RESOURCES)))


@pytest.mark.parametrize(
    ("words", "known", "first"),
    [
        (["fevr"], set(), ["fever"]),
        (["feever", "nails"], {"nails"}, ["fever", "nails"]),
        (["nials"], set(), ["nails"]),
        (["hardning"], set(), ["hardening"]),
        (["thikenning"], set(), ["thickening"]),
        (["zzzzz", "nials"], set(), ["nails"]),
    ],
)
def test_unknown_words_are_replaced_by_the_nearest(words: list[str], known: set[str], first: list[str]) -> None:
    """A letter too many, too few, another one, or two swapped; what has nothing near it is left out."""
    assert DICTIONARY.corrections(words, known)[0] == first


@pytest.mark.parametrize(
    ("words", "known"),
    [
        (["hard", "skin"], {"hard", "skin"}),
        (["ska"], set()),
        (["zzzzz"], set()),
        (["fiver", "qwertz"], {"fiver", "qwertz"}),
        ([], set()),
    ],
)
def test_nothing_is_corrected_without_need(words: list[str], known: set[str]) -> None:
    """Known words, abbreviations and words without a near one have no correction."""
    assert DICTIONARY.corrections(words, known) == []


def test_a_short_word_keeps_its_first_letter() -> None:
    """In a word of four letters another first letter makes another word."""
    assert DICTIONARY.corrections(["hard", "skin"], {"skin"}) == [["skin"]]


def test_among_equally_near_words_the_frequent_one_is_first() -> None:
    """What more resources have is more likely to be meant; the others follow."""
    assert DICTIONARY.corrections(["lever"], set()) == [["fever"], ["never"]]


def test_many_unknown_words_have_few_corrections() -> None:
    """A query of misspelt words does not multiply: the number of tries stays bounded."""
    three, many = DICTIONARY.corrections(["lever"] * 3, set()), DICTIONARY.corrections(["lever"] * 12, set())

    assert len(three) == 8
    assert many == [["fever"] * 12]
