"""The formats in which a query of each form can be answered."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from nosograph.rdf.formats import ASK_FORMATS, GRAPH_FORMATS, SELECT_FORMATS, Format
from nosograph.sparql.form import QueryForm

FORMATS_BY_FORM: Final[Mapping[QueryForm, tuple[Format, ...]]] = {
    QueryForm.SELECT: SELECT_FORMATS,
    QueryForm.ASK: ASK_FORMATS,
    QueryForm.CONSTRUCT: GRAPH_FORMATS,
    QueryForm.DESCRIBE: GRAPH_FORMATS,
}
"""What a query of each form can be answered in, in the order of preference."""

DEFAULT_FORMATS: Final[Mapping[QueryForm, Format]] = {form: formats[0] for form, formats in FORMATS_BY_FORM.items()}
"""What a query is answered in when its sender does not care."""
