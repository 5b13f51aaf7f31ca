"""The vocabulary is complete, plain and placed among others."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from rdflib import Graph, Literal, URIRef
from rdflib.namespace import DCTERMS, OWL, PROV, RDF, RDFS, SDO, SKOS, VANN, XSD
from rdflib.term import BNode

from nosograph.rdf.names import NOSO
from nosograph.vocabulary.reading import read_vocabulary_folder

ROOT = Path(__file__).parent.parent.parent
FILES = sorted((ROOT / "ontology").glob("*.ttl"))
TURTLE = FILES + sorted((ROOT / "shapes").glob("*.ttl"))
ONTOLOGY = URIRef(str(NOSO)[:-1])
SCHEMA = "http://schema.org/"
DOMAIN, RANGE = URIRef(SCHEMA + "domainIncludes"), URIRef(SCHEMA + "rangeIncludes")
TERM_CLASSES = (
    OWL.Class,
    OWL.ObjectProperty,
    OWL.DatatypeProperty,
    OWL.AnnotationProperty,
    SKOS.Concept,
    SKOS.ConceptScheme,
)
PLAIN = {
    XSD.string,
    RDF.langString,
    XSD.integer,
    XSD.decimal,
    XSD.boolean,
    XSD.date,
    XSD.dateTime,
    XSD.gYear,
    XSD.anyURI,
}
ORDER = (
    "a",
    "rdfs:subClassOf",
    "owl:disjointWith",
    "rdfs:subPropertyOf",
    "owl:inverseOf",
    "skos:inScheme",
    "skos:topConceptOf",
    "skos:broader",
    "schema:domainIncludes",
    "schema:rangeIncludes",
    "noso:valueScheme",
    "noso:publishedAs",
    "sh:group",
    "sh:order",
    "noso:anchor",
    "rdfs:label",
    "skos:prefLabel",
    "skos:altLabel",
    "skos:hiddenLabel",
    "skos:exactMatch",
    "skos:broadMatch",
    "skos:closeMatch",
    "skos:relatedMatch",
    "skos:definition",
    "skos:scopeNote",
    "noso:pathSegment",
    "noso:pluralLabel",
    "noso:listDescription",
    "noso:focus",
    "noso:offeredByName",
    "noso:heading",
    "noso:contextGroup",
    "noso:contextOrder",
    "noso:contextHeading",
    "noso:inverseHeading",
    "noso:phrase",
    "noso:listPhrase",
    "noso:question",
    "noso:absentHeading",
    "noso:role",
    "noso:column",
    "noso:groupedBy",
    "noso:inheritance",
    "noso:restrictedBy",
    "noso:schemaProperty",
    "noso:schemaType",
    "noso:schemaPageType",
    "noso:schemaCodeType",
    "noso:codePrefix",
    "noso:preferredCodePrefix",
    "biolink:agent_type",
    "biolink:knowledge_level",
    "noso:counts",
    "noso:countedAmong",
    "noso:appliesTo",
    "noso:disjointExtents",
    "noso:firstStance",
    "noso:objectRelation",
    "noso:predicateRelation",
    "noso:secondStance",
    "noso:yields",
    "schema:minValue",
    "schema:maxValue",
    "noso:incompatibleWith",
    "noso:qualifies",
    "noso:mayBeSeveral",
    "noso:importKey",
    "rdfs:isDefinedBy",
)


def read(*paths: Path) -> Graph:
    """Return the triples of some files."""
    graph = Graph(bind_namespaces="none")
    for path in paths:
        graph.parse(path)
    return graph


VOCABULARY = read(*FILES)
READ = read_vocabulary_folder(ROOT / "ontology")
TERMS = sorted({term for class_ in TERM_CLASSES for term in VOCABULARY.subjects(RDF.type, class_)})
FACT_PREDICATES = sorted(VOCABULARY.subjects(RDF.type, NOSO.FactPredicate))


def test_there_are_terms() -> None:
    """An empty vocabulary would make the other tests pass."""
    assert len(TERMS) > 200
    assert len(FACT_PREDICATES) > 45


@pytest.mark.parametrize("term", TERMS, ids=lambda term: term.removeprefix(str(NOSO)))
def test_term_is_complete(term: URIRef) -> None:
    """A term has one English label, one English definition that ends as a sentence, and the vocabulary it is from."""
    labels = list(VOCABULARY.objects(term, RDFS.label))
    definitions = list(VOCABULARY.objects(term, SKOS.definition))

    assert term in NOSO
    assert [label.language for label in labels] == ["en"]
    assert [definition.language for definition in definitions] == ["en"]
    assert definitions[0].endswith(".") and definitions[0][0].isupper()
    assert list(VOCABULARY.objects(term, RDFS.isDefinedBy)) == [ONTOLOGY]


def test_a_name_stands_for_one_thing() -> None:
    """No term is a property and a concept, or a class and a property, at once."""
    groups = [
        {OWL.Class},
        {OWL.ObjectProperty, OWL.DatatypeProperty, OWL.AnnotationProperty},
        {SKOS.Concept},
        {SKOS.ConceptScheme},
    ]

    for term in TERMS:
        types = set(VOCABULARY.objects(term, RDF.type))
        assert sum(bool(types & group) for group in groups) == 1, term


def test_what_cannot_be_both_is_said_once() -> None:
    """Each pair of classes without a common resource is stated once, and no class excludes a wider one."""
    pairs = list(VOCABULARY.subject_objects(OWL.disjointWith))

    assert pairs
    assert len({frozenset(pair) for pair in pairs}) == len(pairs)
    for one, other in pairs:
        assert not set(VOCABULARY.transitive_objects(one, RDFS.subClassOf)) & {other}
        assert not set(VOCABULARY.transitive_objects(other, RDFS.subClassOf)) & {one}


def test_no_property_of_objects_stands_below_one_of_annotations() -> None:
    """OWL has no super-property of another sort: what rdfs:seeAlso says as well is published as it."""
    annotations = {RDFS.seeAlso, RDFS.label, RDFS.comment, RDFS.isDefinedBy} | set(
        VOCABULARY.subjects(RDF.type, OWL.AnnotationProperty)
    )

    assert not [(term, wider) for term, wider in VOCABULARY.subject_objects(RDFS.subPropertyOf) if wider in annotations]


def test_no_two_terms_share_a_label() -> None:
    """A label names one term, parts of pages included, as the report of ROBOT asks (duplicate_label)."""
    named: dict[str, set[object]] = {}
    for term, label in VOCABULARY.subject_objects(RDFS.label):
        named.setdefault(str(label), set()).add(term)
    terms: dict[str, list[URIRef]] = {}
    for known in TERMS:
        terms.setdefault(str(VOCABULARY.value(known, RDFS.label)).casefold(), []).append(known)

    assert [found for found in named.values() if len(found) > 1] == []
    assert [found for found in terms.values() if len(found) > 1] == []


def test_no_two_terms_share_a_definition() -> None:
    """A definition that fits two terms tells neither apart."""
    definitions = [str(VOCABULARY.value(term, SKOS.definition)) for term in TERMS]

    assert len(definitions) == len(set(definitions))


def test_header_describes_the_vocabulary() -> None:
    """The header has title, description, creator, licence, version and preferred prefix."""
    for predicate in (DCTERMS.title, DCTERMS.description, DCTERMS.creator, DCTERMS.license, OWL.versionInfo):
        assert VOCABULARY.value(ONTOLOGY, predicate) is not None, predicate
    version = VOCABULARY.value(ONTOLOGY, OWL.versionInfo)
    assert VOCABULARY.value(ONTOLOGY, OWL.versionIRI) == URIRef(f"{ONTOLOGY}/{version}")
    assert str(VOCABULARY.value(ONTOLOGY, VANN.preferredNamespaceUri)) == str(NOSO)


def test_every_kind_of_resource_has_its_class() -> None:
    """The classes that the IRI paths stand for are defined."""
    assert len(READ.classes) == 16
    for entry in READ.classes:
        assert (URIRef(entry.iri), RDF.type, OWL.Class) in VOCABULARY, entry


@pytest.mark.parametrize("predicate", FACT_PREDICATES, ids=lambda term: term.removeprefix(str(NOSO)))
def test_fact_predicate_fits_its_range(predicate: URIRef) -> None:
    """A predicate with datatypes as its range is a datatype property, any other an object property, never both."""
    datatypes = [value for value in VOCABULARY.objects(predicate, RANGE) if str(value).startswith(str(XSD))]
    others = [value for value in VOCABULARY.objects(predicate, RANGE) if value not in datatypes]

    assert bool(datatypes) != bool(others)
    assert ((predicate, RDF.type, OWL.DatatypeProperty) in VOCABULARY) == bool(datatypes)
    assert ((predicate, RDF.type, OWL.ObjectProperty) in VOCABULARY) == bool(others)


@pytest.mark.parametrize("predicate", FACT_PREDICATES, ids=lambda term: term.removeprefix(str(NOSO)))
def test_narrower_predicate_stays_within_the_wider(predicate: URIRef) -> None:
    """What may be said with a predicate may be said with every wider predicate of the vocabulary."""
    for wider in VOCABULARY.objects(predicate, RDFS.subPropertyOf):
        if wider in NOSO:
            for bound in (DOMAIN, RANGE):
                assert set(VOCABULARY.objects(predicate, bound)) <= set(VOCABULARY.objects(wider, bound))


def test_one_predicate_joins_mechanisms_and_findings() -> None:
    """The question on causal paths follows facts of any predicate, so no other one may lead back to their start."""
    steps = {NOSO.Mechanism, NOSO.Finding}
    links = {
        (start, end)
        for predicate in FACT_PREDICATES
        if predicate != NOSO.leadsTo
        for start in VOCABULARY.objects(predicate, DOMAIN)
        for end in VOCABULARY.objects(predicate, RANGE)
    }
    reached, ahead = set(), list(steps)
    while ahead:
        start = ahead.pop()
        ends = {end for begin, end in links if begin == start} - reached
        reached |= ends
        ahead += ends

    assert set(VOCABULARY.objects(NOSO.leadsTo, DOMAIN)) == steps
    assert reached
    assert not reached & steps


def test_concepts_are_reachable_from_the_top_of_their_scheme() -> None:
    """A concept is a top concept of its scheme, or has a broader concept in the same scheme."""
    for concept in VOCABULARY.subjects(RDF.type, SKOS.Concept):
        schemes = set(VOCABULARY.objects(concept, SKOS.inScheme))
        broader = list(VOCABULARY.objects(concept, SKOS.broader))
        assert len(schemes) == 1, concept
        assert bool(broader) != bool(list(VOCABULARY.objects(concept, SKOS.topConceptOf))), concept
        for wider in broader:
            assert set(VOCABULARY.objects(wider, SKOS.inScheme)) == schemes, concept


def test_vocabulary_holds_no_blank_node() -> None:
    """Published data have no blank node, and the vocabulary is published."""
    assert not [node for node in VOCABULARY.all_nodes() if isinstance(node, BNode)]


@pytest.mark.parametrize("path", TURTLE, ids=lambda path: path.name)
def test_literals_come_back_from_every_store(path: Path) -> None:
    """Literals have plain datatypes and lower-case language tags."""
    for literal in read(path).objects():
        if isinstance(literal, Literal):
            assert literal.language == (literal.language and literal.language.lower())
            assert literal.language or (literal.datatype or XSD.string) in PLAIN


@pytest.mark.parametrize("path", TURTLE, ids=lambda path: path.name)
def test_prefixes_are_sorted_used_and_spelled_as_everywhere(path: Path) -> None:
    """A file declares the project's prefixes, in alphabetical order, and no more than it uses."""
    text = path.read_text(encoding="utf-8")
    declared = re.findall(r"^@prefix ([\w.-]+): <([^>]+)> \.$", text, flags=re.MULTILINE)
    known = READ.base().prefixes()

    assert [prefix for prefix, _ in declared] == sorted((prefix for prefix, _ in declared), key=str.lower)
    for prefix, iri in declared:
        assert known[prefix] == iri
        assert len(re.findall(rf"(?<![\w-]){re.escape(prefix)}:", text)) > 1, f"{prefix} is not used"


@pytest.mark.parametrize("name", ["nosograph.ttl", "evidence.ttl", "presentation.ttl", "alignments.ttl"])
def test_blocks_are_alphabetical_in_their_section(name: str) -> None:
    """A term is found by its name within its section, where a scheme stands before its concepts."""
    text = (ROOT / "ontology" / name).read_text(encoding="utf-8")
    sections = re.split(r"^# -+\n# .+\n# -+$", text, flags=re.MULTILINE)[1:]

    assert sections
    for section in sections:
        subjects = re.findall(r"^(noso:\w+)$", section, flags=re.MULTILINE)
        assert subjects == sorted(
            subjects, key=lambda name: (not re.match(r"noso:[A-Z]\w*Scheme$", name), name.lower())
        )
        assert len(subjects) == len(set(subjects))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_predicates_of_a_block_keep_their_order(path: Path) -> None:
    """Blocks read alike: type, hierarchy, label, definition, scope note, isDefinedBy."""
    for block in re.split(r"\n\n", path.read_text(encoding="utf-8")):
        if re.search(r"^noso:\w+$", block, flags=re.MULTILINE):
            predicates = re.findall(r"^    (a|[\w-]+:\w+) ", block, flags=re.MULTILINE)
            ranks = [ORDER.index(predicate) for predicate in predicates]
            assert ranks == sorted(ranks), block


ALIGNMENTS = read(ROOT / "ontology" / "alignments.ttl")


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_every_term_that_a_file_names_is_defined(path: Path) -> None:
    """What is left of a term that was taken out would be published as if it still meant something."""
    named = {node for triple in read(path) for node in triple if isinstance(node, URIRef) and node in NOSO}

    assert named <= set(VOCABULARY.subjects(RDF.type, None))


def test_alignments_are_about_terms_of_the_vocabulary() -> None:
    """An alignment starts at a defined term and leads to a term elsewhere, by an absolute IRI."""
    assert len(ALIGNMENTS) > 80
    for term, _, other in ALIGNMENTS:
        assert term in TERMS
        assert isinstance(other, URIRef) and re.match(r"https?://[^\s<>]+$", other)
        assert other not in NOSO


def test_alignments_claim_no_identity_and_no_efficacy() -> None:
    """Alignments use subsumption and SKOS matches; none says that a treatment works."""
    allowed = {
        RDFS.subClassOf,
        RDFS.subPropertyOf,
        SKOS.exactMatch,
        SKOS.broadMatch,
        SKOS.closeMatch,
        SKOS.relatedMatch,
    }

    assert set(ALIGNMENTS.predicates()) <= allowed
    assert not [other for other in ALIGNMENTS.objects() if re.search(r"biolink/vocab/(treats|applied_to_treat)", other)]


def test_classes_are_subclasses_of_classes_only() -> None:
    """rdfs:subClassOf joins classes and rdfs:subPropertyOf properties."""
    for term in ALIGNMENTS.subjects(RDFS.subClassOf, None):
        assert (term, RDF.type, OWL.Class) in VOCABULARY
    for term in ALIGNMENTS.subjects(RDFS.subPropertyOf, None):
        assert (term, RDF.type, OWL.Class) not in VOCABULARY


def test_model_alignments_are_there() -> None:
    """The subsumptions that the model promises hold."""
    ro = "http://purl.obolibrary.org/obo/RO_"
    for term, predicate, other in (
        (NOSO.Fact, RDFS.subClassOf, RDF.Statement),
        (NOSO.Condition, RDFS.subClassOf, URIRef(SCHEMA + "MedicalCondition")),
        (NOSO.hasMainSymptom, RDFS.subPropertyOf, NOSO.hasSymptom),
        (NOSO.hasSymptom, RDFS.subPropertyOf, NOSO.hasPhenotype),
        (NOSO.hasComplication, RDFS.subPropertyOf, NOSO.hasPhenotype),
        (NOSO.hasPhenotype, RDFS.subPropertyOf, URIRef(ro + "0002200")),
        (NOSO.affects, RDFS.subPropertyOf, URIRef(ro + "0004026")),
        (NOSO.subtypeOf, RDFS.subPropertyOf, SKOS.broader),
        (NOSO.source, RDFS.subPropertyOf, PROV.wasDerivedFrom),
    ):
        assert (term, predicate, other) in VOCABULARY


def test_schema_prefix_is_the_one_that_rdflib_does_not_use() -> None:
    """Terms of schema.org are written with http, as its own RDF has them, so that all files mean the same ones."""
    assert str(SDO) != SCHEMA
    for path in TURTLE:
        assert "https://schema.org/" not in path.read_text(encoding="utf-8"), path
