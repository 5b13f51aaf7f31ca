"""The clauses that checks refer to, each document once."""

from __future__ import annotations

from nosograph.doctor.outcomes import SpecificationClause

_PROTOCOL = "https://www.w3.org/TR/sparql11-protocol/"


def protocol(section: str, anchor: str = "") -> SpecificationClause:
    """Return a clause of the SPARQL 1.1 Protocol."""
    return SpecificationClause("SPARQL 1.1 Protocol", section, f"{_PROTOCOL}#{anchor}" if anchor else _PROTOCOL)


def service_description(section: str, anchor: str) -> SpecificationClause:
    """Return a clause of SPARQL 1.1 Service Description."""
    url = f"https://www.w3.org/TR/sparql11-service-description/#{anchor}"
    return SpecificationClause("SPARQL 1.1 Service Description", section, url)


def void(section: str) -> SpecificationClause:
    """Return a clause of the VoID note."""
    return SpecificationClause(
        "Describing Linked Datasets with the VoID Vocabulary", section, "https://www.w3.org/TR/void/"
    )


def dcat(section: str, anchor: str) -> SpecificationClause:
    """Return a clause of DCAT 3."""
    return SpecificationClause(
        "Data Catalog Vocabulary (DCAT) 3", section, f"https://www.w3.org/TR/vocab-dcat-3/#{anchor}"
    )


def http(section: str) -> SpecificationClause:
    """Return a clause of HTTP Semantics."""
    return rfc(9110, section, "HTTP Semantics (RFC 9110)")


def rfc(number: int, section: str, title: str) -> SpecificationClause:
    """Return a clause of an RFC."""
    return SpecificationClause(
        title, f"section {section}", f"https://www.rfc-editor.org/rfc/rfc{number}#section-{section}"
    )


def fetch(section: str, anchor: str) -> SpecificationClause:
    """Return a clause of the Fetch standard, which defines CORS."""
    return SpecificationClause("Fetch Standard", section, f"https://fetch.spec.whatwg.org/#{anchor}")


def cool_uris(section: str, anchor: str) -> SpecificationClause:
    """Return a clause of the note on the IRIs of things and of documents about them."""
    return SpecificationClause("Cool URIs for the Semantic Web", section, f"https://www.w3.org/TR/cooluris/#{anchor}")


def best_practices(section: str, anchor: str) -> SpecificationClause:
    """Return a clause of Data on the Web Best Practices."""
    return SpecificationClause("Data on the Web Best Practices", section, f"https://www.w3.org/TR/dwbp/#{anchor}")
