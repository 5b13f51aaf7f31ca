"""How to cite a page: APA, BibTeX and CSL-JSON, made from the release and the thing's permanent address."""

from __future__ import annotations

import datetime
import json
import re
from dataclasses import dataclass
from typing import Final

from nosograph.web.views.wording import plain

AUTHOR: Final = "Nosograph contributors"
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
    """The same reference in three styles, and the state of the data that it names."""

    apa: str
    bibtex: str
    csl: str
    reviewed: str = ""


def cite(iri: str, label: str, version: str, date: datetime.date) -> PageCitation:
    """Return the reference for a thing as it stands in a release.

    Args:
        iri: permanent IRI of the thing.
        label: what the thing is called.
        version: version of the release.
        date: date of the release.
    """
    title = plain(label)
    key = re.sub(r"[^A-Za-z0-9]+", "-", iri.split("//", 1)[-1].split("/", 1)[-1]).strip("-") or "nosograph"
    day = f"{_MONTHS[date.month - 1]} {date.day}"
    escaped = re.sub(r"([\\{}&%$#_~^])", lambda match: _BIBTEX[match[1]], title)
    bibtex = "\n".join(
        [
            f"@misc{{{key},",
            f"  author = {{{{{AUTHOR}}}}},",
            f"  title = {{{escaped}}},",
            f"  year = {{{date.year}}},",
            f"  month = {{{date.month}}},",
            f"  howpublished = {{\\url{{{iri}}}}},",
            f"  note = {{Nosograph, release {version}}}",
            "}",
        ]
    )
    csl = {
        "id": key,
        "type": "entry",
        "title": title,
        "author": [{"literal": AUTHOR}],
        "container-title": "Nosograph",
        "issued": {"date-parts": [[date.year, date.month, date.day]]},
        "version": version,
        "URL": iri,
        "license": "https://creativecommons.org/licenses/by/4.0/",
    }
    return PageCitation(
        apa=f"{AUTHOR}. ({date.year}, {day}). {_stopped(title)} In Nosograph (release {version}). {iri}",
        bibtex=bibtex,
        csl=json.dumps([csl], indent=2, ensure_ascii=False),
        reviewed=f"{day}, {date.year} (release {version})",
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


def _stopped(title: str) -> str:
    return title if title.endswith((".", "?", "!")) else title + "."
