"""Pages that are documents about a resource, and error pages: views in, HTML out, for the application to send."""

from __future__ import annotations

from collections.abc import Container, Iterable, Sequence
from dataclasses import replace
from typing import Any, Final

from pyoxigraph import Quad

from nosograph.rdf.formats import RDF_FORMATS
from nosograph.rdf.iris import PROV_HAD_MEMBER, RDFS_SEE_ALSO
from nosograph.rdf.names import NOSO, STANDARD_PREFIXES
from nosograph.release.opening import Release
from nosograph.store.documents import Document, GatheredDocument
from nosograph.store.reader import GraphReader, quads_in_memory
from nosograph.store.uses import Way
from nosograph.vocabulary.terms import (
    ALIGNMENT_KIND,
    FACT_KIND,
    MAPPING_KIND,
    RELEASE_KIND,
    SOURCE_KIND,
    UNLABELLED_KINDS,
    Vocabulary,
)
from nosograph.web.html import structured_data
from nosograph.web.html.citation_formats import PageCitation, cite, cite_document
from nosograph.web.html.rendering import Frame, render
from nosograph.web.http.problems import Problem
from nosograph.web.views import charts, downloads, overview, related, trust
from nosograph.web.views import vocabulary as documentation
from nosograph.web.views.addresses import drawing_address, uses_address
from nosograph.web.views.aligned import MOST_SHOWN, aligned_resources, members_of_group, related_facts
from nosograph.web.views.condition import condition_view
from nosograph.web.views.drawing import draw
from nosograph.web.views.facts import Reader, Value
from nosograph.web.views.hierarchy import ways_from
from nosograph.web.views.licenses import graph_names, imported_sets, license_names
from nosograph.web.views.references import SHOWN, number_references, read_document
from nosograph.web.views.resource import Alternate, Resource, resource_view
from nosograph.web.views.site import PageCache, Site
from nosograph.web.views.statement_tables import broad_groups, naming_table, statement_table
from nosograph.web.views.summary import opening_query, summary
from nosograph.web.views.uses import UseLister
from nosograph.web.views.wording import STATUSES, counted

MOST_FACTS: Final = 500
"""Facts that the page of a past version has, of those about a resource and of those that name it; its RDF has all."""

_PARTS: Final = (STANDARD_PREFIXES["void"], STANDARD_PREFIXES["dcat"] + "distribution", RDFS_SEE_ALSO)
"""What a release says of its parts: hundreds of figures and files, which its page shows in other ways."""


def page_of_resource(
    site: Site,
    kind: str,
    identifier: str,
    document: Document,
    state: str,
    triples: GraphReader | None = None,
) -> str:
    """Return the page about a resource of a site.

    Args:
        site: the site.
        kind: kind of resource, as in its IRI.
        identifier: its local name.
        document: the document about it.
        state: whether it is active, deprecated or replaced.
        triples: what has read the document, so that it is not read again.
    """
    return _PageMaker(site, kind, identifier, document.iri, site.reader(triples)).page(document, state)


def page_of_past_release(site: Site, version: str, iri: str, quads: Iterable[Quad]) -> str:
    """Return the page about a release that is not the one served, from what is still known of it."""
    known = list(quads)
    past = replace(site, source=quads_in_memory(known), pages=PageCache())
    return _PageMaker(past, RELEASE_KIND, version, iri, past.reader()).page(GatheredDocument(iri, known), "active")


def page_of_version(site: Site, release: Release, kind: str, path: str, document: GatheredDocument) -> str:
    """Return the page about a resource as a release had it.

    Args:
        site: the site.
        release: the release.
        kind: kind of resource.
        path: path of the resource below the base.
        document: the document about it.
    """
    reader = replace(site, source=quads_in_memory(document.quads), pages=PageCache()).reader()
    resource = resource_view(reader, kind, path.rpartition("/")[2], document.iri)
    manifest = release.manifest
    graphs = graph_names(release, document.graphs)
    address = f"release/{release.version}/{path}"
    facts = dict.fromkeys(
        (*reader.facts_about(document.iri, MOST_FACTS), *reader.facts_naming(document.iri, MOST_FACTS))
    )
    frame = Frame(
        title=f"{resource.label.text}, release {release.version}",
        description=f"{resource.label.text} as release {release.version} had it.",
        canonical=site.addresses.absolute(f"{address}.html"),
        alternates=tuple(Alternate(f"/{address}.{form.name}", form.media_type, form.label) for form in RDF_FORMATS),
        version=site.release.version,
        date=site.release.manifest.date.isoformat(),
        indexed=False,
        iri=document.iri,
        licenses=license_names(manifest.licenses(graphs)),
        imported=imported_sets(manifest, graphs),
        site=manifest.profile.name,
        vocabulary=site.release.vocabulary,
    )
    return render(
        "version.html",
        frame,
        resource=resource,
        facts=tuple(facts),
        most=MOST_FACTS,
        past=manifest,
        now=f"/{path}.html",
    )


class _PageMaker:
    def __init__(self, site: Site, kind: str, identifier: str, iri: str, reader: Reader) -> None:
        self.site = site
        self.kind = kind
        self.identifier = identifier
        self.iri = iri
        self.reader = reader
        self.graphs: list[str] = []

    def page(self, document: Document, state: str) -> str:
        resource = resource_view(self.reader, self.kind, self.identifier, self.iri)
        self.graphs = graph_names(self.site.release, document.graphs)
        own = structured_data.own_statements(document.own, self.iri, self.site.release.base)
        focus = self.reader.vocabulary.focus
        if focus is not None and self.kind == focus.kind:
            return self._condition(resource, own, state)
        if self.kind == FACT_KIND:
            return self._fact(resource, own, state)
        if self.kind == RELEASE_KIND:
            return self._release(resource, own, state)
        return self._other(resource, own, state)

    def _condition(self, resource: Resource, own: Any, state: str) -> str:
        condition = condition_view(self.reader.without_passages(), self.iri)
        frame = self._frame(resource, resource.label.text, _summary(resource))
        vocabulary = self.reader.vocabulary
        lines = summary(vocabulary, condition, self.iri)
        answers = [fact for line in lines for fact in line.facts]
        aligned = aligned_resources(self.reader.without_passages(), self.site.release.manifest, self.iri)
        broad = broad_groups(self.reader, self.site.documents, condition.sections)
        described = structured_data.schema_resource(vocabulary, resource, condition, frame.canonical)
        about = [*filter(None, [described]), self._page_in_schema(resource, frame)]
        return render(
            "condition.html",
            replace(
                frame,
                structured=structured_data.embed_bounded([*about, own]) or structured_data.embed_bounded(about),
                section=self.kind,
                scripts=(*frame.scripts, "drawing.js", "tables.js"),
            ),
            resource=resource,
            condition=condition,
            lines=lines,
            tables=tuple(statement_table(vocabulary, section, self.iri, broad) for section in condition.sections),
            named=naming_table(vocabulary, condition.named_by, self.iri),
            references=number_references(self.reader, (*condition.shown, *answers, *aligned.facts)),
            aligned=aligned,
            most_aligned=MOST_SHOWN,
            query=opening_query(self.iri),
            citation=self._citation(resource.label.text),
            provenance=trust.provenance(item for fact in condition.facts for item in fact.evidence),
            report=trust.report_resource(self.site.release.manifest, resource.label.text, self.iri),
            state=state,
            statuses=tuple(STATUSES.values()),
            drawing=draw(self.reader, self.site.documents, resource.label, condition),
            focus=vocabulary.focus,
            ways=ways_from(self.reader, self.site.documents, self.iri),
        )

    def _fact(self, resource: Resource, own: Any, state: str) -> str:
        fact = self.reader.fact(self.iri)
        words = fact.words
        frame = self._frame(
            resource,
            words,
            f"{fact.status.word}: {words}. With {counted(len(fact.evidence), 'piece')} of evidence.",
        )
        return render(
            "fact.html",
            replace(frame, structured=structured_data.embed([self._page_in_schema(resource, frame), own])),
            resource=resource,
            fact=fact,
            related=related_facts(self.reader, self.site.documents, fact),
            direct=fact.status.name == "affirmed",
            citation=self._citation(words),
            report=trust.report_fact(self.site.release.manifest, fact),
            state=state,
        )

    def _release(self, resource: Resource, own: Any, state: str) -> str:
        release = self.site.release
        counts = release.manifest.counts
        shown = overview.figures(release.vocabulary, counts.kinds, counts.evidence, counts.triples)
        served = self.identifier == release.version
        entries = [entry for entry in downloads.release_entries(self.site.shelf) if entry.version == self.identifier]
        long = {name for name, _ in resource.properties if name.iri.startswith(_PARTS)}
        resource = replace(resource, properties=tuple(row for row in resource.properties if row[0] not in long))
        figures = charts.statistics(self.reader, self.site.documents, counts.statuses, counts.evidence)
        return render(
            "release.html",
            replace(
                self._frame(resource, f"Release {self.identifier}", _summary(resource)),
                structured=structured_data.embed(own),
            ),
            resource=resource,
            entry=entries[0] if entries else None,
            figures=shown if served else (),
            charts=figures if served else (),
            citation=self._citation(f"Release {self.identifier}"),
            state=state,
        )

    def _other(self, resource: Resource, own: Any, state: str) -> str:
        label = overview.mapping_value(self.reader, self.iri) if self.kind == MAPPING_KIND else resource.label
        resource = replace(resource, label=label)
        quiet, documents = self.reader.without_passages(), self.site.documents
        lister = UseLister(quiet, documents, self.iri, uses_address(self.site.addresses, self.iri))
        apart = lister.ordered(related.listed_apart(documents.uses(self.iri)))
        source = related.source_view(self.reader, self.iri, apart) if self.kind == SOURCE_KIND else None
        view = related.related_view(quiet, self.iri, apart)
        uses = tuple(map(lister.beginning, apart))
        sections = (*view.sections, *(source.sections if source else ()))
        of_group = self.kind == ALIGNMENT_KIND
        aligned = (members_of_group if of_group else aligned_resources)(quiet, self.site.release.manifest, self.iri)
        facts = [fact for section in sections for fact in section.facts] + [fact for use in uses for fact in use.facts]
        if of_group:
            resource = _without(resource, {PROV_HAD_MEMBER})
            facts += aligned.facts
        document = read_document(self.reader, label) if source else None
        if document:
            resource = _without(resource, SHOWN)
        frame = self._frame(resource, label.text, _summary(resource))
        return render(
            "resource.html",
            replace(
                frame,
                structured=structured_data.embed([self._page_in_schema(resource, frame), own]),
                scripts=(*frame.scripts, "tables.js", *(["check.js"] if source and source.passages else [])),
            ),
            resource=resource,
            related=view,
            aligned=aligned,
            most_aligned=MOST_SHOWN,
            drawing=self._drawing_of(quiet, label, crowded=any(use.way is Way.OBJECT for use in apart)),
            tables=tuple(statement_table(self.reader.vocabulary, section, self.iri) for section in sections),
            uses=uses,
            references=number_references(self.reader, facts),
            source=source,
            document=document,
            document_citation=cite_document(document) if document else None,
            provenance=trust.provenance(item.evidence for item in source.rests) if source else None,
            ways=None if self.kind in UNLABELLED_KINDS else ways_from(self.reader, self.site.documents, self.iri),
            citation=self._citation(label.text),
            report=trust.report_resource(self.site.release.manifest, label.text, self.iri),
            state=state,
        )

    def _drawing_of(self, reader: Reader, value: Value, *, crowded: bool) -> str:
        """Return the address of the drawing around a resource, or nothing where there is nothing to draw.

        Around one that very many facts name there is something, and to draw it takes long.
        """
        address = drawing_address(reader.addresses, self.iri)
        return address if crowded or draw(reader, self.site.documents, value, None) else ""

    def _frame(self, resource: Resource, title: str, description: str) -> Frame:
        manifest = self.site.release.manifest
        return Frame(
            title=title,
            description=description,
            canonical=self.site.addresses.absolute(f"{self.kind}/{self.identifier}.html"),
            section=self.kind,
            alternates=resource.formats,
            version=manifest.version,
            date=manifest.date.isoformat(),
            iri=self.iri,
            dublin_core=structured_data.dublin_core(manifest, self.iri, title, manifest.licenses(self.graphs)),
            licenses=license_names(manifest.licenses(self.graphs)),
            imported=imported_sets(manifest, self.graphs),
            site=manifest.profile.name,
            vocabulary=self.site.release.vocabulary,
        )

    def _page_in_schema(self, resource: Resource, frame: Frame) -> Any:
        focus = self.reader.vocabulary.focus
        page_type = focus.schema_page_type if focus is not None and self.kind == focus.kind else ""
        return structured_data.schema_page(resource, self.site.release.manifest, frame, page_type)

    def _citation(self, label: str) -> PageCitation:
        manifest = self.site.release.manifest
        return cite(self.iri, label, manifest, manifest.licenses(self.graphs))


def _without(resource: Resource, hidden: Container[str]) -> Resource:
    """Return a resource without the properties that its page shows in another way."""
    return replace(resource, properties=tuple(row for row in resource.properties if row[0].iri not in hidden))


def _summary(resource: Resource) -> str:
    if resource.definitions:
        return resource.definitions[0].text
    return f"{resource.label.text}: a {resource.kind_name.lower()} in this graph."


def render_error(
    problem: Problem, release: Release | None = None, query: str = "", suggestions: Sequence[Value] = ()
) -> str:
    """Return the page for an error; it needs no release, so it can be shown when none could be loaded.

    Args:
        problem: the error.
        release: the release that is served, if there is one; it names the site.
        query: what the reader may search for.
        suggestions: resources that the reader may have looked for.
    """
    details = [
        (
            "IRI" if name == "iri" else name.replace("_", " ").capitalize(),
            ", ".join(map(str, value)) if isinstance(value, (list, tuple)) else value,
        )
        for name, value in problem.fields.items()
    ]
    frame = Frame(title=f"{problem.status} {problem.title}", indexed=False)
    if release is not None:
        frame = replace(frame, site=release.manifest.profile.name, vocabulary=release.vocabulary)
    return render(
        "error.html",
        frame,
        problem=problem,
        details=details,
        query=query,
        suggestions=suggestions,
    )


def page_of_vocabulary(site: Site) -> str:
    """Return the page that documents the vocabulary of a site's release."""
    return render(
        "vocabulary.html",
        _documentation(site, "ontology", "Vocabulary", "The terms of the vocabulary, with definitions."),
        namespace=_namespace(site.release.vocabulary),
        groups=documentation.vocabulary_view(site.reader()),
    )


def _namespace(vocabulary: Vocabulary) -> str:
    """Return the namespace of the field's own ontology."""
    return next((start for start in vocabulary.namespaces.values() if start[:-1] == vocabulary.ontology), str(NOSO))


def page_of_shapes(site: Site) -> str:
    """Return the page that documents the shapes of a site's release."""
    return render(
        "shapes.html",
        _documentation(site, "shapes", "Shapes", "The SHACL rules that every release keeps."),
        shapes=documentation.shapes_view(site.reader()),
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
        licenses=license_names(manifest.licenses([name])),
        site=manifest.profile.name,
        vocabulary=site.release.vocabulary,
    )
