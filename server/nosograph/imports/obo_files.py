"""Reads ontologies in the OBO format, and as OBO Graphs JSON, as a stream of terms (OBO 1.4; fastobo is the parser)."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import fastobo

from nosograph.errors import InputError, Location
from nosograph.facts.asset_files import read_bytes
from nosograph.imports.codes import shorten

_LICENSE: Final = ("terms:license", "dcterms:license", "dc:license", "http://purl.org/dc/terms/license")
_VERSION: Final = ("owl:versionInfo",)
_REPLACED_BY: Final = "http://purl.obolibrary.org/obo/IAO_0100001"


@dataclass(frozen=True)
class OntologyTerm:
    """A term of an ontology, its texts as they stand there.

    Attributes:
        code: its identifier, a CURIE.
        name: its name; empty where it has none.
        definition: its definition, or empty.
        comment: its comment, or empty.
        synonyms: each with its scope: EXACT, BROAD, NARROW or RELATED.
        xrefs: codes elsewhere.
        broader: identifiers of the terms directly above.
        alternatives: identifiers that were merged into it.
        obsolete: whether it is no longer in use.
        replaced_by: identifier of the term to use in its place; empty where the file names none, or several.
    """

    code: str
    name: str = ""
    definition: str = ""
    comment: str = ""
    synonyms: tuple[tuple[str, str], ...] = ()
    xrefs: tuple[str, ...] = ()
    broader: tuple[str, ...] = ()
    alternatives: tuple[str, ...] = ()
    obsolete: bool = False
    replaced_by: str = ""


@dataclass(frozen=True)
class OntologyFile:
    """An ontology as a file has it.

    Attributes:
        terms: its terms in the order of the file.
        version: what its header gives as its version; empty where it gives none.
        license: the address of its licence; empty where the header gives none.
        title: its title, or empty.
    """

    terms: tuple[OntologyTerm, ...]
    version: str = ""
    license: str = ""
    title: str = ""
    header: Mapping[str, str] = field(default_factory=dict)


def read_ontology_file(path: Path, name: str) -> OntologyFile:
    """Return the ontology of an OBO file or, where the name ends with ``.json``, of OBO Graphs JSON.

    Raises:
        InputError: the file cannot be read or parsed; the location names the line.
    """
    if path.suffix == ".json":
        return _read_graphs(path, name)
    found: list[OntologyTerm] = []
    try:
        document = fastobo.iter(str(path), ordered=True)
        header = document.header()
        for frame in document:
            if isinstance(frame, fastobo.term.TermFrame):
                found.append(_term(frame))
    except SyntaxError as error:
        raise InputError(
            f"The file is not OBO: {error.msg}.",
            location=Location(name, error.lineno, error.offset),
            hint="Fetch the file again; the format is described at https://owlcollab.github.io/oboformat/.",
        ) from error
    except (OSError, ValueError) as error:
        raise InputError(
            f"The file cannot be read: {error}.", location=Location(name), hint="Fetch the file again."
        ) from error
    said = _header(header)
    version = next((said[key] for key in _VERSION if key in said), said.get("data-version", ""))
    return OntologyFile(
        terms=tuple(found),
        version=version,
        license=next((said[key] for key in _LICENSE if key in said), ""),
        title=said.get("dc:title", said.get("dcterms:title", "")),
        header=said,
    )


def _header(header: Any) -> dict[str, str]:
    said: dict[str, str] = {}
    for clause in header:
        if isinstance(clause, fastobo.header.PropertyValueClause):
            value = clause.property_value
            content = value.value
            said.setdefault(str(value.relation), str(content).strip('"'))
        elif isinstance(clause, fastobo.header.DataVersionClause):
            said.setdefault("data-version", clause.version)
    return said


def _term(frame: Any) -> OntologyTerm:
    replacements: list[str] = []
    values: dict[str, Any] = {"code": str(frame.id), "synonyms": (), "xrefs": (), "broader": (), "alternatives": ()}
    for clause in frame:
        match clause:
            case fastobo.term.NameClause():
                values["name"] = clause.name
            case fastobo.term.DefClause():
                values["definition"] = clause.definition
            case fastobo.term.CommentClause():
                values["comment"] = clause.comment
            case fastobo.term.SynonymClause():
                values["synonyms"] += ((clause.synonym.desc, clause.synonym.scope),)
            case fastobo.term.XrefClause():
                values["xrefs"] += (str(clause.xref.id),)
            case fastobo.term.IsAClause():
                values["broader"] += (str(clause.term),)
            case fastobo.term.AltIdClause():
                values["alternatives"] += (str(clause.alt_id),)
            case fastobo.term.IsObsoleteClause():
                values["obsolete"] = clause.obsolete
            case fastobo.term.ReplacedByClause():
                replacements.append(str(clause.term))
            case _:
                pass
    return OntologyTerm(**values, replaced_by=_only(replacements))


def _only(codes: Sequence[str]) -> str:
    return codes[0] if len(codes) == 1 else ""


def _read_graphs(path: Path, name: str) -> OntologyFile:
    """Return the ontology of OBO Graphs JSON (https://github.com/geneontology/obographs)."""
    try:
        content = json.loads(read_bytes(path, name))
        graph = content["graphs"][0]
        above: dict[str, list[str]] = {}
        for edge in graph.get("edges", ()):
            if edge["pred"] in ("is_a", "http://www.w3.org/2000/01/rdf-schema#subClassOf"):
                above.setdefault(edge["sub"], []).append(_shorten(edge["obj"]))
        terms = tuple(
            _node(node, tuple(above.get(node["id"], ())))
            for node in graph.get("nodes", ())
            if node.get("type", "CLASS") == "CLASS"
        )
        meta = graph.get("meta", {})
    except (ValueError, KeyError, IndexError, TypeError, AttributeError) as error:
        raise InputError(
            f"The file is not OBO Graphs JSON: {error!r}.",
            location=Location(name, getattr(error, "lineno", None)),
            hint="Fetch the file again; the format is described at https://github.com/geneontology/obographs.",
        ) from error
    said = {value["pred"]: value["val"] for value in meta.get("basicPropertyValues", ())}
    return OntologyFile(
        terms=terms,
        version=str(meta.get("version", "")),
        license=next((said[key] for key in _LICENSE if key in said), ""),
        title=said.get("http://purl.org/dc/elements/1.1/title", ""),
        header=said,
    )


def _node(node: Mapping[str, Any], broader: tuple[str, ...]) -> OntologyTerm:
    meta = node.get("meta", {})
    scopes = {"hasExactSynonym": "EXACT", "hasBroadSynonym": "BROAD", "hasNarrowSynonym": "NARROW"}
    return OntologyTerm(
        code=_shorten(node["id"]),
        name=node.get("lbl", ""),
        definition=meta.get("definition", {}).get("val", ""),
        comment=" ".join(meta.get("comments", ())),
        synonyms=tuple((value["val"], scopes.get(value["pred"], "RELATED")) for value in meta.get("synonyms", ())),
        xrefs=tuple(value["val"] for value in meta.get("xrefs", ())),
        broader=broader,
        alternatives=tuple(
            value["val"] for value in meta.get("basicPropertyValues", ()) if value["pred"].endswith("hasAlternativeId")
        ),
        obsolete=bool(meta.get("deprecated", False)),
        replaced_by=_only(
            [_shorten(value["val"]) for value in meta.get("basicPropertyValues", ()) if value["pred"] == _REPLACED_BY]
        ),
    )


def _shorten(iri: str) -> str:
    return shorten(iri) or iri
