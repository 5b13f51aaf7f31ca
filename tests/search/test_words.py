"""Words are compared without case, accents, endings and stop words."""

from __future__ import annotations

import threading

import pytest

from nosograph.search.words import fold, significant, stem, stem_phrase, words_of


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Sj\u00f6gren", ["sjogren"]),
        ("Sjo\u0308gren", ["sjogren"]),
        ("Raynaud's", ["raynaud"]),
        ("RAYNAUD\u2019S phenomenon", ["raynaud", "phenomenon"]),
        ("light-therapy_x", ["light", "therapy", "x"]),
        ("\ud55c\uad6d", ["\ud55c\uad6d"]),
        ("Stra\u00dfe", ["strasse"]),
        ("\ufb01brosis", ["fibrosis"]),
        ("", []),
    ],
)
def test_words_are_folded(text: str, words: list[str]) -> None:
    """Case, accents composed or not, the possessive ending and ligatures do not count; other scripts stay."""
    assert words_of(text) == words


def test_folding_twice_changes_nothing() -> None:
    """The index and a query are folded alike, however often."""
    assert fold(fold("Sjo\u0308gren\u2019s Stra\u00dfe")) == fold("Sjo\u0308gren\u2019s Stra\u00dfe")


@pytest.mark.parametrize(
    "forms",
    [
        ("treatment", "treatments"),
        ("treat", "treated", "treating", "treats"),
        ("hardening", "hardened", "harden"),
        ("biopsy", "biopsies"),
        ("vessel", "vessels"),
    ],
)
def test_forms_of_a_word_have_one_stem(forms: tuple[str, ...]) -> None:
    """Singular, plural and verb forms are one."""
    assert len(set(map(stem, forms))) == 1


@pytest.mark.parametrize("pair", [("organ", "organization"), ("general", "generation"), ("skin", "scan")])
def test_other_words_have_another_stem(pair: tuple[str, str]) -> None:
    """A light stemmer keeps apart what only begins alike."""
    assert stem(pair[0]) != stem(pair[1])


def test_stop_words_count_where_there_is_nothing_else() -> None:
    """A query of small words alone is still a query."""
    assert significant(["hardening", "of", "the", "skin"]) == ["hardening", "skin"]
    assert significant(["what", "is", "it"]) == ["what", "is", "it"]
    assert stem_phrase(["hardening", "of", "the", "skin"]) == stem_phrase(["hardened", "skin"])


def test_threads_do_not_disturb_each_other() -> None:
    """Stems are right when many threads ask at once, though a stemmer keeps its word in itself."""
    words = [f"{'abcdefghij'[number % 10] * 3}{number}ings" for number in range(2000)]
    found: list[dict[str, str]] = []

    threads = [threading.Thread(target=lambda: found.append({word: stem(word) for word in words})) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert all(stems[word] in (word, word[:-1], word[:-4]) for stems in found for word in words)
    assert found[0] == found[1] == found[2] == found[3]
