"""Whether a publisher describes its data, and whether what it says of dumps and counts is true."""

from __future__ import annotations

import hashlib
from base64 import b64decode
from typing import Final
from urllib.parse import urlsplit

from pyoxigraph import NamedNode

from nosograph.doctor.bodies import parse_triples, read_number, read_triples
from nosograph.doctor.checks.clauses import best_practices, dcat, http, rfc, void
from nosograph.doctor.descriptions import DCAT, DCTERMS, VOID, DeclaredDump
from nosograph.doctor.examination import Examination, dump_format
from nosograph.doctor.exchange import Exchange
from nosograph.doctor.outcomes import (
    Check,
    CheckOutcome,
    Decision,
    NotAnswered,
    UnreadableBody,
    cannot_tell,
    failed,
    holds,
    inapplicable,
    passed,
)
from nosograph.doctor.unpacking import unpack

_TOO_LARGE: Final = "The dump is larger, once it is unpacked, than what is read of one."
_COMPRESSED: Final = ((".gz", "gzip", b"\x1f\x8b"), (".zst", "zstd", b"\x28\xb5\x2f\xfd"))
"""How the name of a compressed file ends, what that is called, and how its content begins."""


def _well_known(seen: Examination) -> Decision:
    """Return whether the well-known address gives RDF with a data set."""
    seen.need_publisher()
    answer = seen.exchange("void")
    try:
        found = read_triples(answer)
    except UnreadableBody as error:
        return failed(error.what)
    sets = [
        triple for triple in found if isinstance(triple.object, NamedNode) and triple.object.value == VOID + "Dataset"
    ]
    return holds(
        bool(sets),
        f"{answer.call.url} describes data in {len(found)} triples.",
        f"{answer.call.url} is RDF, but describes no void:Dataset.",
    )


def _title(seen: Examination) -> Decision:
    seen.need_publisher()
    main = seen.description.main_dataset
    if main is None:
        return failed("No data set is described.")
    titles = seen.description.texts(main, DCTERMS + "title")
    said = seen.description.texts(main, DCTERMS + "description")
    return holds(
        bool(titles and said),
        f"Title: {titles[0] if titles else 'missing'}; description: {'there' if said else 'missing'}.",
    )


def _sparql_endpoint(seen: Examination) -> Decision:
    """Return whether the description leads to the endpoint."""
    seen.need_publisher()
    if not seen.endpoint:
        return inapplicable("No endpoint was found.")
    graph = seen.description
    named = [*graph.anywhere(VOID + "sparqlEndpoint", DCAT + "endpointURL")]
    here = urlsplit(seen.endpoint)
    for url in named:
        moved = urlsplit(seen.site_address(url))
        if (moved.netloc, moved.path.rstrip("/")) == (here.netloc, here.path.rstrip("/")):
            return passed(f"{url} is named.")
    return failed(f"{seen.endpoint} is not named; named are: {', '.join(named[:3]) or 'none'}.")


def _catalogue(seen: Examination) -> Decision:
    """Return whether there is a DCAT data set with a distribution or a service."""
    seen.need_publisher()
    graph = seen.description
    sets = graph.of_type(DCAT + "Dataset")
    offered = [node for node in sets if graph.objects(node, DCAT + "distribution")]
    services = graph.of_type(DCAT + "DataService")
    return holds(
        bool(offered or (sets and services)),
        f"{len(sets)} dcat:Dataset, {len(offered)} of them with distributions; {len(services)} dcat:DataService.",
    )


def _distributions(seen: Examination) -> Decision:
    """Return whether each distribution has what a download needs."""
    seen.need_publisher()
    dumps = seen.description.dumps
    if not dumps:
        return inapplicable("No dump is declared.")
    lacking = [dump.url for dump in dumps if dump.size is None or not dump.media_type]
    return holds(
        not lacking,
        f"{len(dumps)} dumps have their size and media type.",
        f"{len(lacking)} of {len(dumps)} dumps lack a size or a media type, as {lacking[0] if lacking else ''}.",
    )


def _counts(seen: Examination) -> Decision:
    """Return whether the number of triples that is declared is the number that the endpoint counts."""
    seen.need_publisher()
    declared = _declared(seen)
    if declared is None:
        return inapplicable("No number of triples is declared.")
    counted = _counted(seen)
    if counted == 0 and declared:
        return cannot_tell("The default graph of the endpoint is empty, so its triples cannot be compared.")
    return holds(
        declared == counted,
        f"Declared and counted: {declared:,} triples.",
        f"Declared are {declared:,} triples, and the endpoint counts {counted:,}.",
    )


def _counted(seen: Examination) -> int:
    """Return how many triples the endpoint counts.

    Raises:
        UnreadableBody: its answer is no number.
        NotAnswered: there is none.
    """
    return read_number(seen.exchange("count"))


def _need_dump(seen: Examination) -> DeclaredDump:
    seen.need_publisher()
    if seen.dump is None:
        raise NotAnswered("No dump is declared.", CheckOutcome.INAPPLICABLE)
    return seen.dump


def _dump_there(seen: Examination) -> Decision:
    dump = _need_dump(seen)
    answer = seen.exchange("dump-head")
    if answer.status != 200:
        return failed(f"{answer.call.url} is {answer.to_text()}.")
    said = answer.header("Content-Length")
    if dump.size is None:
        return passed(f"{answer.call.url} is there, with {said or 'no'} Content-Length.")
    return holds(
        said == str(dump.size),
        f"{answer.call.url}: {dump.size:,} bytes, as declared.",
        f"{answer.call.url}: declared are {dump.size} bytes, and Content-Length is {said or 'missing'}.",
    )


def _dump_range(seen: Examination) -> Decision:
    _need_dump(seen)
    answer = seen.exchange("dump-range")
    return holds(
        answer.status == 206 and len(answer.body) == 1,
        f"A request for one byte is answered with {answer.status} and {len(answer.body):,} bytes.",
    )


def _dump_content(seen: Examination) -> tuple[DeclaredDump, Exchange]:
    """Return the sampled dump and its bytes.

    Raises:
        NotAnswered: it is too large to be read, or cannot be had.
    """
    dump = _need_dump(seen)
    if not seen.is_dump_small:
        raise NotAnswered("No dump has a known size that is small enough to be read.", CheckOutcome.UNTESTED)
    answer = seen.exchange("dump")
    if answer.status == 200 and answer.is_truncated and answer.packed:
        raise NotAnswered(_TOO_LARGE, CheckOutcome.CANNOT_TELL)
    if answer.status != 200 or answer.is_truncated:
        raise NotAnswered(f"{answer.call.url} cannot be read whole: {answer.to_text()}.", CheckOutcome.FAILED)
    return dump, answer


def _dump_digest(seen: Examination) -> Decision:
    """Return whether the bytes of the dump have the digests that are stated, in its description and its header."""
    dump, answer = _dump_content(seen)
    stated = []
    if dump.algorithm in hashlib.algorithms_available and not dump.algorithm.startswith("shake"):
        stated.append((dump.algorithm, bytes.fromhex(dump.checksum) if len(dump.checksum) % 2 == 0 else b""))
    stated += _repr_digests(answer)
    if not stated:
        return failed("No digest is stated, neither spdx:checksum nor Repr-Digest.")
    # A server that names the compression of a file as the coding of its content states the digest of the file.
    contents = (answer.body, answer.packed) if answer.packed else (answer.body,)
    wrong = [
        name
        for name, value in stated
        if all(hashlib.new(name, content, usedforsecurity=False).digest() != value for content in contents)
    ]
    names = ", ".join(sorted({name for name, _ in stated}))
    return holds(
        not wrong,
        f"The digest is as stated ({names}).",
        f"The bytes do not have the digest that is stated ({', '.join(wrong)}).",
    )


def _repr_digests(answer: Exchange) -> list[tuple[str, bytes]]:
    """Return algorithm and value of the header field Repr-Digest (RFC 9530)."""
    found = []
    for part in answer.header("Repr-Digest").split(","):
        name, _, value = part.strip().partition("=")
        if name in ("sha-256", "sha-512") and value.startswith(":") and value.endswith(":"):
            try:
                found.append((name.replace("-", ""), b64decode(value.strip(":"), validate=True)))
            except ValueError:
                found.append((name.replace("-", ""), b""))
    return found


def _dump_triples(seen: Examination) -> Decision:
    """Return whether the dump is RDF, and has as many triples as are declared."""
    dump, answer = _dump_content(seen)
    format = dump_format(dump)
    if format is None:
        return cannot_tell(f"{dump.url} is in a format that is not read here.")
    path = urlsplit(dump.url).path
    coding, mark = next(((name, mark) for end, name, mark in _COMPRESSED if path.endswith(end)), ("", b""))
    if answer.packed and not answer.body.startswith(mark):
        coding = ""  # it was the coding of the content as well, and is undone
    try:
        content, is_cut = unpack(answer.body, coding, seen.dump_bound)
        if is_cut:
            return cannot_tell(_TOO_LARGE)
        triples = set(parse_triples(content, format, dump.url))
    except (UnreadableBody, SyntaxError, ValueError, OSError) as error:
        return failed(f"{dump.url} is not {format.label}: {str(error)[:200]}")
    expected = _reference(seen)
    detail = f"{path.rpartition('/')[2]} is {format.label} with {len(triples):,} triples"
    if expected is None:
        return passed(f"{detail}; there is no number to compare with.")
    number, whose = expected
    if len(triples) < number:
        return cannot_tell(f"{detail}; {whose} {number:,}, so this may be a part of the data.")
    return holds(len(triples) == number, f"{detail}, as {whose}.", f"{detail}, and {whose} {number:,}.")


def _reference(seen: Examination) -> tuple[int, str] | None:
    """Return how many triples a whole dump should have, and who says so: the endpoint, else the description."""
    try:
        return _counted(seen), "the endpoint counts"
    except (NotAnswered, UnreadableBody):
        declared = _declared(seen)
        return None if declared is None else (declared, "the description declares")


def _declared(seen: Examination) -> int | None:
    main = seen.description.main_dataset
    return seen.description.declared_triples(main) if main else None


_VOID_STATISTICS: Final = void("4.6 Providing statistics about datasets")
DESCRIPTIONS: Final = (
    Check(
        "void-well-known",
        3,
        "/.well-known/void describes the data.",
        void("7.2 Discovery with well-known URI"),
        "Serve a VoID description in Turtle at /.well-known/void, or redirect it there.",
        _well_known,
    ),
    Check(
        "dataset-title",
        3,
        "The data set has a title and a description.",
        void("2.2 Dublin Core metadata terms"),
        "Write dcterms:title and dcterms:description.",
        _title,
    ),
    Check(
        "dataset-endpoint",
        3,
        "The description names the endpoint.",
        void("3.2 SPARQL endpoints"),
        "Write void:sparqlEndpoint, or a dcat:DataService with dcat:endpointURL.",
        _sparql_endpoint,
    ),
    Check(
        "dcat-dataset",
        3,
        "The data are described for catalogues.",
        dcat("6.6 Class: Dataset", "Class:Dataset"),
        "Describe a dcat:Dataset with dcat:distribution, and link its document by rel=describedby.",
        _catalogue,
    ),
    Check(
        "dcat-distributions",
        1,
        "Dumps have their size and media type.",
        dcat("6.8 Class: Distribution", "Class:Distribution"),
        "Write dcat:byteSize and dcat:mediaType for each distribution.",
        _distributions,
    ),
    Check(
        "counts",
        3,
        "The endpoint has as many triples as are declared.",
        _VOID_STATISTICS,
        "Compute void:triples from the data that are served, with each release.",
        _counts,
    ),
)
DUMPS: Final = (
    Check(
        "dump-there",
        5,
        "A dump that is declared can be had, and is as long as declared.",
        best_practices("Best Practice 17", "BulkAccess"),
        "Keep files where descriptions say that they are.",
        _dump_there,
    ),
    Check("dump-range", 1, "A download can go on where it broke.", http("14.2"), "Answer Range with 206.", _dump_range),
    Check(
        "dump-digest",
        3,
        "A dump has the digest that is stated.",
        rfc(9530, "3", "Digest Fields (RFC 9530)"),
        "State spdx:checksum or Repr-Digest, and compute it from the file that is served.",
        _dump_digest,
    ),
    Check(
        "dump-triples",
        5,
        "A dump is valid RDF, with as many triples as declared.",
        _VOID_STATISTICS,
        "Write dumps and descriptions from the same data, and read them again before they are published.",
        _dump_triples,
    ),
)
