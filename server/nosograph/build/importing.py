"""Holds imported quads against everything else in a release: a bare triple misleads nobody, curated data still conform.

What an import says of its own resources is its source's and does not stop a build. What it adds to a curated resource
is held to the same rules as what curators write.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path
from typing import Final

from rdflib.namespace import RDF

from nosograph.errors import ValidationFailed
from nosograph.facts.knowledge import KnowledgeGraph
from nosograph.rdf.lines import graph_part, read_lines, triple_part, union_lines
from nosograph.rdf.names import NOSO
from nosograph.validation.data import read_quads, subject_of
from nosograph.validation.reference import Sample
from nosograph.validation.validate import validate_data
from nosograph.vocabulary.terms import Vocabulary

_SUBJECT, _PREDICATE, _OBJECT, _STATUS = (
    f"<{term}>".encode() for term in (RDF.subject, RDF.predicate, RDF.object, NOSO.status)
)
_REFUSED: Final = frozenset(f"<{status}>".encode() for status in (NOSO.denied, NOSO.contested))
_NO_RELEASE: Final = "No release was made; what was published before is as it was."


def check_imports(quads: Path, knowledge: KnowledgeGraph) -> None:
    """Check that imports agree with the data that they are published beside.

    Args:
        quads: the sorted quads of all graphs, imports among them.
        knowledge: the curated graph, which conforms, with the shapes.

    Raises:
        ValidationFailed: a graph has a bare triple that a fact of any graph denies or contests, or an import makes a
            curated resource break a rule; ``report`` has the details.
        ReferenceDiffers: pySHACL does not find the same as the validator, in a sample that the content decides.
        InputError: the imports have too many literals that are not in canonical form.
    """
    _check_bare_triples(quads, knowledge.vocabulary)
    shapes = knowledge.graphs["shapes"]
    with quads.open("rb") as stream:
        sample = Sample.of({"quads": hashlib.file_digest(stream, "sha256").hexdigest()})
    report = validate_data(
        read_quads(quads, without=[str(knowledge.base.graph("shapes"))]),
        shapes,
        base=knowledge.base,
        locations=knowledge.locations,
        reference=sample,
        about={str(subject) for graph in knowledge.graphs.values() for subject in graph.subjects()},
    )
    if not report.conforms:
        raise ValidationFailed(
            f"With the imports, curated resources do not conform to the shapes. {_NO_RELEASE}",
            hint="Take out of the imports what the report names, or correct the curated data.",
            report=report.to_text(),
        )


def _check_bare_triples(quads: Path, vocabulary: Vocabulary) -> None:
    refused = {triple: fact for fact, lines in _refused_facts(quads) for triple in _refused_triples(lines, vocabulary)}
    if not refused:
        return
    for line in read_lines(quads):
        fact = refused.get(triple := triple_part(line))
        if fact is not None:
            raise ValidationFailed(
                f"The graph {graph_part(line).decode()} has the bare triple {triple.decode()}, which the fact "
                f"{fact.decode()} denies or contests. {_NO_RELEASE}",
                hint="Take the triple out of the import, or correct the fact: a bare triple stands only where no fact, "
                "curated or imported, denies or contests it.",
            )


def _refused_facts(quads: Path) -> Iterator[tuple[bytes, list[bytes]]]:
    """Return subject and triples of everything with a status that is denied or contested."""
    for subject, group in groupby(union_lines(read_lines(quads)), key=subject_of):
        lines = list(group)
        if any(line.split(b" ", 2)[1] == _STATUS and _object_of(line) in _REFUSED for line in lines):
            yield subject, lines


def _refused_triples(lines: list[bytes], vocabulary: Vocabulary) -> Iterator[bytes]:
    """Return the triples that do not stand beside a denied or contested fact, without the full stop at the end."""
    said: dict[bytes, bytes] = {line.split(b" ", 2)[1]: _object_of(line) for line in lines}
    subject, predicate, object_ = (said.get(part, b"") for part in (_SUBJECT, _PREDICATE, _OBJECT))
    yield b" ".join((subject, predicate, object_))
    known = vocabulary.predicate(predicate[1:-1].decode())
    for closure in known.closures & vocabulary.derived:
        yield b" ".join((subject, f"<{closure}>".encode(), object_))
    if known.inverse in vocabulary.derived:
        yield b" ".join((object_, f"<{known.inverse}>".encode(), subject))


def _object_of(line: bytes) -> bytes:
    return line.split(b" ", 2)[2].removesuffix(b" .\n")
