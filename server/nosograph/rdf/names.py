"""Every prefix of the project, once, and the IRIs that are built from the configured base."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from rdflib import Namespace, URIRef

from nosograph.errors import SettingsError

DEFAULT_BASE: Final = "https://w3id.org/nosograph/"
"""The base IRI of published data; curated files are written with it."""

NOSO: Final = Namespace(DEFAULT_BASE + "ontology#")
"""The vocabulary. It does not move with the configured base: a vocabulary is shared by all who publish with it."""

NOSO_SHAPES: Final = Namespace(DEFAULT_BASE + "shapes#")

ENTAILED: Final = "entailed"
"""Local name of the graph that says again, in the terms of other vocabularies, what the other graphs say."""

ALIGNED: Final = "alignment"
"""Local name of the graph that joins resources and facts of several data sets, and that nothing else rests on."""

GRAPHS: Final = ("conditions", "facts", "sources", "mappings", "ontology", "shapes", ENTAILED, ALIGNED, "metadata")
"""Local names of the named graphs of a release; the last three are made by the build."""

CURATED_GRAPHS: Final = GRAPHS[:-3]
"""Local names of the named graphs that hold what was curated, with its vocabulary and shapes."""

IMPORT_PREFIX: Final = "import/"
"""How the local name of the named graph of an imported data set begins."""

IMPORTED_SETS: Final = "import-"
"""How the local name of the mapping set of an imported data set begins."""

STANDARD_PREFIXES: Final[dict[str, str]] = {
    "biolink": "https://w3id.org/biolink/vocab/",
    "bibo": "http://purl.org/ontology/bibo/",
    "cito": "http://purl.org/spar/cito/",
    "dcat": "http://www.w3.org/ns/dcat#",
    "dcterms": "http://purl.org/dc/terms/",
    "dctypes": "http://purl.org/dc/dcmitype/",
    "fabio": "http://purl.org/spar/fabio/",
    "foaf": "http://xmlns.com/foaf/0.1/",
    "iao": "http://purl.obolibrary.org/obo/IAO_",
    "noso": str(NOSO),
    "noso-shapes": str(NOSO_SHAPES),
    "oa": "http://www.w3.org/ns/oa#",
    "oboInOwl": "http://www.geneontology.org/formats/oboInOwl#",
    "owl": "http://www.w3.org/2002/07/owl#",
    "pav": "http://purl.org/pav/",
    "prov": "http://www.w3.org/ns/prov#",
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
    "ro": "http://purl.obolibrary.org/obo/RO_",
    "schema": "http://schema.org/",
    "sd": "http://www.w3.org/ns/sparql-service-description#",
    "sepio": "http://purl.obolibrary.org/obo/SEPIO_",
    "sh": "http://www.w3.org/ns/shacl#",
    "skos": "http://www.w3.org/2004/02/skos/core#",
    "spdx": "http://spdx.org/rdf/terms#",
    "sssom": "https://w3id.org/sssom/",
    "semapv": "https://w3id.org/semapv/vocab/",
    "spex": "https://purl.expasy.org/sparql-examples/ontology#",
    "vann": "http://purl.org/vocab/vann/",
    "void": "http://rdfs.org/ns/void#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
}
"""Prefixes of vocabularies; they are the same whatever the base is."""

CODE_SYSTEMS: Final[dict[str, str]] = {
    "DECIPHER": "https://www.deciphergenomics.org/syndrome/",
    "DOID": "http://purl.obolibrary.org/obo/DOID_",
    "EFO": "http://www.ebi.ac.uk/efo/EFO_",
    "GARD": "https://rarediseases.info.nih.gov/diseases/",
    "GO": "http://purl.obolibrary.org/obo/GO_",
    "HP": "http://purl.obolibrary.org/obo/HP_",
    "ICD10CM": "http://purl.bioontology.org/ontology/ICD10CM/",
    "ICD10WHO": "https://icd.who.int/browse10/2019/en#/",
    "icd11.foundation": "http://id.who.int/icd/entity/",
    "MAXO": "http://purl.obolibrary.org/obo/MAXO_",
    "MEDGEN": "https://www.ncbi.nlm.nih.gov/medgen/",
    "MESH": "http://id.nlm.nih.gov/mesh/",
    "MONDO": "http://purl.obolibrary.org/obo/MONDO_",
    "NCBIGene": "https://www.ncbi.nlm.nih.gov/gene/",
    "NCIT": "http://purl.obolibrary.org/obo/NCIT_",
    "OMIM": "https://omim.org/entry/",
    "Orphanet": "http://www.orpha.net/ORDO/Orphanet_",
    "PMID": "https://pubmed.ncbi.nlm.nih.gov/",
    "UBERON": "http://purl.obolibrary.org/obo/UBERON_",
    "UMLS": "http://linkedlifedata.com/resource/umls/id/",
}
"""Prefixes of the code systems that mappings point to, as the Bioregistry and the systems' own RDF spell them."""

CODE_SYSTEM_NAMES: Final[dict[str, str]] = {
    "ICD10CM": "ICD-10-CM",
    "ICD10WHO": "ICD-10 (WHO)",
    "icd11.foundation": "ICD-11 (foundation)",
    "MEDGEN": "MedGen",
    "MESH": "MeSH",
    "NCBIGene": "NCBI Gene",
    "NCIT": "NCI Thesaurus",
    "PMID": "PubMed",
}
"""Names of the code systems whose codes people do not write with the prefix."""

_OF_THE_VOCABULARY: Final = re.compile(rf"{re.escape(DEFAULT_BASE)}(?:ontology|shapes)(?:[#/]|\Z)")
"""The IRIs of vocabulary and shapes, of their terms and of their versions, which stay where they are."""

CODE_NAME: Final = r"[A-Za-z][A-Za-z0-9-]*_[A-Za-z0-9][A-Za-z0-9_-]*"
"""What the name of a resource looks like that is named after a code elsewhere, as a regular expression."""

IDENTIFIER: Final = r"[a-z0-9]+(?:-[a-z0-9]+)*"
"""What every other name looks like."""

_CODE_NAME = re.compile(rf"{CODE_NAME}\Z")
_IDENTIFIER = re.compile(rf"{IDENTIFIER}\Z")


@dataclass(frozen=True)
class Base:
    """The configured base IRI and the IRIs below it.

    Attributes:
        iri: the base; it ends with a slash.
        kinds: path segments of the classes whose resources are published (``Vocabulary.base`` gives them).
        vocabularies: prefix and namespace of each ontology beside that of the evidence model.
    """

    iri: str = DEFAULT_BASE
    kinds: tuple[str, ...] = ()
    vocabularies: tuple[tuple[str, str], ...] = ()

    def __post_init__(self) -> None:
        """Check that the base is an absolute http(s) IRI that ends with a slash.

        Raises:
            SettingsError: it is not (RFC 3987 §2.2 lists what an IRI may hold).
        """
        hint = f"Give an absolute IRI that ends with a slash, such as {DEFAULT_BASE}."
        try:
            parts = urlsplit(self.iri)
            port_readable = parts.port is None or parts.port > 0
        except ValueError as error:
            raise SettingsError(f"The base IRI {self.iri!r} is not an IRI: {error}.", hint=hint) from error
        if parts.scheme not in ("http", "https") or not parts.hostname or not port_readable:
            raise SettingsError(f"The base IRI {self.iri!r} is not an absolute http or https IRI.", hint=hint)
        if re.search(r'[\x00-\x20<>"{}|\\^`\x7f-\x9f]', self.iri):
            raise SettingsError(f"The base IRI {self.iri!r} holds a character that no IRI may hold.", hint=hint)
        if parts.query or parts.fragment or "?" in self.iri or "#" in self.iri:
            raise SettingsError(f"The base IRI {self.iri!r} has a query or a fragment.", hint=hint)
        if not self.iri.endswith("/"):
            raise SettingsError(f"The base IRI {self.iri!r} does not end with a slash.", hint=hint)

    def resource(self, kind: str, identifier: str) -> URIRef:
        """Return the IRI of a resource, for example ``resource("condition", "scleroderma")``."""
        return URIRef(f"{self.iri}{kind}/{identifier}")

    def graph(self, name: str) -> URIRef:
        """Return the IRI of a named graph, for example ``graph("facts")``."""
        return URIRef(f"{self.iri}graph/{name}")

    def prefixes(self) -> dict[str, str]:
        """Return every prefix with its IRI: vocabularies, classes of resources below this base, code systems."""
        own = {kind: f"{self.iri}{kind}/" for kind in (*self.kinds, "graph")}
        known = CODE_SYSTEMS | own | dict(self.vocabularies) | STANDARD_PREFIXES
        return dict(sorted(known.items(), key=lambda pair: pair[0].lower()))

    def is_term(self, iri: str) -> bool:
        """Return whether an IRI is in the namespace of one of the vocabularies."""
        return self.local_name(iri) != iri

    def local_name(self, iri: str) -> str:
        """Return the local name of a term of one of the vocabularies; any other IRI as it is."""
        for start in (str(NOSO), *(start for _, start in self.vocabularies)):
            if iri.startswith(start):
                return iri[len(start) :]
        return iri

    def rebase(self, iri: str) -> str:
        """Move a data IRI that was written with the default base below this base; leave every other IRI alone."""
        iri = str(iri)  # rdflib's URIRef.startswith takes no tuple
        if self.iri == DEFAULT_BASE or not iri.startswith(DEFAULT_BASE):
            return iri
        own = tuple(start for _, start in self.vocabularies)
        if _OF_THE_VOCABULARY.match(iri) or iri.startswith(own) or iri in [start[:-1] for start in own]:
            return iri
        return self.iri + iri[len(DEFAULT_BASE) :]


def last_segment(iri: str) -> str:
    """Return what an IRI has after its last ``#`` or ``/``: the local name of a term, the identifier of a resource."""
    return iri[max(iri.rfind("#"), iri.rfind("/")) + 1 :]


def is_local_name(text: str) -> bool:
    """Return whether a text is a local identifier, or the name of a resource that is named after a code elsewhere."""
    return is_identifier(text) or (bool(_CODE_NAME.match(text)) and len(text) <= 200)


def is_identifier(text: str) -> bool:
    """Return whether a text is a well-formed local identifier: lower-case words and digits joined by hyphens."""
    return bool(_IDENTIFIER.match(text)) and len(text) <= 200
