"""Where an IRI is read about: a page of this site, a page elsewhere, or nowhere that is safe to link to."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from typing import Final
from urllib.parse import SplitResult, quote, urlsplit

from nosograph.rdf.curies import compact
from nosograph.rdf.names import NOSO, NOSO_SHAPES, Base, is_local_name

_IRI_SAFE: Final = "/:@!$&'()*+,;=-._~%"
_SERVED: Final = ("dumps/", "mapping-set/", "about", "sparql", "context.jsonld")
"""Beginnings of what else this server has below the base."""

_EVIDENCE = re.compile(r"fact/([^/]+)/evidence/([^/]+)\Z")
_PASSAGE = re.compile(r"source/([^/]+)/passage/([^/]+)\Z")


@dataclass(frozen=True)
class Addresses:
    """Turns IRIs into addresses that a page may link to.

    Attributes:
        base: the base of the data's IRIs.
        site_url: where the site is reached, ending with a slash; absolute links are built from it.
        concepts: terms of the vocabulary that have a page of their own.
    """

    base: Base
    site_url: str
    concepts: Collection[str] = ()

    def page(self, iri: str) -> str | None:
        """Return the address that a link to this IRI has: below ``/`` for what this site has a page about.

        An IRI of any scheme but http and https gives None, so that no literal or IRI of the data becomes a link that
        runs something.
        """
        if iri in self.concepts:
            return f"/concept/{quote(self.short(iri), safe=':-._~')}"
        own = [(start, "/ontology.html") for _, start in self.base.vocabularies]
        for vocabulary, address in (*own, (str(NOSO), "/ontology.html"), (str(NOSO_SHAPES), "/shapes.html")):
            if iri.startswith(vocabulary):
                return f"{address}#{quote(iri[len(vocabulary) :], safe='-._~')}"
            if iri == vocabulary[:-1]:
                return address
        if iri == self.base.iri:
            return "/"
        local = self.local(iri)
        if local is not None:
            return self._local_page(local)
        parts = _split(iri)
        if parts is None or parts.scheme not in ("http", "https") or not parts.netloc:
            return None
        return iri

    def _local_page(self, local: str) -> str | None:
        kind, _, name = local.partition("/")
        if kind in self.base.kinds and is_local_name(name):
            return f"/{local}.html"  # nothing in it to quote, which most addresses of a page are
        evidence, passage = _EVIDENCE.match(local), _PASSAGE.match(local)
        if evidence:
            return f"/fact/{quote(evidence[1], safe='')}.html#evidence-{quote(evidence[2], safe='')}"
        if passage:
            return f"/source/{quote(passage[1], safe='')}.html#passage-{quote(passage[2], safe='')}"
        document, _, part = local.partition("#")
        if document in ("ontology", "shapes"):
            return f"/{document}.html"
        if document.split("/", 1)[0] in self.base.kinds and "/" in document.rstrip("/"):
            return f"/{quote(document, safe=_IRI_SAFE)}.html"
        if document.startswith(_SERVED):
            return f"/{quote(document, safe=_IRI_SAFE)}" + (f"#{quote(part, safe=_IRI_SAFE)}" if part else "")
        return None

    def local(self, iri: str) -> str | None:
        """Return what follows the base in an IRI below it, else None."""
        return iri[len(self.base.iri) :] if iri.startswith(self.base.iri) and iri != self.base.iri else None

    def kind(self, iri: str) -> str | None:
        """Return the kind of resource that an IRI below the base names, else None."""
        local = self.local(iri)
        kind = local.split("/", 1)[0] if local else None
        return kind if kind in self.base.kinds else None

    def absolute(self, path: str) -> str:
        """Return the absolute address of a path of this site."""
        return self.site_url + path.removeprefix("/")

    def short(self, iri: str) -> str:
        """Return the IRI as a CURIE where a prefix is known, else the IRI itself."""
        return compact(iri, self.base)


def drawing_address(addresses: Addresses, iri: str) -> str:
    """Return the address of the drawing around a resource, or nothing for what has no page of its own here."""
    return _address_beside(addresses, iri, "drawing")


def uses_address(addresses: Addresses, iri: str) -> str:
    """Return the address of the lists of what names a resource, or nothing for what has no page of its own here."""
    return _address_beside(addresses, iri, "named")


def _address_beside(addresses: Addresses, iri: str, name: str) -> str:
    page = addresses.page(iri) or ""
    return f"{page.removesuffix('.html')}/{name}" if addresses.kind(iri) and page.endswith(".html") else ""


def _split(iri: str) -> SplitResult | None:
    try:
        return urlsplit(iri)
    except ValueError:
        return None


def humanise(iri: str) -> str:
    """Return words for an IRI that has no label: its last part, with hyphens and capitals taken apart."""
    last = re.split(r"[#/:]", iri.rstrip("#/:"))[-1] or iri
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", last.replace("-", " ").replace("_", " ")).strip()
    return words.lower() if words else iri
