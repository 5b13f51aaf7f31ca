"""The page of a drawing alone, as large as the window."""

from __future__ import annotations

from collections.abc import Sequence

from nosograph.web.html.rendering import Frame, render
from nosograph.web.views.addresses import drawing_address
from nosograph.web.views.condition import condition_view
from nosograph.web.views.drawing import draw
from nosograph.web.views.licenses import imported_sets, license_names
from nosograph.web.views.site import Site


def page_of_drawing(site: Site, kind: str, iri: str, expanded: Sequence[str]) -> str | None:
    """Return the page of the drawing around a resource, or None where there is nothing to draw.

    Args:
        site: the site.
        kind: kind of resource, as in its IRI.
        iri: its IRI.
        expanded: local names (``kind/name``) of resources whose neighbours are to be shown too.
    """
    reader = site.reader().without_passages()
    centre, focus = reader.value(iri), reader.vocabulary.focus
    condition = condition_view(reader, iri) if focus is not None and kind == focus.kind else None
    drawing = draw(reader, site.documents, centre, condition, expanded)
    if drawing is None:
        return None
    manifest = site.release.manifest
    frame = Frame(
        title=f"Drawing of {centre.text}",
        description=f"What is said of {centre.text} and how sure it is, as a picture.",
        canonical=site.addresses.absolute(drawing_address(site.addresses, iri)),
        section=kind,
        version=manifest.version,
        date=manifest.date.isoformat(),
        scripts=("site.js", "drawing.js"),
        indexed=False,
        licenses=license_names(manifest.licenses()),
        imported=imported_sets(manifest),
        site=manifest.profile.name,
        vocabulary=reader.vocabulary,
    )
    return render("drawing_page.html", frame, drawing=drawing)
