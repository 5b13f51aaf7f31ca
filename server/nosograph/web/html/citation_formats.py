"""How to cite a page of the site, or a document that it rests on: APA, BibTeX and CSL-JSON."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any, Final

from nosograph.release.manifest import Manifest
from nosograph.web.views.licenses import License, license_names
from nosograph.web.views.references import CitedDocument
from nosograph.web.views.wording import plain

_DATE: Final = re.compile(r"(\d{4})(?:-(0[1-9]|1[0-2]))?(?:-([0-3]\d))?(?:\Z|[TZ+]|-\d\d:)")
_MONTHS: Final = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)


@dataclass(frozen=True)
class PageCitation:
    """The same reference in three styles, with the state of the data that it names and their licences."""

    apa: str
    bibtex: str
    csl: str
    reviewed: str = ""
    licenses: tuple[License, ...] = ()


@dataclass(frozen=True)
class _Work:
    """What is cited.

    Attributes:
        iri: its IRI, from which its key is made.
        kind: its type in CSL.
        title: its title.
        author: who made it, or empty.
        issued: year, month and day of its publication, as far as they are known.
        url: where it is read, or empty.
        container: what it is part of, or empty.
        version: version of that, or empty.
    """

    iri: str
    kind: str
    title: str
    author: str
    issued: tuple[int, ...]
    url: str
    container: str = ""
    version: str = ""


def cite(iri: str, label: str, manifest: Manifest, licenses: Iterable[str]) -> PageCitation:
    """Return the reference for a resource as it stands in a release.

    Args:
        iri: permanent IRI of the resource.
        label: what the resource is called.
        manifest: the release's, which names its version, date, title and publisher.
        licenses: the licences of what is cited.
    """
    date, profile = manifest.date, manifest.profile
    work = _Work(
        iri=iri,
        kind="entry",
        title=plain(label),
        author=plain(profile.publisher),
        issued=(date.year, date.month, date.day),
        url=iri,
        container=plain(profile.name),
        version=manifest.version,
    )
    stated = license_names(licenses)
    return replace(
        _written(work, stated[0].iri if stated else ""),
        reviewed=f"{_MONTHS[date.month - 1]} {date.day}, {date.year} (release {manifest.version})",
        licenses=stated,
    )


def cite_document(document: CitedDocument) -> PageCitation:
    """Return the reference for a document that statements rest on; what is not known of it is left out."""
    found = _DATE.match(document.date)
    work = _Work(
        iri=document.source.iri,
        kind="webpage" if document.addresses else "document",
        title=plain(document.source.text),
        author=plain(", ".join(publisher.text for publisher in document.publisher)),
        issued=tuple(int(part) for part in found.groups() if part) if found else (),
        url=document.addresses[0].text if document.addresses else "",
    )
    return _written(work)


def _written(work: _Work, license: str = "") -> PageCitation:
    key = re.sub(r"[^A-Za-z0-9]+", "-", work.iri.split("//", 1)[-1].split("/", 1)[-1]).strip("-") or "nosograph"
    part = f"{work.container}, release {work.version}" if work.container else ""
    names = ("year", "month")
    bibtex = "\n".join(
        [
            f"@misc{{{key},",
            *([f"  author = {{{{{_escaped(work.author)}}}}},"] if work.author else []),
            f"  title = {{{_escaped(work.title)}}},",
            *(f"  {name} = {{{number}}}," for name, number in zip(names, work.issued, strict=False)),
            *([f"  howpublished = {{\\url{{{work.url}}}}},"] if work.url else []),
            *([f"  note = {{{_escaped(part)}}}"] if part else []),
            "}",
        ]
    )
    csl: dict[str, Any] = {"id": key, "type": work.kind, "title": work.title}
    more = {
        "container-title": work.container,
        "issued": {"date-parts": [list(work.issued)]} if work.issued else "",
        "version": work.version,
        "URL": work.url,
        "author": [{"literal": work.author}] if work.author else "",
        "license": license,
    }
    csl |= {name: value for name, value in more.items() if value}
    return PageCitation(apa=_apa(work), bibtex=bibtex, csl=json.dumps([csl], indent=2, ensure_ascii=False))


def _apa(work: _Work) -> str:
    """Return a reference as APA 7 has it: without an author the title comes first, without a date stands "n.d."."""
    year, *day = work.issued or ("n.d.",)
    when = f"({year}{', ' if day else ''}{' '.join([_MONTHS[day[0] - 1], *map(str, day[1:])] if day else [])})."
    title = _stopped(work.title)
    parts = [_stopped(work.author), when, title] if work.author else [title, when]
    if work.container:
        parts.append(f"In {work.container} (release {work.version}).")
    return " ".join([*parts, *filter(None, [work.url])])


_BIBTEX: Final = {
    "\\": r"\textbackslash{}",
    "{": r"\{",
    "}": r"\}",
    "&": r"\&",
    "%": r"\%",
    "$": r"\$",
    "#": r"\#",
    "_": r"\_",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
}


def _escaped(text: str) -> str:
    return re.sub(r"([\\{}&%$#_~^])", lambda match: _BIBTEX[match[1]], text)


def _stopped(title: str) -> str:
    return title if title.endswith((".", "?", "!")) else title + "."
