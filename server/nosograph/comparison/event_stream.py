"""Writes the changes of the data as a Linked Data Event Stream (https://w3id.org/ldes/specification).

A member is what a resource is from one publication on: a named graph with its statements, a type that tells whether it
appeared, changed or vanished, the resource, and the time. The members of a publication are on pages that never change;
the page of the stream itself leads to them by their times. Addresses are relative, so that a stream holds on a mirror
and below any prefix; names of members and of the stream are IRIs below the base.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Final

from nosograph.comparison.changelog import HistoryEntry
from nosograph.comparison.walking import ChangedResource
from nosograph.rdf.lines import graph_part, triple_part
from nosograph.rdf.names import STANDARD_PREFIXES, Base
from nosograph.vocabulary.terms import RELEASE_KIND

STREAM_PATH: Final = "changes/stream"
_PREFIXES: Final = {
    "as": "https://www.w3.org/ns/activitystreams#",
    "dcterms": STANDARD_PREFIXES["dcterms"],
    "ldes": "https://w3id.org/ldes#",
    "prov": STANDARD_PREFIXES["prov"],
    "tree": "https://w3id.org/tree#",
    "xsd": STANDARD_PREFIXES["xsd"],
}
_HEAD: Final = "".join(f"@prefix {prefix}: <{iri}> .\n" for prefix, iri in _PREFIXES.items()) + "\n"


def page_time(moment: datetime) -> str:
    """Return the time of a publication as the address of its pages has it."""
    return moment.strftime("%Y%m%dT%H%M%SZ")


def stream_document(base: Base, history: Sequence[HistoryEntry], licenses: Iterable[str]) -> str:
    """Return the page of the stream in Turtle: what it is, and where its members of each time are.

    Args:
        base: the base of the data.
        history: every publication, the newest first.
        licenses: the licences of the data.

    Raises:
        ReleaseError: a kept difference is damaged.
    """
    stream = f"<{base.iri}{STREAM_PATH}>"
    lines = [
        f"{stream} a ldes:EventStream ;",
        '  dcterms:title "Changes of the data"@en ;',
        '  dcterms:description "Each resource that a publication added, changed or removed. What was there before the '
        'first of them is in the dumps of the release with which the history begins."@en ;',
        *(f"  dcterms:license <{license}> ;" for license in licenses),
        *(f"  dcterms:source <{base.resource(RELEASE_KIND, entry.publication.version)}> ;" for entry in history[-1:]),
        "  ldes:versionOfPath dcterms:isVersionOf ;",
        "  ldes:timestampPath prov:generatedAtTime ;",
        "  ldes:versionCreateObject as:Create ;",
        "  ldes:versionUpdateObject as:Update ;",
        "  ldes:versionDeleteObject as:Delete ;",
        "  tree:view <stream.ttl> .",
        "<stream.ttl> a tree:Node .",
    ]
    for entry in reversed(history):
        for number in entry.file.blocks_with_changes()[:1] if entry.file else ():
            moment = entry.publication.time
            page = f"stream/{page_time(moment)}/{number}.trig"
            for name, kind in (("from", "GreaterThanOrEqualToRelation"), ("to", "LessThanOrEqualToRelation")):
                relation = f"<stream.ttl#{name}-{page_time(moment)}>"
                lines += [
                    f"<stream.ttl> tree:relation {relation} .",
                    f"{relation} a tree:{kind} ; tree:path prov:generatedAtTime ; tree:value {_literal(moment)} ; "
                    f"tree:node <{page}> .",
                ]
    return _HEAD + "\n".join(lines) + "\n"


def stream_page(
    base: Base, entry: HistoryEntry, number: int, resources: Iterable[ChangedResource], following: int | None
) -> str:
    """Return a page of members in TriG.

    Args:
        base: the base of the data.
        entry: the publication.
        number: the number of the page.
        resources: the resources that differ, of which those are members that differ beside the metadata.
        following: the number of the next page of the publication; None for the last one.
    """
    stream = f"<{base.iri}{STREAM_PATH}>"
    time = page_time(entry.publication.time)
    parts = [_HEAD, f"{stream} tree:view <../../stream.ttl> .\n<{number}.trig> a tree:Node"]
    if following is not None:
        parts.append(f" ; tree:relation <{number}.trig#next>")
        parts.append(f" .\n<{number}.trig#next> a tree:Relation ; tree:node <{following}.trig>")
    parts.append(" .\n")
    metadata = str(base.graph("metadata")).encode()
    of_page = f"{base.iri}{STREAM_PATH}/{time}/{number}"
    count = 0
    for resource in resources:
        if not any(graph_part(line) != metadata for line in (*resource.added, *resource.removed)):
            continue
        count += 1
        before, after = (
            [line for line in lines if graph_part(line) != metadata] for lines in (resource.before, resource.after)
        )
        kind = "Create" if not before else "Update" if after else "Delete"
        member = f"<{of_page}#{count}>"
        parts.append(
            f"\n{stream} tree:member {member} .\n"
            f"{member} a as:{kind} ; dcterms:isVersionOf {_subject(resource)} ; "
            f"prov:generatedAtTime {_literal(entry.publication.time)} .\n"
        )
        if after:
            parts.append(f"{member} {{\n{''.join(_triples(after))}}}\n")
    return "".join(parts)


def _triples(lines: Iterable[bytes]) -> Iterator[str]:
    """Return the triples of quads, each once, as lines of Turtle, of which N-Triples are a part."""
    return (f"  {triple.decode()} .\n" for triple in dict.fromkeys(map(triple_part, lines)))


def _subject(resource: ChangedResource) -> str:
    return f"<{resource.key.decode().strip('<>')}>"


def _literal(moment: datetime) -> str:
    return f'"{moment.strftime("%Y-%m-%dT%H:%M:%SZ")}"^^xsd:dateTime'
