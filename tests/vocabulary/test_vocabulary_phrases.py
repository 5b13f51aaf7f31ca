"""The phrases of a vocabulary make sentences: a subject before them, a value behind them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from nosograph.assets import find_assets
from nosograph.vocabulary.reading import read_vocabulary_folder

PLANTS = Path(__file__).parent.parent / "vocabularies" / "plants"
VERB = re.compile(r"(?:is|was|has|came|designed|[a-z]{3,}s)\b")
FOLDERS = [find_assets().ontology, PLANTS / "ontology"]


@pytest.mark.parametrize("folder", FOLDERS, ids=["project", "plants"])
def test_every_phrase_begins_with_a_verb_and_ends_before_the_value(folder: Path) -> None:
    """A label such as "title" or "breadth" is no phrase, and a colon would make two sentences of one."""
    predicates = read_vocabulary_folder(folder).predicates.values()
    phrases = [phrase for predicate in predicates for phrase in (predicate.phrase, predicate.list_phrase)]

    assert len(phrases) > 10
    assert [phrase for phrase in phrases if not VERB.match(phrase) or not phrase[-1].isalpha()] == []
