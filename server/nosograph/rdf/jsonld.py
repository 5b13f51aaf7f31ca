"""Writes compact JSON-LD 1.1 from quads, one subject at a time, so that dumps of any size can stream.

The project's context is a plain one: prefixes, names of properties with a type or language coercion, aliases of
``@id`` and ``@type``. For such a context the short form of a value depends on that value alone, so no graph has to be
held; a context that uses more is refused rather than written wrongly. Keys and values keep the order of the quads, so
equal input gives equal bytes; but the context comes first, and in a node its types and then its name, so that readers
can stream it too (Streaming JSON-LD, https://www.w3.org/TR/json-ld11-streaming/).

A query worker loads this module, so it imports little.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby
from typing import Any, Final, NamedTuple, cast

from pyoxigraph import BlankNode, DefaultGraph, Literal, NamedNode, Quad, Triple

RDF_TYPE: Final = "http://www.w3.org/1999/02/22-rdf-syntax-ns#type"
_XSD_STRING: Final = "http://www.w3.org/2001/XMLSchema#string"
_GENERAL_DELIMITERS: Final = tuple(":/?#[]@")
_KNOWN_TERM_KEYS: Final = frozenset({"@id", "@type", "@language", "@prefix", "@protected", "@container"})
_MOST_KNOWN: Final = 10_000
"""Spellings that a context keeps: by far the most IRIs of a graph are those of a few thousand."""

_IGNORED_KEYWORDS: Final = frozenset({"@version", "@protected", "@base", "@vocab", "@language"})


class AmbiguousIriError(ValueError):
    """An IRI reads as a compact one under the context, because its scheme is a prefix there."""


class Term(NamedTuple):
    """A name of a property or class that the context defines.

    Attributes:
        name: the name.
        iri: what it stands for.
        coercion: ``"@id"``, ``"@vocab"``, a datatype IRI, or None.
        language: tag of its plain strings; None means that they are not language-tagged.
        always_list: whether it has ``@container: @set``, so that even one value is written as an array.
    """

    name: str
    iri: str
    coercion: str | None
    language: str | None
    always_list: bool


class Context(NamedTuple):
    """A JSON-LD context, ready to compact with.

    Attributes:
        document: the value of ``@context`` as it is written into documents.
        prefixes: IRI → prefix; only those that JSON-LD 1.1 §4.1.5 lets stand in compact IRIs.
        lengths: lengths of the IRIs of prefixes, the longest first.
        properties: IRI → the terms for it, in the order of their names.
        names: every term and prefix → its IRI.
        language: language of plain strings by default, or None.
        id_key: how ``@id`` is spelled.
        type_key: how ``@type`` is spelled.
        graph_key: how ``@graph`` is spelled.
        known: IRI → its spelling, of those that were asked for lately.
    """

    document: Mapping[str, Any]
    prefixes: Mapping[str, str]
    lengths: tuple[int, ...]
    properties: Mapping[str, tuple[Term, ...]]
    names: Mapping[str, str]
    language: str | None
    id_key: str
    type_key: str
    graph_key: str
    known: dict[str, str]

    def compact_iri(self, iri: str) -> str:
        """Return the shortest spelling of an IRI where a resource is named: ``prefix:rest``, else the IRI itself."""
        found = self.known.get(iri)
        if found is None:
            if len(self.known) >= _MOST_KNOWN:
                self.known.clear()
            found = self.known[iri] = self._shorten(iri)
        return found

    def _shorten(self, iri: str) -> str:
        for length in self.lengths:
            prefix = self.prefixes.get(iri[:length])
            if prefix is not None and len(iri) > length and not iri.startswith("//", length):
                compact = f"{prefix}:{iri[length:]}"
                if self.names.get(compact, iri) == iri:
                    return compact
        scheme, _, rest = iri.partition(":")
        if scheme in self.names and not rest.startswith("//"):
            raise AmbiguousIriError(f"JSON-LD cannot tell the IRI {iri} from a compact one: {scheme} is a prefix")
        return iri

    def compact_name(self, iri: str) -> str:
        """Return the shortest spelling of an IRI where a class is named: its own term if it has one."""
        for term in self.properties.get(iri, ()):
            return term.name
        return self.compact_iri(iri)


def prefix_context(prefixes: Mapping[str, str]) -> Context:
    """Return the context that abbreviates IRIs by prefixes and has no other term."""
    return parse_context(
        {
            prefix: start if start.endswith(_GENERAL_DELIMITERS) else {"@id": start, "@prefix": True}
            for prefix, start in prefixes.items()
        }
    )


def node_objects(statements: Iterable[Quad] | Iterable[Triple], context: Context) -> Iterator[dict[str, Any]]:
    """Return one compacted node object for each run of statements with the same subject.

    Each subject's statements must come together; graphs are not looked at.
    """
    # The engine's types have no common base that says that both have a subject.
    for subject, group in groupby(cast("Iterable[Triple]", statements), key=lambda statement: statement.subject):
        types: dict[str, Any] = {}
        node: dict[str, Any] = {context.id_key: _node_name(subject, context)}
        for statement in group:
            iri = statement.predicate.value
            if iri == RDF_TYPE and isinstance(statement.object, NamedNode):
                _append(types, context.type_key, context.compact_name(statement.object.value), always_list=False)
            else:
                key, value, always_list = _compact_value(iri, statement.object, context)
                _append(node, key, value, always_list=always_list)
        yield types | node


def document_chunks(
    statements: Iterable[Quad] | Iterable[Triple], context: Context, *, named: bool = True
) -> Iterator[str]:
    """Return the text of a whole JSON-LD document, a node object at a time.

    Args:
        statements: quads with each graph's together, and in it each subject's; or triples.
        context: the context, which the document carries inline so that nobody has to fetch it.
        named: keep the named graphs, which needs quads; otherwise everything is written into the default graph, and the
            statements of one subject must stand together whatever their graph.
    """
    head = {"@context": context.document}
    yield json.dumps(head, ensure_ascii=False, indent=1)[:-2]
    yield f',\n "{context.graph_key}": ['
    first = True
    if named:
        for graph, group in groupby(cast("Iterable[Quad]", statements), key=lambda quad: quad.graph_name):
            nodes = node_objects(group, context)
            if isinstance(graph, DefaultGraph):
                for node in nodes:
                    yield ("\n" if first else ",\n") + _json(node)
                    first = False
                continue
            name = _json(_node_name(graph, context))
            yield ("\n" if first else ",\n") + f'{{"{context.id_key}":{name},"{context.graph_key}":['
            first = False
            for index, node in enumerate(nodes):
                yield ("\n" if index == 0 else ",\n") + _json(node)
            yield "\n]}"
    else:
        for node in node_objects(statements, context):
            yield ("\n" if first else ",\n") + _json(node)
            first = False
    yield "\n]}\n"


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _append(node: dict[str, Any], key: str, value: Any, *, always_list: bool) -> None:
    if key not in node:
        node[key] = [value] if always_list else value
    elif isinstance(node[key], list):
        node[key].append(value)
    else:
        node[key] = [node[key], value]


def _node_name(node: Any, context: Context) -> str:
    if isinstance(node, NamedNode):
        return context.compact_iri(node.value)
    if isinstance(node, BlankNode):
        return f"_:{node.value}"
    raise ValueError(f"{node} cannot be a subject in RDF 1.1")


def _compact_value(predicate: str, value: Any, context: Context) -> tuple[str, Any, bool]:
    """Return the key, the value and whether the key always has an array, in the shortest form that means the value."""
    terms = context.properties.get(predicate, ())
    for term in terms:
        short = _short_value(value, term.coercion, term.language, context)
        if short is not None:
            return term.name, short, term.always_list
    if terms:
        return terms[0].name, _explicit_value(value, context), terms[0].always_list
    short = _short_value(value, None, context.language, context)
    return context.compact_iri(predicate), _explicit_value(value, context) if short is None else short, False


def _short_value(value: Any, coercion: str | None, language: str | None, context: Context) -> str | None:
    """Return the plain string that means the value under a coercion, or None when there is none."""
    if isinstance(value, NamedNode):
        if coercion == "@vocab":
            return context.compact_name(value.value)
        return context.compact_iri(value.value) if coercion == "@id" else None
    if not isinstance(value, Literal):
        return None
    if value.language is not None:
        return value.value if coercion is None and language == value.language else None
    datatype = value.datatype.value
    if coercion is None:
        return value.value if datatype == _XSD_STRING and language is None else None
    return value.value if datatype == coercion else None


def _explicit_value(value: Any, context: Context) -> dict[str, str]:
    if not isinstance(value, Literal):
        return {context.id_key: _node_name(value, context)}
    if value.language is not None:
        return {"@language": value.language, "@value": value.value}
    if value.datatype.value == _XSD_STRING:
        return {"@value": value.value}
    return {"@type": context.compact_name(value.datatype.value), "@value": value.value}


def parse_context(document: Mapping[str, Any]) -> Context:
    """Return the context that the value of an ``@context`` describes.

    Raises:
        ValueError: it uses what this writer does not support.
    """
    aliases = {"@id": "@id", "@type": "@type", "@graph": "@graph"}
    entries = {name: value for name, value in document.items() if not name.startswith("@")}
    for name in document.keys() - entries.keys() - _IGNORED_KEYWORDS:
        raise ValueError(f"{name} is not supported")
    expanded: dict[str, str] = {}
    for name, value in entries.items():
        if not isinstance(value, (str, dict)):
            raise ValueError(f"{name!r} is neither an IRI nor a definition")
        meaning = value if isinstance(value, str) else value.get("@id", name)
        if not isinstance(meaning, str) or not meaning.startswith("@"):
            expanded[name] = _expand(meaning, entries, document.get("@vocab"))
        elif meaning in aliases:
            aliases[meaning] = name
        else:
            raise ValueError(f"{name!r} is an alias of {meaning}, which is not supported")
    prefixes: dict[str, str] = {}
    properties: dict[str, list[Term]] = {}
    for name, iri in expanded.items():
        value = entries[name]
        simple = isinstance(value, str)
        if (simple and iri.endswith(_GENERAL_DELIMITERS)) or (not simple and value.get("@prefix") is True):
            prefixes[name] = iri
        else:
            properties.setdefault(iri, []).append(_term(name, iri, value, entries, document))
    return Context(
        document=document,
        prefixes={iri: name for name, iri in sorted(prefixes.items(), reverse=True)},
        lengths=tuple(sorted({len(iri) for iri in prefixes.values()}, reverse=True)),
        properties={
            iri: tuple(sorted(terms, key=lambda term: (term.coercion is None, term.name)))
            for iri, terms in properties.items()
        },
        names=expanded,
        language=_lower(document.get("@language")),
        id_key=aliases["@id"],
        type_key=aliases["@type"],
        graph_key=aliases["@graph"],
        known={},
    )


def _term(name: str, iri: str, value: Any, entries: Mapping[str, Any], document: Mapping[str, Any]) -> Term:
    vocabulary = document.get("@vocab")
    default_language = _lower(document.get("@language"))
    if isinstance(value, str):
        return Term(name, iri, None, default_language, always_list=False)
    for key in value.keys() - _KNOWN_TERM_KEYS:
        raise ValueError(f"{name!r} has {key}, which is not supported")
    if value.get("@container") not in (None, "@set"):
        raise ValueError(f"{name!r} has the container {value['@container']}, which is not supported")
    coercion = value.get("@type")
    if coercion in ("@json", "@none"):
        raise ValueError(f"{name!r} has the type {coercion}, which is not supported")
    if coercion is not None and not coercion.startswith("@"):
        coercion = _expand(coercion, entries, vocabulary)
    language = _lower(value["@language"]) if "@language" in value else default_language
    return Term(name, iri, coercion, language, always_list=value.get("@container") == "@set")


def _lower(tag: Any) -> str | None:
    return tag.lower() if isinstance(tag, str) else None


def _expand(text: Any, entries: Mapping[str, Any], vocabulary: Any, depth: int = 0) -> str:
    """Return the IRI that a text in the context stands for (JSON-LD 1.1 API §5.2, for contexts as plain as ours)."""
    if not isinstance(text, str) or depth > 10:
        raise ValueError(f"{text!r} does not lead to an IRI")
    name, colon, rest = text.partition(":")
    definition = entries.get(text if not colon else name)
    if definition is not None and not rest.startswith("//"):
        start = definition.get("@id", name) if isinstance(definition, dict) else definition
        if start != text:
            return _expand(start, entries, vocabulary, depth + 1) + rest
    if colon:
        return text
    if isinstance(vocabulary, str):
        return vocabulary + text
    raise ValueError(f"{text!r} does not lead to an IRI")
