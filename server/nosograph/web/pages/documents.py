"""Pages that are documents about a thing, and error pages: views in, HTML out, for the application to send."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any, Final, Protocol

from pyoxigraph import Quad

from nosograph.formats import RDF_FORMATS
from nosograph.namespaces import NOSO, STANDARD_PREFIXES
from nosograph.web.pages import charts, downloads, overview, structured, things, vocabulary
from nosograph.web.pages.citation import Citation, cite
from nosograph.web.pages.condition import condition_view
from nosograph.web.pages.drawing import draw
from nosograph.web.pages.facts import Reader
from nosograph.web.pages.rendering import Alternate, Frame, render
from nosograph.web.pages.site import Site, current_site
from nosograph.web.pages.terms import RDFS_SEE_ALSO
from nosograph.web.pages.thing import Thing, thing_view
from nosograph.web.pages.wording import KIND_NAMES, STANDINGS, counted

_PARTS: Final = (STANDARD_PREFIXES["void"], STANDARD_PREFIXES["dcat"] + "distribution", RDFS_SEE_ALSO)
"""What a release says of its parts: hundreds of figures and files, which its page shows in other ways."""


class State(Protocol):
    """Whether a thing is still part of the graph, as the store tells it; shown by its ``state`` in words."""

    @property
    def state(self) -> Any:
        """``active``, ``deprecated`` or ``replaced``."""
        ...


class Problem(Protocol):
    """What an error page shows."""

    @property
    def status(self) -> int:
        """The HTTP status."""
        ...

    @property
    def title(self) -> str:
        """The status in words."""
        ...

    @property
    def detail(self) -> str:
        """What is wrong."""
        ...

    @property
    def mend(self) -> str:
        """What to do, or empty."""
        ...

    @property
    def fields(self) -> Mapping[str, Any]:
        """Further details by name."""
        ...

    @property
    def request_id(self) -> str:
        """The id of the request in the log, or empty."""
        ...


def render_thing(kind: str, identifier: str, iri: str, quads: Iterable[Quad], state: State | None) -> str:
    """Give the HTML page about a thing.

    Args:
        kind: its kind, one of ``namespaces.KINDS``.
        identifier: its local identifier.
        iri: its IRI.
        quads: the document about it, whose own statements are embedded as JSON-LD.
        state: whether it is active, deprecated or replaced; None means active.
    """
    return page_of_thing(current_site(), kind, identifier, iri, quads, _state_word(state))


def page_of_thing(site: Site, kind: str, identifier: str, iri: str, quads: Iterable[Quad], state: str) -> str:
    """Give the page about a thing of a site; pages that were made before come from memory."""
    return site.pages.get(f"{state} {iri}", lambda: _PageMaker(site, kind, identifier, iri).page(quads, state))


def _state_word(state: State | None) -> str:
    word = getattr(state, "state", state)
    return "active" if word is None else str(getattr(word, "value", word))


class _PageMaker:
    def __init__(self, site: Site, kind: str, identifier: str, iri: str) -> None:
        self.site = site
        self.kind = kind
        self.identifier = identifier
        self.iri = iri
        self.reader: Reader = site.reader()

    def page(self, quads: Iterable[Quad], state: str) -> str:
        thing = thing_view(self.reader, self.kind, self.identifier, self.iri)
        own = structured.own_statements(quads, self.iri, self.site.release.base)
        match self.kind:
            case "condition":
                return self._condition(thing, own, state)
            case "fact":
                return self._fact(thing, own, state)
            case "release":
                return self._release(thing, own, state)
            case _:
                return self._other(thing, own, state)

    def _condition(self, thing: Thing, own: Any, state: str) -> str:
        condition = condition_view(self.reader, self.iri)
        frame = self._frame(thing, thing.label.text, _summary(thing))
        data = [structured.medical_condition(thing, condition, frame.canonical), own]
        return render(
            "condition.html",
            replace(
                frame,
                structured=structured.embed(data),
                section="condition",
                scripts=(*frame.scripts, "drawing.js"),
            ),
            thing=thing,
            condition=condition,
            citation=self._citation(thing.label.text),
            state=state,
            standings=tuple(STANDINGS.values()),
            drawing=draw(thing.label, condition),
        )

    def _fact(self, thing: Thing, own: Any, state: str) -> str:
        fact = self.reader.fact(self.iri)
        words = fact.words
        frame = self._frame(
            thing,
            words,
            f"{fact.standing.word}: {words}. With {counted(len(fact.evidence), 'piece')} of evidence.",
        )
        return render(
            "fact.html",
            replace(frame, structured=structured.embed(own)),
            thing=thing,
            fact=fact,
            direct=fact.standing.name == "affirmed",
            citation=self._citation(words),
            state=state,
        )

    def _release(self, thing: Thing, own: Any, state: str) -> str:
        release = self.site.release
        counts = release.manifest.counts
        served = self.identifier == release.version
        entries = [entry for entry in downloads.release_entries(release) if entry.version == self.identifier]
        long = {name for name, _ in thing.properties if name.iri.startswith(_PARTS)}
        thing = replace(thing, properties=tuple(row for row in thing.properties if row[0] not in long))
        return render(
            "release.html",
            replace(
                self._frame(thing, f"Release {self.identifier}", _summary(thing)),
                structured=structured.embed(own),
            ),
            thing=thing,
            entry=entries[0] if entries else None,
            figures=overview.figures(counts.kinds, counts.evidence, counts.triples) if served else (),
            charts=charts.statistics(self.reader, counts.statuses, counts.evidence) if served else (),
            citation=self._citation(f"Release {self.identifier}"),
            state=state,
        )

    def _other(self, thing: Thing, own: Any, state: str) -> str:
        label = overview.mapping_value(self.reader, self.iri) if self.kind == "mapping" else thing.label
        thing = replace(thing, label=label)
        source = things.source_view(self.reader, self.iri) if self.kind == "source" else None
        frame = self._frame(thing, label.text, _summary(thing))
        return render(
            "thing.html",
            replace(frame, structured=structured.embed(own)),
            thing=thing,
            related=things.related_view(self.reader, self.iri),
            source=source,
            citation=self._citation(label.text),
            state=state,
        )

    def _frame(self, thing: Thing, title: str, description: str) -> Frame:
        manifest = self.site.release.manifest
        return Frame(
            title=title,
            description=description,
            canonical=self.site.addresses.absolute(f"{self.kind}/{self.identifier}.html"),
            section=self.kind,
            alternates=thing.formats,
            version=manifest.version,
            date=manifest.date.isoformat(),
            iri=self.iri,
        )

    def _citation(self, label: str) -> Citation:
        manifest = self.site.release.manifest
        return cite(self.iri, label, manifest.version, manifest.date)


def _summary(thing: Thing) -> str:
    if thing.definitions:
        return thing.definitions[0].text
    return f"{thing.label.text}: a {KIND_NAMES.get(thing.kind, (thing.kind_name,))[0].lower()} in the Nosograph graph."


def render_error(problem: Problem) -> str:
    """Give the page for an error; it needs no release, so it can be shown when none could be loaded."""
    details = [
        (
            "IRI" if name == "iri" else name.replace("_", " ").capitalize(),
            ", ".join(map(str, value)) if isinstance(value, (list, tuple)) else value,
        )
        for name, value in problem.fields.items()
    ]
    return render(
        "error.html",
        Frame(title=f"{problem.status} {problem.title}", indexed=False),
        problem=problem,
        details=details,
    )


def render_vocabulary_page() -> str:
    """Give the page that documents the vocabulary."""
    site = current_site()
    return site.pages.get("/ontology.html", lambda: page_of_vocabulary(site))


def page_of_vocabulary(site: Site) -> str:
    """Give the page that documents the vocabulary of a site's release."""
    return render(
        "vocabulary.html",
        _documentation(site, "ontology", "Vocabulary", "The terms of the Nosograph vocabulary, with definitions."),
        namespace=str(NOSO),
        groups=vocabulary.vocabulary_view(site.reader()),
    )


def render_shapes_page() -> str:
    """Give the page that documents the shapes."""
    site = current_site()
    return site.pages.get("/shapes.html", lambda: page_of_shapes(site))


def page_of_shapes(site: Site) -> str:
    """Give the page that documents the shapes of a site's release."""
    return render(
        "shapes.html",
        _documentation(site, "shapes", "Shapes", "The SHACL rules that every release of Nosograph keeps."),
        shapes=vocabulary.shapes_view(site.reader()),
    )


def _documentation(site: Site, name: str, title: str, description: str) -> Frame:
    manifest = site.release.manifest
    return Frame(
        title=title,
        description=description,
        canonical=site.addresses.absolute(f"{name}.html"),
        section=name,
        alternates=tuple(Alternate(f"/{name}.{form.name}", form.media_type, form.label) for form in RDF_FORMATS),
        version=manifest.version,
        date=manifest.date.isoformat(),
    )
