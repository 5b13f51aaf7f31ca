"""How to cite a page: APA, BibTeX and CSL-JSON, made from the release and the resource's permanent address."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from nosograph.release.manifest import Manifest
from nosograph.web.views.licenses import License, license_names
from nosograph.web.views.wording import plain

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


def cite(iri: str, label: str, manifest: Manifest, licenses: Iterable[str]) -> PageCitation:
    """Return the reference for a resource as it stands in a release.

    Args:
        iri: permanent IRI of the resource.
        label: what the resource is called.
        manifest: the release's, which names its version, date, title and publisher.
        licenses: the licences of what is cited.
    """
    title, version, date = plain(label), manifest.version, manifest.date
    author, container = plain(manifest.profile.publisher), plain(manifest.profile.name)
    stated = license_names(licenses)
    key = re.sub(r"[^A-Za-z0-9]+", "-", iri.split("//", 1)[-1].split("/", 1)[-1]).strip("-") or "nosograph"
    day = f"{_MONTHS[date.month - 1]} {date.day}"
    bibtex = "\n".join(
        [
            f"@misc{{{key},",
            *([f"  author = {{{{{_escaped(author)}}}}},"] if author else []),
            f"  title = {{{_escaped(title)}}},",
            f"  year = {{{date.year}}},",
            f"  month = {{{date.month}}},",
            f"  howpublished = {{\\url{{{iri}}}}},",
            f"  note = {{{_escaped(container)}, release {version}}}",
            "}",
        ]
    )
    csl: dict[str, Any] = {
        "id": key,
        "type": "entry",
        "title": title,
        "container-title": container,
        "issued": {"date-parts": [[date.year, date.month, date.day]]},
        "version": version,
        "URL": iri,
    }
    if author:
        csl["author"] = [{"literal": author}]
    if stated:
        csl["license"] = stated[0].iri
    by = f"{_stopped(author)} " if author else ""
    return PageCitation(
        apa=f"{by}({date.year}, {day}). {_stopped(title)} In {container} (release {version}). {iri}",
        bibtex=bibtex,
        csl=json.dumps([csl], indent=2, ensure_ascii=False),
        reviewed=f"{day}, {date.year} (release {version})",
        licenses=stated,
    )


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
