"""A quotation is found as it reads, and what is found is a range of the text as it stands."""

from __future__ import annotations

import pytest

from nosograph.curation.quotations import MOST_MATCHES, QuotedText

TEXT = (
    "The “invented fever” is rare — naïve readers may doubt it.\nIt makes  hands warm.\t"
    "The ﬁngers soft\u00adly tingle; it\u2019s mild. It makes feet warm. Fevers of 1,000 people."
)


@pytest.fixture(scope="module")
def text() -> QuotedText:
    """Return a text with the marks that people type differently."""
    return QuotedText(TEXT)


@pytest.mark.parametrize(
    ("quotation", "words"),
    [
        ('the "invented fever" IS rare - naive readers', None),
        ('the "invented fever" IS rare - naïve readers', "The “invented fever” is rare — naïve readers"),
        (
            "The \u00abinvented fever\u00bb is rare \u2013 nai\u0308ve readers",
            "The “invented fever” is rare — naïve readers",
        ),
        ("doubt it. it makes hands", "doubt it.\nIt makes  hands"),
        ("the fingers softly tingle", "The ﬁngers soft\u00adly tingle"),
        ("it's mild", "it\u2019s mild"),
        ("it`s  MILD ", "it\u2019s mild"),
        ("“It makes feet warm.”", "It makes feet warm."),
        ("naïve … doubt", "naïve readers may doubt"),
        ("naïve [...] doubt", "naïve readers may doubt"),
        ("The ... tingle", "The ﬁngers soft\u00adly tingle"),
        ("hands warm", "hands warm"),
    ],
)
def test_quotation_is_found_as_it_reads(text: QuotedText, quotation: str, words: str | None) -> None:
    """Case, dashes, quotation marks, spaces and invisible marks may differ; letters may not."""
    passages = text.find(quotation).passages

    assert [passage.words for passage in passages] == ([words] if words is not None else [])
    assert all(TEXT[passage.start : passage.end] == passage.words for passage in passages)


def test_exact_words_go_before_similar_ones(text: QuotedText) -> None:
    """Where the words stand letter by letter, words in other case are not meant."""
    exact = text.find("It makes")
    folded = text.find("it MAKES")

    assert (len(exact.passages), exact.exact) == (2, True)
    assert (len(folded.passages), folded.exact) == (2, False)
    assert [passage.words for passage in text.find("Fever").passages] == ["Fever"]


def test_ellipsis_that_the_text_has_is_itself() -> None:
    """An ellipsis in the text stands for no other words."""
    text = QuotedText("Wait … and see. Wait long and see.")

    assert [passage.words for passage in text.find("Wait … and see.").passages] == ["Wait … and see."]


def test_ellipsis_takes_the_shortest_range() -> None:
    """Of the ranges that end at one word, the one that begins last is meant."""
    text = QuotedText("the arm and the leg and the skin")

    assert [passage.words for passage in text.find("the … skin").passages] == ["the skin"]


def test_combining_marks_belong_to_their_letter() -> None:
    """A range never ends between a letter and its accent."""
    text = QuotedText("a cafe\u0301 there")

    assert [passage.words for passage in text.find("A café").passages] == ["a cafe\u0301"]


@pytest.mark.parametrize("quotation", ["", " ", "…", "...", "[…]", "\u00ad"])
def test_nothing_is_no_quotation(text: QuotedText, quotation: str) -> None:
    """Cells without a word find nothing."""
    assert text.find(quotation).passages == () or quotation in TEXT


def test_nearest_passage_is_shown(text: QuotedText) -> None:
    """A wrong quotation is answered by the passage that is most like it, in whole words."""
    near = text.nearest("it made the feet quite warm")

    assert near is not None
    assert near.words == TEXT[near.start : near.end]
    assert "feet warm" in near.words
    assert text.nearest("xyzzy") is None
    assert QuotedText("").nearest("word") is None


def test_matches_are_counted_up_to_a_bound() -> None:
    """Words that stand everywhere in a long text end the search soon, and so do words that stand nowhere."""
    text = QuotedText("word " * 100_000)

    assert len(text.find("WORD … word").passages) == MOST_MATCHES
    assert text.find("Word ... word ... nowhere").passages == ()
