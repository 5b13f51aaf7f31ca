"""Whatever is in the files, loading gives a graph or an error with its location, and never anything else."""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from nosograph.assets import Assets
from nosograph.errors import InputErrors
from nosograph.facts.loading import load_knowledge
from nosograph.rdf.names import Base

HERE = Path(__file__).parent
SEED = 20261124
ROUNDS = 40
SCRAPS = [
    b'"',
    b"\t",
    b"\n",
    b"\r",
    b"[",
    b"]",
    b"<",
    b"_:x",
    b"\xff",
    b"\x00",
    b"\xe2\x80\xa8",
    b"1e9",
    b"#",
    b".",
    b"|",
]

FILES = {
    "facts/broad.ttl": (HERE / "minimal" / "facts" / "broad.ttl").read_bytes(),
    "things.ttl": (HERE / "minimal" / "things.ttl").read_bytes(),
    "dataset.ttl": (HERE / "minimal" / "dataset.ttl").read_bytes(),
    "identifiers.tsv": b"identifier\tstate\treplaced_by\tsince\n"
    b"condition:broad\tactive\t\t2024-05-06\ncondition:old\treplaced\tcondition:broad\t2024-05-06\n",
    "mappings/m.sssom.tsv": (HERE / "mappings" / "every-slot.sssom.tsv").read_bytes(),
    "questions/01-q.rq": b"# Question: What?\n# All.\nASK { ?s ?p <https://w3id.org/nosograph/condition/broad> }\n",
}
"""A valid file of each sort below data/."""


def _cut(content: bytes, chance: random.Random) -> bytes:
    start = chance.randrange(len(content))
    return content[:start] + content[start + chance.randrange(40) :]


def _insert(content: bytes, chance: random.Random) -> bytes:
    start = chance.randrange(len(content))
    return content[:start] + chance.choice(SCRAPS) + content[start:]


def _swap_words(content: bytes, chance: random.Random) -> bytes:
    words = re.split(rb"(\s+)", content)
    first, second = chance.randrange(len(words)), chance.randrange(len(words))
    words[first], words[second] = words[second], words[first]
    return b"".join(words)


def _swap_lines(content: bytes, chance: random.Random) -> bytes:
    lines = content.splitlines(keepends=True)
    first, second = chance.randrange(len(lines)), chance.randrange(len(lines))
    lines[first], lines[second] = lines[second], lines[first]
    return b"".join(lines)


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("change", [_cut, _insert, _swap_words, _swap_lines])
def test_changed_file_loads_or_is_refused_with_its_location(
    small: Assets, name: str, change: Callable[[bytes, random.Random], bytes]
) -> None:
    """A random cut, insertion or swap never ends in another exception; the same seed gives the same files."""
    chance = random.Random(f"{SEED} {name} {change.__name__}")
    for file in small.ontology.glob("*.ttl"):
        file.unlink()
    (small.ontology / "evidence.ttl").write_text(_SMALL_ONTOLOGY, encoding="utf-8")
    for path, content in FILES.items():
        (small.data / path).write_bytes(content)
    load_knowledge(small, Base())

    for _ in range(ROUNDS):
        content = change(FILES[name], chance)
        (small.data / name).write_bytes(content)
        try:
            load_knowledge(small, Base())
        except InputErrors as refused:
            for error in refused.errors:
                assert error.location is not None, content
                assert error.hint, content


_SMALL_ONTOLOGY = """
@prefix noso: <https://w3id.org/nosograph/ontology#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
noso:hasSubtype a noso:FactPredicate .
noso:hasSymptom a noso:FactPredicate .
noso:hasMainSymptom a noso:FactPredicate ; rdfs:subPropertyOf noso:hasSymptom .
noso:hasComplication a noso:FactPredicate .
noso:Condition rdfs:subClassOf noso:Entity ; noso:pathSegment "condition" .
noso:Finding rdfs:subClassOf noso:Entity ; noso:pathSegment "finding" .
noso:Source rdfs:subClassOf noso:Entity ; noso:pathSegment "source" .
""" + "".join(
    f"noso:{term} rdfs:label '{term}' .\n"
    for term in (
        "Fact", "Finding", "Source", "Entity", "source", "stance", "certainty", "passage", "passageDigest", "evidence",
        "supports", "stated", "believed", "possible", "textDigest", "textLength",
    )
)  # fmt: skip
