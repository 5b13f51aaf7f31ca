"""What mirrors read beside the files of releases: the ledger, and what differs between releases.

``/dumps/`` has the layout of the folder of releases, so a copy of that folder on any web server is mirrored alike.
"""

from __future__ import annotations

from typing import Final

from flask import Blueprint, Response

from nosograph.comparison.kept import KeptDifferences
from nosograph.rdf.formats import JSON, SQLITE
from nosograph.release.ledger import Ledger
from nosograph.web.http.delivery import IMMUTABLE, REVALIDATED
from nosograph.web.http.problems import not_found
from nosograph.web.routes.context import current
from nosograph.web.routes.parameters import answers

blueprint: Final = Blueprint("mirroring", __name__)


@blueprint.route("/dumps/ledger.json")
@answers(JSON)
def send_ledger() -> Response:
    """Return every version that was published here, when, and what is left of it."""
    shelf = current().site.shelf
    ledger = Ledger(tuple(reversed(shelf.entries())), shelf.publications())
    return _answer(ledger.to_text().encode(), JSON.content_type, REVALIDATED)


@blueprint.route("/dumps/changes/<name>")
@answers(SQLITE)
def send_difference(name: str) -> Response:
    """Return the kept difference of two releases as the file that it is kept in."""
    old, dots, rest = name.partition("..")
    new = rest.removesuffix(f".{SQLITE.name}")
    shelf = current().site.shelf
    known = {entry.version for entry in shelf.entries()}
    file = KeptDifferences(shelf.folder).find(old, new) if {old, new} <= known and dots and new != rest else None
    if file is None:
        raise not_found("No such difference is kept here.", "The releases are listed in /dumps/ledger.json.")
    return _answer(file.path.read_bytes(), SQLITE.content_type, IMMUTABLE)


def _answer(content: bytes, content_type: str, lifetime: str) -> Response:
    response = Response(content)
    response.headers["Content-Type"] = content_type
    response.headers["Cache-Control"] = lifetime
    return response
