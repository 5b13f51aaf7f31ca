"""Imports what a CONSTRUCT query yields at a SPARQL endpoint: page by page, resumable, with a pause between pages.

The query says in which order its solutions come (ORDER BY), so that pages neither overlap nor miss any. Pages are kept
in a folder; an import that was interrupted asks only for those that are missing. The pages together are the source of
what they say, with their digest. A triple with a predicate of facts becomes a fact; names and notes of resources are
taken as they are; anything else is left out.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Final

from pyoxigraph import Literal, NamedNode, RdfFormat, Triple, parse

from nosograph.errors import InputError, Location, QueryTimeout, RemoteStoreError, StoreError
from nosograph.facts.asset_files import read_text
from nosograph.imports.accounting import Account, FileAccount, RowRefused
from nosograph.imports.codes import shorten
from nosograph.imports.description import ReadFile
from nosograph.imports.running import ImportRun
from nosograph.rdf.iris import RDFS_COMMENT, SKOS_ALT_LABEL, SKOS_DEFINITION, SKOS_PREF_LABEL, SKOS_SCOPE_NOTE
from nosograph.rdf.names import DEFAULT_BASE, STANDARD_PREFIXES
from nosograph.sparql.form import QueryForm, query_form
from nosograph.sparql.lexing import Kind, tokens

Ask = Callable[[str, str], bytes]
"""Asks an endpoint a CONSTRUCT query, and returns the answer as N-Triples."""

_ATTEMPTS: Final = 4
_LONGEST_PAUSE: Final = 600.0
"""Seconds that an import waits for a service at most; where it asks for more, the import stops and can go on later."""

_BROADER: Final = STANDARD_PREFIXES["skos"] + "broader"
_TEXTS: Final = frozenset({SKOS_PREF_LABEL, SKOS_ALT_LABEL, SKOS_DEFINITION, SKOS_SCOPE_NOTE, RDFS_COMMENT})


@dataclass(frozen=True)
class EndpointOptions:
    """How an endpoint is asked.

    Attributes:
        endpoint: its address.
        page: solutions to a page.
        pause: seconds between two pages.
        cache: folder of the pages.
    """

    endpoint: str
    page: int
    pause: float
    cache: Path


def construct_importer(ask: Ask, sleep: Callable[[float], None]) -> Callable[[ImportRun], Account]:
    """Return an importer that asks by ``ask``, and waits by ``sleep`` for so many seconds."""

    def import_construct(run: ImportRun) -> Account:
        if len(run.request.files) != 1:
            raise InputError("An import of the kind sparql reads one file.", hint="Name the CONSTRUCT query.")
        options = _read_options(run)
        query = _read_query(run.request.files[0])
        pages = _fetch(query, options, ask, sleep, run)
        run.settle(read=[_measure(pages, run.profile.name)])
        account = FileAccount(options.endpoint, "statements", strict=run.request.strict)
        number = 0
        for page in pages:
            for quad in parse(io.BytesIO(page.read_bytes()), RdfFormat.N_TRIPLES):
                number += 1
                account.read += 1
                try:
                    reason = _write(quad.triple, run)
                except RowRefused as refusal:
                    account.refuse(refusal, number)
                    continue
                if reason:
                    account.leave_out(reason, number)
                else:
                    account.published += 1
        return Account((account,))

    return import_construct


def _read_options(run: ImportRun) -> EndpointOptions:
    said = run.request.options
    endpoint = str(said.get("endpoint", ""))
    if not endpoint.startswith(("http://", "https://")):
        raise InputError(
            f"The endpoint {endpoint!r} is not an http(s) address.", hint="Give it with --option endpoint=ADDRESS."
        )
    key = hashlib.sha256(f"{endpoint}\n{run.request.profile.version}\n".encode()).hexdigest()[:16]
    folder = Path(str(said.get("cache") or run.request.files[0].with_suffix(".pages")))
    return EndpointOptions(endpoint, int(said.get("page", 10_000)), float(said.get("pause", 1)), folder / key)


def _read_query(path: Path) -> str:
    text = read_text(path, str(path))
    try:
        form = query_form(text)
    except StoreError as error:
        raise InputError(error.what, location=Location(str(path)), hint=error.hint) from error
    words = [text[token.start : token.end].upper() for token in tokens(text) if token.kind is Kind.WORD]
    if form is not QueryForm.CONSTRUCT or ("ORDER", "BY") not in pairwise(words) or {"LIMIT", "OFFSET"} & set(words):
        raise InputError(
            "The query is no CONSTRUCT query with ORDER BY and without LIMIT and OFFSET.",
            location=Location(str(path)),
            hint="Order the solutions, so that pages do not overlap; the import adds LIMIT and OFFSET itself.",
        )
    return text


def _fetch(
    query: str, options: EndpointOptions, ask: Ask, sleep: Callable[[float], None], run: ImportRun
) -> list[Path]:
    """Return the files of all pages, in order; those that are there are not asked for again."""
    key = hashlib.sha256(f"{query}\n{options.page}".encode()).hexdigest()[:16]
    folder = options.cache / key
    folder.mkdir(parents=True, exist_ok=True)
    pages: list[Path] = []
    while True:
        page = folder / f"{len(pages):06d}.nt"
        if not page.exists():
            if pages:
                sleep(options.pause)
            text = f"{query}\nLIMIT {options.page} OFFSET {len(pages) * options.page}\n"
            fresh = page.with_suffix(".part")
            fresh.write_bytes(_checked(_ask_patiently(options, text, ask, sleep), options))
            fresh.replace(page)
        if page.stat().st_size == 0:
            return pages
        pages.append(page)
        run.report(f"page {len(pages)} of {options.endpoint}", len(pages), 0)


def _checked(answer: bytes, options: EndpointOptions) -> bytes:
    """Return the N-Triples of a page, or nothing where it has no triple: Virtuoso then answers with a comment.

    Raises:
        InputError: the answer is no N-Triples.
    """
    try:
        return answer if sum(1 for _ in parse(io.BytesIO(answer), RdfFormat.N_TRIPLES)) else b""
    except SyntaxError as error:
        raise InputError(
            f"The endpoint {options.endpoint} did not answer in N-Triples: {error.msg}.",
            hint="Check that it is the address of a SPARQL endpoint, and import again; good pages are kept.",
        ) from error


def _ask_patiently(options: EndpointOptions, query: str, ask: Ask, sleep: Callable[[float], None]) -> bytes:
    """Return the answer to a query.

    After an error of the service, or where it was too slow, wait, twice as long each time and as long as it asks for,
    and ask again.
    """
    for attempt in range(1, _ATTEMPTS):
        try:
            return ask(options.endpoint, query)
        except QueryTimeout:
            wanted = 0.0
        except RemoteStoreError as error:
            wanted = error.retry_after or 0.0
            refused = error.status is not None and 400 <= error.status < 500 and error.status != 429
            if refused or wanted > _LONGEST_PAUSE:
                raise
        sleep(max(max(options.pause, 1) * 2**attempt, wanted))
    return ask(options.endpoint, query)


def _measure(pages: list[Path], name: str) -> ReadFile:
    digest, length = hashlib.sha256(), 0
    for page in pages:
        content = page.read_bytes()
        digest.update(content)
        length += len(content.decode())
    return ReadFile(f"{name}.nt", digest.hexdigest(), length)


def _write(triple: Triple, run: ImportRun) -> str:
    """Write what a triple says; return why it is left out, or nothing."""
    subject = _resource(triple.subject, run)
    predicate, value = triple.predicate.value, triple.object
    if subject is None:
        return "about what no class of the vocabulary has"
    if isinstance(value, NamedNode) and run.writer.withholds(shorten(value.value) or value.value):
        return "to a code that may not be republished"
    if predicate in run.terms.vocabulary.predicates:
        target = _resource(value, run)
        if target is None:
            return "to what no class of the vocabulary has"
        added = run.writer.add_evidence((subject, str(triple.predicate), target), run.sources[0], False, ())
        return "" if added else "said again"
    if predicate in _TEXTS and isinstance(value, Literal):
        if not value.value.strip():
            raise RowRefused("empty text", f"The {predicate} of {triple.subject} is empty.")
        _describe(triple.subject, run)
        tagged = value if value.language else Literal(value.value, language="en")
        run.writer.add(subject, str(triple.predicate), str(tagged))
        return ""
    target = _resource(value, run)
    if predicate == _BROADER and target is not None:
        run.writer.add(subject, str(triple.predicate), target)
        return ""
    return "with a property that is not published"


def _resource(term: object, run: ImportRun) -> str | None:
    """Return the spelled IRI of the resource that an IRI stands for: itself, or what is named after the code."""
    if not isinstance(term, NamedNode):
        return None
    if term.value.startswith(tuple(f"{DEFAULT_BASE}{kind}/" for kind in run.terms.vocabulary.kinds)):
        return str(term)
    named = run.named_after(term.value)
    return None if named is None else named[0]


def _describe(term: object, run: ImportRun) -> None:
    named = run.named_after(term.value) if isinstance(term, NamedNode) else None
    if named is not None:
        _, kind, code, class_ = named
        run.writer.describe(kind, code, class_)
