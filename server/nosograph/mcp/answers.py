"""What the tools answer, as JSON: every resource with its IRI, every statement with its status and its sources."""

from __future__ import annotations

from typing import Any

from nosograph import FactRole, QueryResult, Release, ReleaseConnection, ResourceFacts


def describe_release(release: Release) -> dict[str, Any]:
    """Return what every answer says of where it comes from, so that it can be cited."""
    profile = release.manifest.profile
    return {
        "iri": f"{release.base.iri}release/{release.version}",
        "title": profile.title,
        "version": release.version,
        "date": release.manifest.date.isoformat(),
        "publisher": profile.publisher,
        "licenses": list(release.manifest.licenses()),
    }


def describe_hits(connection: ReleaseConnection, text: str, kind: str, limit: int, offset: int) -> dict[str, Any]:
    """Return the resources that fit a text."""
    found = connection.search(text, kind=kind, limit=limit, offset=offset)
    return {
        "total": found.total,
        "offset": offset,
        **({"searched_instead": found.corrected} if found.corrected else {}),
        **({"lacks_some_words": True} if found.partial else {}),
        "resources": [
            {
                "iri": hit.iri,
                "kind": hit.kind,
                "label": hit.label,
                "alternatives": list(hit.alternatives),
                "definition": hit.definition,
                **({"code": hit.code, "relation": hit.relation or "itself"} if hit.code else {}),
            }
            for hit in found.hits
        ],
    }


def describe_codes(connection: ReleaseConnection, code: str) -> dict[str, Any]:
    """Return the resources that a code of another system leads to, and the kind of match of each; or why none."""
    found = connection.resolve_code(code)
    return {
        "code": code,
        "status": str(found.status),
        **({"problem": found.problem} if found.problem else {}),
        "resources": [
            {
                "iri": match.iri,
                "kind": match.kind,
                "label": match.label,
                "code": match.code,
                "relation": match.relation or "itself",
            }
            for match in found.matches
        ],
    }


def describe_resource(found: ResourceFacts, offset: int) -> dict[str, Any]:
    """Return a resource with its facts, and the evidence of each."""
    return {
        "iri": found.iri,
        "label": found.label,
        "alternatives": list(found.alternatives),
        "definition": found.definition,
        "types": list(found.types),
        "codes": [{"relation": relation, "iri": code} for relation, code in found.codes],
        "total_facts": found.total,
        "offset": offset,
        "facts": [_fact(entry) for entry in found.facts],
    }


def describe_answer(answer: QueryResult) -> dict[str, Any]:
    """Return the whole answer to a query: rows for SELECT, a boolean for ASK, RDF for CONSTRUCT and DESCRIBE."""
    if answer.format != "json":
        return {"form": str(answer.form), "format": answer.format, "rdf": answer.text}
    if answer.boolean is not None:
        return {"form": str(answer.form), "boolean": answer.boolean}
    return {"form": str(answer.form), "columns": list(answer.columns), "rows": answer.rows}


def _fact(entry: FactRole) -> dict[str, Any]:
    fact = entry.fact
    return {
        "iri": fact.iri,
        "statement": fact.words,
        "status": fact.status.name,
        "role": entry.role,
        "subject": fact.subject.iri,
        "predicate": fact.predicate.iri,
        "object": fact.object.iri or fact.object.text,
        **({"contexts": [context.iri for context in fact.contexts]} if fact.contexts else {}),
        "evidence": [
            {
                "iri": item.iri,
                "source": {"iri": item.source.iri, "label": item.source.text},
                "stance": "supports" if item.supports else "disputes",
                "certainty": item.certainty,
                **({"cites": [{"iri": cited.iri, "label": cited.text} for cited in item.cites]} if item.cites else {}),
                **({"qualifiers": {name: value.text for name, value in item.qualifiers}} if item.qualifiers else {}),
                "passages": [
                    {
                        "start": passage.start,
                        "end": passage.end,
                        "sha256": passage.digest,
                        **({"words": passage.words} if passage.words else {}),
                    }
                    for passage in item.passages
                ],
            }
            for item in fact.evidence
        ],
    }
