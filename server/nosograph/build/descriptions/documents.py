"""Everything that a release says of itself in RDF: as the metadata graph, and as documents of their own.

The metadata graph is in the dumps, so it cannot hold the dumps' sizes and digests, and its figures leave itself out.
The documents are written after the dumps and hold both; they also use datatypes that the store would rewrite.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from nosograph.build.descriptions.catalog import describe_catalog, describe_hcls, describe_ranges
from nosograph.build.descriptions.described import DescribedRelease, Description
from nosograph.build.descriptions.service import describe_questions, describe_service
from nosograph.build.descriptions.void import (
    describe_class_properties,
    describe_prefixes,
    describe_void,
    describe_void_document,
)
from nosograph.build.dumps.writing import write_graph
from nosograph.rdf.formats import JSON_LD, TURTLE
from nosograph.rdf.jsonld import Context
from nosograph.release.manifest import ReleaseFile

_METADATA = (
    describe_void,
    describe_class_properties,
    describe_catalog,
    describe_hcls,
    describe_service,
    describe_prefixes,
    describe_questions,
)
_DOCUMENTS = {
    "dcat": (describe_catalog, describe_ranges),
    "hcls": (describe_hcls,),
    "service": (describe_service, describe_void, describe_prefixes, describe_questions),
    "void": (describe_void, describe_class_properties, describe_void_document),
}
"""Name of a document → what it says; ``service`` is what the endpoint answers when it is asked no query."""


def metadata_lines(about: DescribedRelease) -> list[bytes]:
    """Return the triples of the metadata graph as sorted lines of canonical N-Triples."""
    into = Description()
    for describe in _METADATA:
        describe(about, into)
    return into.sorted_lines()


def write_descriptions(
    about: DescribedRelease, folder: Path, prefixes: Mapping[str, str], context: Context
) -> list[ReleaseFile]:
    """Write each description as Turtle and as JSON-LD, and return the files."""
    files = []
    for name, parts in _DOCUMENTS.items():
        into = Description()
        for describe in parts:
            describe(about, into)
        lines = into.sorted_lines()
        for form in (TURTLE, JSON_LD):
            files.append(write_graph(lines, folder, f"{name}.{form.name}", form, prefixes, context))
    return files
