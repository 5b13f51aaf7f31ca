"""Turns views into HTML: one template environment, and the frame that every page shares."""

from __future__ import annotations

import functools
import hashlib
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import version as installed_version
from pathlib import Path
from typing import Any, Final

import jinja2
import markupsafe

from nosograph.rdf.formats import PLAIN_TEXT
from nosograph.vocabulary.terms import Vocabulary
from nosograph.web.views.licenses import ImportedSet, License
from nosograph.web.views.resource import Alternate
from nosograph.web.views.wording import counted, plain

WEB_FOLDER: Final = Path(__file__).resolve().parent.parent
_CONTROLS: Final = re.compile(
    "[\\x00-\\x08\\x0b\\x0c\\x0e-\\x1f\\x7f-\\x9f\\ud800-\\udfff\\ufdd0-\\ufdef\\ufffe\\uffff]"
)
STATIC_FOLDER: Final = WEB_FOLDER / "static"


STATIC_TYPES: Final = {
    "css": "text/css;charset=utf-8",
    "js": "text/javascript;charset=utf-8",
    "svg": "image/svg+xml",
    "txt": PLAIN_TEXT.content_type,
}
"""Extension of a static file → its Content-Type; files with another extension are not served."""


@dataclass(frozen=True)
class Frame:
    """What the head, the navigation and the foot of a page say.

    Attributes:
        title: the page's title, without the site's name.
        description: one or two sentences for search engines.
        canonical: absolute address of the page, or empty.
        section: the navigation entry that the page belongs to.
        alternates: the same content in other formats.
        structured: JSON-LD to embed, already escaped for a script element.
        version: version of the release, or empty where none is loaded.
        date: date of the release, or empty.
        scripts: names of the static scripts that make the page better.
        indexed: whether search engines should list the page.
        iri: the resource that the page describes, or empty.
        licenses: the licences of what the page shows.
        imported: the imported data sets that the page may show something of.
        site: name of the data set.
        vocabulary: the vocabulary of the release, which has the words of its field; an empty one where none is loaded.
    """

    title: str
    description: str = ""
    canonical: str = ""
    section: str = ""
    alternates: tuple[Alternate, ...] = ()
    structured: str = ""
    version: str = ""
    date: str = ""
    scripts: tuple[str, ...] = ("site.js",)
    indexed: bool = True
    iri: str = ""
    licenses: tuple[License, ...] = ()
    imported: tuple[ImportedSet, ...] = ()
    site: str = "Nosograph"
    vocabulary: Vocabulary = Vocabulary()


@functools.cache
def static_files() -> Mapping[str, bytes]:
    """Return every static file by its name below the static folder; they are few and small, so they stay in memory."""
    return {
        path.relative_to(STATIC_FOLDER).as_posix(): path.read_bytes()
        for path in sorted(STATIC_FOLDER.rglob("*"))
        if path.is_file() and path.suffix[1:] in STATIC_TYPES
    }


@functools.cache
def static_digest() -> str:
    """Return a digest of all static files; it is part of their addresses, so that they may be kept for ever."""
    digest = hashlib.sha256()
    for name, content in static_files().items():
        digest.update(name.encode() + hashlib.sha256(content).digest())
    return digest.hexdigest()[:12]


def static_address(name: str) -> str:
    """Return the address of a static file."""
    return f"/static/{static_digest()}/{name}"


def _readable(value: Any) -> Any:
    """Return an expression's value without what no HTML document may hold: control characters become a mark.

    HTML §13.2.3.5: control characters other than white space, surrogates and noncharacters are parse errors.
    """
    if not isinstance(value, str) or value.isprintable() or isinstance(value, markupsafe.Markup):
        return value
    return _CONTROLS.sub("\ufffd", value)


def _lower_first(text: str) -> str:
    """Return a heading as it stands within a line; one that begins with two capitals is an abbreviation."""
    return text if text[1:2].isupper() else text[:1].lower() + text[1:]


@functools.cache
def _environment() -> jinja2.Environment:
    """Return what compiles the templates; where Python keeps compiled modules, compiled templates are kept as well."""
    kept, pattern = Path(__file__).parent / "__pycache__", f"jinja-{installed_version('jinja2')}-%s.cache"
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
        bytecode_cache=jinja2.FileSystemBytecodeCache(str(kept), pattern) if os.access(kept, os.W_OK) else None,
        finalize=_readable,
    )
    environment.globals.update(static=static_address, counted=counted)
    environment.filters["plain"] = plain
    environment.filters["lower_first"] = _lower_first
    return environment


def render(template: str, frame: Frame, **views: Any) -> str:
    """Return a page from a template, its frame and its views."""
    return _environment().get_template(template).render(frame=frame, **views)
