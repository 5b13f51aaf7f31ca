"""What mirrors read beside the files of releases: the ledger.

``/dumps/`` has the layout of the folder of releases, so a copy of that folder on any web server is mirrored alike.
"""

from __future__ import annotations

from typing import Final

from flask import Blueprint, Response

from nosograph.rdf.formats import JSON
from nosograph.release.ledger import Ledger
from nosograph.web.http.delivery import REVALIDATED
from nosograph.web.routes.context import current
from nosograph.web.routes.parameters import answers

blueprint: Final = Blueprint("mirroring", __name__)


@blueprint.route("/dumps/ledger.json")
@answers(JSON)
def send_ledger() -> Response:
    """Return every version that was published here, when, and what is left of it."""
    shelf = current().site.shelf
    ledger = Ledger(tuple(reversed(shelf.entries())), shelf.publications())
    response = Response(ledger.to_text())
    response.headers["Content-Type"] = JSON.content_type
    response.headers["Cache-Control"] = REVALIDATED
    return response
