"""Codes of other systems: one leads to the resource that it stands for, many are answered at once, and the reverse."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from typing import Any, Final
from urllib.parse import quote

from flask import Blueprint, Response, request

from nosograph.rdf import writer
from nosograph.rdf.formats import HTML, JSON, PLAIN_TEXT, RDF_FORMATS, TSV, Format
from nosograph.search.resolving import CodeStatus
from nosograph.store.lookup import State
from nosograph.web.html.rendering import render
from nosograph.web.http import negotiation
from nosograph.web.http.bodies import FORM, decode_body, media_type_of, parse_form, parse_json
from nosograph.web.http.links import Link, add_links, relative_reference
from nosograph.web.http.openapi import Body
from nosograph.web.http.problems import Problem, ProblemError, bad_request, not_acceptable, not_found, too_many
from nosograph.web.routes.context import current
from nosograph.web.routes.html_responses import frame_of, html_response
from nosograph.web.routes.parameters import answers, parameter, takes_only
from nosograph.web.routes.resources import parse_address
from nosograph.web.views.codes import (
    ResolvedCode,
    ResolvedMatch,
    code_members,
    code_rows,
    codes_of_resource,
    match_members,
    match_quads,
    match_rows,
    resolve_codes,
)

blueprint = Blueprint("codes", __name__)

MOST_CODES: Final = 10_000
"""Codes that are answered at once."""

_CHOICE_FORMATS: Final = (JSON, HTML, *RDF_FORMATS)
_BATCH_FORMATS: Final = (JSON, TSV)
_BATCHES: Final = (
    Body(JSON.media_type, ["MONDO:0005100", "ORPHA:801"], "Codes"),
    Body(TSV.media_type, "code\nMONDO:0005100\nORPHA:801\n"),
    Body(PLAIN_TEXT.media_type, "MONDO:0005100\nORPHA:801\n"),
    Body(FORM, {"codes": "MONDO:0005100\nORPHA:801"}),
)
_BODIES: Final = tuple(body.media_type for body in _BATCHES)
_TABLE_HEAD: Final = ("code", "query")
_ONE_SLASH: Final = re.compile(r"(https?):/+(?=[^/])", re.IGNORECASE)


@blueprint.get("/xref")
@takes_only("code")
@answers(HTML, others={303: "The address of the code that was typed in."})
def show_form() -> Response:
    """Return the page on which a code is typed in, or lead to the address of the one that was."""
    code = parameter("code").strip()
    if code:
        response = Response(status=303)
        response.headers["Location"] = relative_reference("/xref", f"/xref/{quote(code, safe='')}")
        return response
    site = current().site
    frame = frame_of(site, "Find by code", "xref", description="Which resource a code of another system stands for.")
    return html_response(render("xref.html", frame, found=None, most=MOST_CODES), "xref")


@blueprint.get("/xref/<path:code>")
@answers(
    JSON,
    HTML,
    *RDF_FORMATS,
    status=300,
    others={303: "The one resource that is an exact match."},
    schema="ResolvedCode",
)
def follow_code(code: str) -> Response:
    """Lead to the one resource that is an exact match of a code, in any notation, or show what else has it."""
    text = _whole(code)
    context = current()
    local = context.site.addresses.local(text)
    if local is not None and context.site.addresses.kind(text) is not None:
        return _lead(f"/{local}")
    (found,) = resolve_codes(context.site, [text])
    if found.status is CodeStatus.MALFORMED:
        raise bad_request(found.problem, "Write it like MONDO:0005100, or as a whole IRI.", "malformed-code")
    if found.status is CodeStatus.UNKNOWN:
        raise not_found(found.problem, "Search for a part of it, or for a name, at /search.", query=text[:200])
    if found.exact is None:
        return _show_choices(found)
    local = context.site.addresses.local(found.exact.iri)
    return _lead(f"/{local}" if local else context.site.addresses.page(found.exact.iri) or found.exact.iri)


@blueprint.post("/xref")
@takes_only()
@answers(JSON, TSV, schema="ResolvedCodes", bodies=_BATCHES)
def resolve_batch() -> Response:
    """Return what many codes lead to, in the order in which they came; each says by itself what was found."""
    choice = _choose(_BATCH_FORMATS)
    codes = _read_codes()
    if len(codes) > MOST_CODES:
        raise too_many("codes", len(codes), MOST_CODES)
    found = resolve_codes(current().site, codes)
    if choice.format is TSV:
        return _table(code_rows(found), choice)
    members = {"release": current().release.version, "results": [code_members(code) for code in found]}
    return Response(json.dumps(members, ensure_ascii=False), content_type=choice.content_type)


@blueprint.get("/<kind:kind>/<name>/codes")
@takes_only()
@answers(JSON, TSV, *RDF_FORMATS, schema="ResourceCodes")
def show_codes(kind: str, name: str) -> Response:
    """Return the codes that a resource has in other systems, with relation and justification."""
    context = current()
    address = parse_address(kind, f"{kind}/", name)
    iri = context.release.base.iri + address.path
    if address.format is not None or context.lookup().state(iri).state is not State.ACTIVE:
        raise not_found(f"There is no {kind} {name!r} in this release.", "Search for it at /search.", iri=iri)
    choice = _choose((JSON, TSV, *RDF_FORMATS))
    matches = codes_of_resource(context.site, iri)
    if choice.format is TSV:
        response = _table(match_rows(matches), choice)
    elif choice.format is JSON:
        members: dict[str, Any] = {"release": context.release.version, "iri": iri}
        members["codes"] = [match_members(match) for match in matches]
        response = Response(json.dumps(members, ensure_ascii=False), content_type=choice.content_type)
    else:
        response = _document(matches, choice, iri)
    response.vary.add("Accept")
    add_links(response.headers, [Link(iri, "describes")])
    return response


def _whole(code: str) -> str:
    """Return a code or IRI as it was meant: proxies take slashes away, and a question mark ends the path."""
    text = _ONE_SLASH.sub(r"\1://", code, count=1)
    query = request.query_string.decode("utf-8", "replace")
    return f"{text}?{query}" if query and "://" in text else text


def _lead(path: str) -> Response:
    response = Response(status=303)
    response.headers["Location"] = relative_reference(request.path, path) if path.startswith("/") else path
    return response


def _show_choices(found: ResolvedCode) -> Response:
    """Return what has a code, where that is not one exact match (RFC 9110 §15.4.1)."""
    site = current().site
    choice = _choose(_CHOICE_FORMATS)
    if choice.format is HTML:
        frame = frame_of(site, f"Code {found.text}", "xref", indexed=False)
        response = html_response(render("xref.html", frame, found=found, most=MOST_CODES), "xref")
    elif choice.format is JSON:
        response = Response(json.dumps(code_members(found), ensure_ascii=False), content_type=choice.content_type)
    else:
        response = _document(found.matches, choice)
    response.status_code = 300
    response.vary.add("Accept")
    return response


def _document(matches: Iterable[ResolvedMatch], choice: negotiation.Choice, first: str = "") -> Response:
    context = current()
    quads = match_quads(context.site, matches)
    content = writer.write_document(quads, choice.format, context.release.base.prefixes(), context.jsonld, first=first)
    return Response(content, content_type=choice.content_type)


def _choose(formats: tuple[Format, ...]) -> negotiation.Choice:
    accept = request.headers.get("Accept")
    choice = negotiation.choose_document(accept, formats)
    if choice is None:
        raise not_acceptable(formats, accept or "")
    return choice


def _table(rows: Iterable[tuple[str, ...]], choice: negotiation.Choice) -> Response:
    lines = ("\t".join(re.sub(r"[\t\r\n]+", " ", cell) for cell in row) for row in rows)
    return Response("".join(f"{line}\n" for line in lines), content_type=choice.content_type)


def _read_codes() -> list[str]:
    """Return the codes of a batch.

    Raises:
        ProblemError: 415 for another type of body, 400 for one that holds no codes.
    """
    media_type = media_type_of(request.headers.get("Content-Type", ""), _BODIES)
    text = decode_body(request.get_data())
    if media_type == JSON.media_type:
        codes = _codes_in_json(parse_json(text, "body"))
    else:
        if media_type == FORM:
            text = "\n".join(value for name, value in parse_form(text, "body") if name == "codes")
        codes = [cell for line in text.splitlines() if (cell := line.partition("\t")[0].strip())]
        if media_type == TSV.media_type and codes and codes[0].casefold() in _TABLE_HEAD:
            del codes[0]
    if not codes:
        raise bad_request("The body holds no code.", 'Send codes such as ["MONDO:0005100"], or one a line.', "no-codes")
    return codes


def _codes_in_json(value: Any) -> list[str]:
    codes = value.get("codes") if isinstance(value, dict) else value
    hint = 'Send codes such as ["MONDO:0005100", "ORPHA:801"].'
    if not isinstance(codes, list):
        raise bad_request("The body is no array of codes.", hint, "malformed-request")
    for position, code in enumerate(codes):
        if not isinstance(code, str):
            raise ProblemError(
                Problem(400, f"Item {position} of the array is no text.", hint=hint, code="malformed-request")
            )
    return codes
