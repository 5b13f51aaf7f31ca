"""What a reader chooses in a form without scripts: a resource of one kind, by its name, a code, or its identifier."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from nosograph.rdf.iris import RDF_TYPE
from nosograph.rdf.names import is_local_name
from nosograph.search.database import LONGEST_QUERY
from nosograph.search.results import Filters, Hit
from nosograph.vocabulary.terms import ResourceClass
from nosograph.web.views.facts import Reader, Value
from nosograph.web.views.site import Site

MOST_NAMES: Final = 500
"""Names up to which a field offers all of its kind; of more, it offers those that fit what was typed."""

MOST_CANDIDATES: Final = 12


@dataclass(frozen=True)
class ResourceChoice:
    """A field in which a reader names a resource, and what was chosen with it.

    Attributes:
        name: name of the field, which is a query parameter.
        label: what stands before the field.
        entry: the class of what is chosen.
        text: what the reader typed.
        value: the resource, where the text names exactly one.
        candidates: resources that the text may mean, where it does not.
        names: names that the field offers.
    """

    name: str
    label: str
    entry: ResourceClass
    text: str = ""
    value: Value | None = None
    candidates: tuple[Value, ...] = ()
    names: tuple[str, ...] = ()

    @property
    def shown(self) -> str:
        """What stands in the field: the label of what was chosen, else what was typed."""
        return self.value.text if self.value else self.text

    @property
    def identifier(self) -> str:
        """The identifier of what was chosen, by which an address names it; empty where nothing was."""
        return identifier_of(self.value) if self.value else ""

    @property
    def is_unknown(self) -> bool:
        """Whether something was typed and nothing is like it."""
        return bool(self.text) and self.value is None and not self.candidates


def identifier_of(value: Value) -> str:
    """Return the identifier of a resource within its kind."""
    return value.iri.rpartition(f"/{value.kind}/")[2]


def choose(site: Site, reader: Reader, entry: ResourceClass, name: str, label: str, text: str) -> ResourceChoice:
    """Return a field with what a text means in it: an identifier first, then a code or an IRI, then a name.

    Args:
        site: the site, whose search index knows names and codes.
        reader: reads the release.
        entry: the class of what is chosen.
        name: name of the field.
        label: what stands before the field.
        text: what was typed; only its first characters count, as in a search.
    """
    text = " ".join(text.replace("\x00", "").split())[:LONGEST_QUERY]
    names = site.search.names(entry.kind, MOST_NAMES + 1)
    if len(names) > MOST_NAMES:
        names = ()
    if not text:
        return ResourceChoice(name, label, entry, names=names)
    own = str(reader.addresses.base.resource(entry.kind, text))
    if is_local_name(text) and reader.triples.holds(own, RDF_TYPE, entry.iri):
        return ResourceChoice(name, label, entry, text, reader.value(own), names=names)
    exact = site.search.exact(text, entry.kind)
    found = (exact,) if exact else _meant(site, entry, text)
    values = tuple(reader.value(hit.iri) for hit in found)
    return ResourceChoice(
        name,
        label,
        entry,
        text,
        value=values[0] if len(values) == 1 and (exact or _is_name(found[0], text)) else None,
        candidates=values,
        names=names or tuple(value.text for value in values),
    )


def _meant(site: Site, entry: ResourceClass, text: str) -> tuple[Hit, ...]:
    """Return the resources that are so named, where there are any; else those that a search finds."""
    hits = site.search.search(text, Filters(kind=entry.kind), limit=MOST_CANDIDATES).hits
    labelled = tuple(hit for hit in hits if hit.label.casefold() == text.casefold())
    return labelled or tuple(hit for hit in hits if _is_name(hit, text)) or hits


def _is_name(hit: Hit, text: str) -> bool:
    return text.casefold() in (name.casefold() for name in (hit.label, *hit.alternatives))
