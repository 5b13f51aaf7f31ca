"""Link headers and link sets: how a document says what it is about and where else that can be had.

The relations are those of RFC 8288's registry, used as FAIR Signposting asks: level 1 in headers, level 2 as a link
set of its own (RFC 9264).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final
from urllib.parse import quote, urljoin

from nosograph.rdf.formats import DOCUMENT_FORMATS, HTML, JSON_LD, TURTLE, Format
from nosograph.web.http.replies import Fields

DATA_FORMATS: Final = (TURTLE, JSON_LD)
"""The formats in which a page's header leads to its data; the others are alternates, and in the link set.

A proxy may give the header of a response 4 KiB (nginx does unless told otherwise), so it cannot name everything twice.
"""

LINKSET_JSON: Final = Format("linkset.json", "application/linkset+json", "Link set (RFC 9264)")
LINK_FORMAT: Final = Format("link", "application/link-format", "Link format (RFC 6690)")
ABOUT_PAGE: Final = "https://schema.org/AboutPage"

_IRI_SAFE: Final = "%/:?#[]@!$&'()*+,;=~"

_TARGET: Final = re.compile(r"<([^<>]*)>;")
_SITE_ADDRESS: Final = re.compile(rb'\b(href|action|src|data-(?:check|drawing|editor|search|vocabulary))="/')
"""An attribute with an address of this site. A quotation mark in a text is escaped, so no text looks like one."""


@dataclass(frozen=True)
class Link:
    """A link to be sent in a Link header or a link set.

    Attributes:
        target: IRI or relative reference.
        relation: registered relation type (RFC 8288 §2.1.1).
        media_type: media type of the target, or empty.
        datetime: date of a version in the form of HTTP (RFC 7089 §2.2), or empty.
    """

    target: str
    relation: str
    media_type: str = ""
    datetime: str = ""

    def __str__(self) -> str:
        """Return the link as a Link header holds it (RFC 8288 §3)."""
        type = f'; type="{self.media_type}"' if self.media_type else ""
        time = f'; datetime="{self.datetime}"' if self.datetime else ""
        return f'<{_quoted(self.target)}>; rel="{self.relation}"{type}{time}'


@lru_cache(maxsize=1024)
def _quoted(target: str) -> str:
    return quote(target, safe=_IRI_SAFE)


def add_links(headers: Fields, links: Iterable[Link]) -> None:
    """Add links to a response, in one header field."""
    value = ", ".join([_written(link) for link in links])
    if value:
        headers["Link"] = f"{headers['Link']}, {value}" if "Link" in headers else value


@lru_cache(maxsize=1024)
def _written(link: Link) -> str:
    return str(link)


def with_absolute_targets(value: str, address: str) -> str:
    """Return a Link header in which each target is absolute: clients of Signposting resolve none themselves.

    Args:
        value: the value of the header; no target in it holds a ``<`` (``Link``).
        address: absolute address of what bears the header.
    """
    return _TARGET.sub(lambda found: f"<{urljoin(address, found[1])}>;", value)


def license_links(licenses: Iterable[str]) -> list[Link]:
    """Return the links to licences (RFC 4946)."""
    return [Link(license, "license") for license in licenses]


def relative_reference(source: str, target: str) -> str:
    """Return the reference that leads from one path of this server to another (RFC 3986 §4.2).

    A relative reference holds under any prefix and any host name, so nothing has to be believed of the request.
    It never starts with a slash, and so cannot be taken for the address of another host.
    """
    path, mark, query = target.partition("?")
    here, there = source.split("/")[1:-1], path.split("/")[1:]
    common = 0
    while common < len(here) and common < len(there) - 1 and here[common] == there[common]:
        common += 1
    reference = "../" * (len(here) - common) + "/".join(there[common:])
    if not reference or reference.startswith("/") or ":" in reference.split("/", 1)[0]:
        reference = "./" + reference
    return reference + mark + query


def with_relative_references(page: bytes, path: str) -> bytes:
    """Return a page whose addresses of this site lead from its own path to where they led from the root of the site.

    Pages are written with addresses that begin with a slash. As relative references these hold wherever the site
    stands, so no page depends on a prefix, and none is believed of a request.

    Args:
        page: the page in HTML.
        path: the path of its address below the root of the site.
    """
    return _SITE_ADDRESS.sub(rb'\1="' + relative_reference(path, "/").encode("ascii"), page)


def described_by(stem: str, formats: Iterable[Format]) -> list[Link]:
    """Return the links to the documents about a resource, in each of some formats."""
    return [Link(f"{stem}.{format.name}", "describedby", format.media_type) for format in formats]


def resource_links(stem: str, *, formats: Iterable[Format] = DOCUMENT_FORMATS) -> list[Link]:
    """Return the links of a resource's own address: the documents that describe it, and the link set."""
    return [*described_by(stem, formats), Link(f"{stem}.{LINKSET_JSON.name}", "linkset", LINKSET_JSON.media_type)]


def version_links(path: str) -> list[Link]:
    """Return the links that lead from a resource or a document to its versions (RFC 7089 §2.2).

    Args:
        path: its path below the root of the site.
    """
    return [
        Link(relative_reference(f"/{path}", f"/timegate/{path}"), "timegate"),
        Link(relative_reference(f"/{path}", f"/timemap/link/{path}"), "timemap", LINK_FORMAT.media_type),
    ]


def document_links(
    stem: str,
    extension: str,
    *,
    iri: str,
    canonical: str,
    types: Iterable[str] = (),
    formats: Iterable[Format] = DOCUMENT_FORMATS,
    collection: str = "",
    licenses: Iterable[str] = (),
    author: str = "",
    items: Iterable[Link] = (),
) -> list[Link]:
    """Return the links of a document about a resource.

    Args:
        stem: last segment of the resource's path, to which extensions are added.
        extension: the document's own.
        iri: the resource's permanent IRI, which is also what to cite.
        canonical: absolute address of the document.
        types: classes of the resource.
        formats: the formats in which there is a document.
        collection: reference to the page that lists resources of this kind, where there is one.
        licenses: the licences of what the document says.
        author: IRI of who publishes it, or empty.
        items: the files that a resource consists of.
    """
    links = [Link(iri, "describes"), Link(iri, "cite-as"), Link(canonical, "canonical")]
    for format in formats:
        if format.name == extension:
            continue
        links.append(Link(f"{stem}.{format.name}", "alternate", format.media_type))
        if extension == HTML.name and format in DATA_FORMATS:
            links.append(Link(f"{stem}.{format.name}", "describedby", format.media_type))
    if extension == HTML.name:
        links.append(Link(ABOUT_PAGE, "type"))
    links += [Link(type, "type") for type in types]
    if collection:
        links.append(Link(collection, "collection", HTML.media_type))
    if author:
        links.append(Link(author, "author"))
    links += items
    links += [
        *license_links(licenses),
        Link(f"{stem}.{LINKSET_JSON.name}", "linkset", LINKSET_JSON.media_type),
    ]
    return links


def write_linkset(contexts: Mapping[str, Iterable[Link]], address: str) -> str:
    """Return a link set in JSON (RFC 9264 §4.2): by anchor, by relation, the targets.

    Anchors and targets are absolute, as §4.1 advises: a link set is kept and read apart from where it was found.

    Args:
        contexts: links by their anchor.
        address: absolute address of the link set.
    """
    members: list[dict[str, Any]] = []
    for anchor, links in contexts.items():
        member: dict[str, Any] = {"anchor": urljoin(address, anchor)}
        for link in links:
            target = {"href": urljoin(address, link.target)} | ({"type": link.media_type} if link.media_type else {})
            member.setdefault(link.relation, []).append(target)
        members.append(member)
    return json.dumps({"linkset": members}, indent=2, ensure_ascii=False) + "\n"
