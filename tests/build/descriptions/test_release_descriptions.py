"""The descriptions say what is there: every figure is counted again here, from the dumps and the files."""

from __future__ import annotations

from collections import Counter, defaultdict

import pytest
from pyoxigraph import Literal, NamedNode, Quad, RdfFormat, parse
from rdflib import DCTERMS, FOAF, RDF, SH, VOID, XSD, Graph, Namespace, URIRef
from rdflib import Literal as RdflibLiteral

from nosograph.build.descriptions.service import keywords, query_form
from nosograph.rdf.names import NOSO
from nosograph.release.names import COMPRESSIONS, DUMPS
from nosograph.release.opening import Release
from nosograph.sparql.questions import Question

DCAT = Namespace("http://www.w3.org/ns/dcat#")  # rdflib's own stops at DCAT 2
SD = Namespace("http://www.w3.org/ns/sparql-service-description#")
SPDX = Namespace("http://spdx.org/rdf/terms#")
PAV = Namespace("http://purl.org/pav/")
SCHEMA = Namespace("https://schema.org/")
DCTYPES = Namespace("http://purl.org/dc/dcmitype/")
SKOS_EXACT = "http://www.w3.org/2004/02/skos/core#exactMatch"
PUBLISHED_DATATYPES = {
    f"http://www.w3.org/2001/XMLSchema#{name}"
    for name in ("string", "integer", "decimal", "boolean", "date", "dateTime", "gYear", "anyURI")
} | {"http://www.w3.org/1999/02/22-rdf-syntax-ns#langString"}


@pytest.fixture(scope="session")
def quads(published: Release) -> list[Quad]:
    """Every quad of the release."""
    return list(parse(path=str(published.dump("nq"))))


@pytest.fixture(scope="session")
def described(published: Release, quads: list[Quad]) -> list[Quad]:
    """The quads that the figures are about: all but the metadata graph's, each triple once."""
    metadata = str(published.base.graph("metadata"))
    return list({quad.triple: quad for quad in quads if quad.graph_name.value != metadata}.values())


def _graph(release: Release, name: str) -> Graph:
    return Graph().parse(release.file(name))


def _node(release: Release) -> URIRef:
    return release.base.resource("release", release.version)


def _integer(graph: Graph, subject: object, predicate: URIRef) -> int:
    return int(str(graph.value(subject, predicate, any=False)))  # type: ignore[arg-type]


def test_void_figures_are_those_of_the_data(published: Release, quads: list[Quad], described: list[Quad]) -> None:
    """Triples are what counting the union gives; subjects, objects, properties, classes and entities leave out its own.

    The description counts its own triples, whose number it can know, and nothing else of itself.
    """
    void, node = _graph(published, "void.ttl"), _node(published)
    types = [quad for quad in described if quad.predicate.value == str(RDF.type)]

    assert _integer(void, node, VOID.triples) == len({quad.triple for quad in quads}) > len(described)
    assert _integer(void, node, VOID.distinctSubjects) == len({quad.subject for quad in described})
    assert _integer(void, node, VOID.distinctObjects) == len({quad.object for quad in described})
    assert _integer(void, node, VOID.properties) == len({quad.predicate for quad in described})
    assert _integer(void, node, VOID.classes) == len({quad.object for quad in types})
    assert _integer(void, node, VOID.entities) == len({quad.subject for quad in types})


def test_void_partitions_are_those_of_the_data(published: Release, described: list[Quad]) -> None:
    """Each class has its number of things, each property its triples, subjects and objects; none is left out."""
    void, node = _graph(published, "void.ttl"), _node(published)
    classes: dict[str, set[object]] = defaultdict(set)
    properties: dict[str, list[Quad]] = defaultdict(list)
    for quad in described:
        properties[quad.predicate.value].append(quad)
        if quad.predicate.value == str(RDF.type):
            classes[quad.object.value].add(quad.subject)

    found_classes = {
        str(void.value(part, VOID["class"])): _integer(void, part, VOID.entities)
        for part in void.objects(node, VOID.classPartition)
    }
    found_properties = {
        str(void.value(part, VOID.property)): (
            _integer(void, part, VOID.triples),
            _integer(void, part, VOID.distinctSubjects),
            _integer(void, part, VOID.distinctObjects),
        )
        for part in void.objects(node, VOID.propertyPartition)
    }

    assert found_classes == {name: len(resources) for name, resources in classes.items()}
    assert found_properties == {
        name: (len(used), len({quad.subject for quad in used}), len({quad.object for quad in used}))
        for name, used in properties.items()
    }


def test_void_has_the_properties_of_each_class(published: Release, described: list[Quad]) -> None:
    """Each class partition holds the properties that its resources have, with their triples; query editors read it."""
    void, node = _graph(published, "void.ttl"), _node(published)
    expected: Counter[tuple[str, str]] = Counter()
    classes: dict[object, set[str]] = defaultdict(set)
    for quad in described:
        if quad.predicate.value == str(RDF.type):
            classes[quad.subject].add(quad.object.value)
    for quad in described:
        expected.update((name, quad.predicate.value) for name in classes[quad.subject])

    found = {
        (str(void.value(part, VOID["class"])), str(void.value(inner, VOID.property))): _integer(
            void, inner, VOID.triples
        )
        for part in void.objects(node, VOID.classPartition)
        for inner in void.objects(part, VOID.propertyPartition)
    }

    assert found == dict(expected)
    assert found


def test_void_has_the_classes_and_datatypes_of_objects(published: Release, described: list[Quad]) -> None:
    """What a query editor asks to complete an object: its classes or its datatype, by class and property."""
    classes: dict[object, set[str]] = defaultdict(set)
    for quad in described:
        if quad.predicate.value == str(RDF.type):
            classes[quad.subject].add(quad.object.value)
    expected = set()
    for quad in described:
        if quad.predicate.value != str(RDF.type):
            kinds = {(name, "") for name in classes[quad.object]}
            kinds |= {("", quad.object.datatype.value)} if isinstance(quad.object, Literal) else set()
            expected |= {(name, quad.predicate.value, *kind) for name in classes[quad.subject] for kind in kinds}

    found = _graph(published, "void.ttl").query("""
        PREFIX void: <http://rdfs.org/ns/void#> PREFIX void-ext: <http://ldf.fi/void-ext#>
        SELECT ?class ?property ?objectClass ?datatype {
            ?partition void:class ?class ; void:propertyPartition ?within . ?within void:property ?property .
            { ?within void:classPartition [ void:class ?objectClass ] }
            UNION { ?within void-ext:datatypePartition [ void-ext:datatype ?datatype ] } }
    """)

    assert {tuple("" if cell is None else str(cell) for cell in row) for row in found} == expected
    assert expected


def test_void_has_a_linkset_for_each_code_system(published: Release) -> None:
    """Links are counted by code system and by the kind of match."""
    void = _graph(published, "void.ttl")

    found = {
        (
            str(void.value(void.value(linkset, VOID.objectsTarget), VOID.uriSpace)),
            str(void.value(linkset, VOID.linkPredicate)),
        ): _integer(void, linkset, VOID.triples)
        for linkset in void.subjects(RDF.type, VOID.Linkset)
    }

    assert found == {
        ("http://purl.obolibrary.org/obo/MONDO_", SKOS_EXACT): 1,
        ("http://www.orpha.net/ORDO/Orphanet_", SKOS_EXACT): 1,
        ("http://id.nlm.nih.gov/mesh/", "http://www.w3.org/2004/02/skos/core#broadMatch"): 1,
    }


def test_void_subsets_are_the_named_graphs(published: Release, quads: list[Quad]) -> None:
    """Each named graph but the metadata's is a subset with its number of triples."""
    void = _graph(published, "void.ttl")
    metadata = str(published.base.graph("metadata"))
    counted: dict[str, int] = defaultdict(int)
    for quad in quads:
        if quad.graph_name.value != metadata:
            counted[quad.graph_name.value] += 1

    found = {
        str(void.value(subset, URIRef("http://xmlns.com/foaf/0.1/topic"))): _integer(void, subset, VOID.triples)
        for subset in void.subjects(RDF.type, SD.Graph)
    }

    assert found == dict(counted)


def test_void_points_to_examples_that_are_there(published: Release, described: list[Quad]) -> None:
    """Example resources are subjects of the data, below the URI space."""
    void, node = _graph(published, "void.ttl"), _node(published)
    subjects = {quad.subject.value for quad in described}

    examples = [str(example) for example in void.objects(node, VOID.exampleResource)]

    assert examples
    assert set(examples) <= subjects
    assert all(example.startswith(str(void.value(node, VOID.uriSpace))) for example in examples)


@pytest.mark.parametrize(("document", "number"), [("dcat.ttl", 86), ("hcls.ttl", 21)])
def test_every_dump_is_a_distribution_with_its_size_and_digest(published: Release, document: str, number: int) -> None:
    """Download address, byte size, SHA-256 and media type are those of the manifest, for every dump.

    The HCLS description, whose figures are those of the whole, has the RDF dumps of the whole alone.
    """
    graph = _graph(published, document)
    found = {}
    for part in graph.objects(_node(published), DCAT.distribution):
        name = str(graph.value(part, DCAT.downloadURL, any=False)).partition(f"/{published.version}/")[2]
        size = graph.value(part, DCAT.byteSize, any=False)
        assert isinstance(size, RdflibLiteral)
        assert size.datatype == XSD.nonNegativeInteger
        checksum = graph.value(part, SPDX.checksum, any=False)
        assert graph.value(checksum, SPDX.algorithm) == SPDX.checksumAlgorithm_sha256
        digest = str(graph.value(checksum, SPDX.checksumValue, any=False)).lower()
        media_type = str(graph.value(part, DCAT.mediaType, any=False))
        found[name] = (int(size), digest, media_type.partition("media-types/")[2])

    files = published.manifest.files.items()
    if document == "hcls.ttl":
        whole = {dump.name(compression) for dump in DUMPS for compression in (None, *COMPRESSIONS)}
        dumps = {name: file for name, file in files if name in whole}
    else:
        starts = ("nosograph.", "graphs/", "mapping-sets/")
        dumps = {name: file for name, file in files if name.startswith(starts)}
    assert found == {name: (file.size, file.sha256, file.media_type) for name, file in dumps.items()}
    assert len(found) == number


def test_descriptions_of_curated_dumps_say_once_that_nothing_imported_is_in_them(published: Release) -> None:
    """What a distribution holds is said in one sentence, in which nothing is repeated."""
    graph = Graph().parse(published.folder / "dcat.ttl")
    texts = {
        str(text)
        for part in graph.subjects(RDF.type, DCAT.Distribution)
        for text in graph.objects(part, DCTERMS.description)
        if ".curated." in str(graph.value(part, DCAT.downloadURL))
    }

    assert texts
    assert {text.count("import") for text in texts} == {1}


def test_compressed_distributions_say_how(published: Release) -> None:
    """Gzip and zstd distributions have a compression format, the plain ones have none (DCAT 3 §6.8.19)."""
    graph = _graph(published, "dcat.ttl")

    for part in graph.subjects(RDF.type, DCAT.Distribution):
        form = str(graph.value(part, DCAT.compressFormat, default=""))
        ending = str(graph.value(part, DCAT.downloadURL)).rpartition(".")[2]
        assert form.partition("media-types/")[2] == {"gz": "application/gzip", "zst": "application/zstd"}.get(
            ending, ""
        )


def test_dcat_ties_catalogue_series_version_and_service(published: Release) -> None:
    """From the catalogue one comes to the series, from it to this version, and to the service that serves it."""
    graph, node = _graph(published, "dcat.ttl"), _node(published)
    catalog = graph.value(None, RDF.type, DCAT.Catalog, any=False)
    series = graph.value(None, RDF.type, DCAT.DatasetSeries, any=False)
    service = graph.value(None, RDF.type, DCAT.DataService, any=False)

    assert {series, node} == set(graph.objects(catalog, DCAT.dataset))
    assert service in graph.objects(catalog, DCAT.service)
    assert graph.value(node, DCAT.inSeries) == graph.value(node, DCAT.isVersionOf) == series
    assert graph.value(series, DCAT.hasCurrentVersion) == node
    assert str(graph.value(node, DCAT.version)) == published.version
    assert graph.value(service, DCAT.endpointURL) == URIRef(f"{published.base.iri}sparql")
    assert node in graph.objects(service, DCAT.servesDataset)


DCAT_AP_CLASSES = {
    DCAT.compressFormat: DCTERMS.MediaType,
    DCAT.dataset: DCAT.Dataset,
    DCAT.distribution: DCAT.Distribution,
    DCAT.landingPage: FOAF.Document,
    DCAT.mediaType: DCTERMS.MediaType,
    DCAT.servesDataset: DCAT.Dataset,
    DCAT.service: DCAT.DataService,
    DCTERMS.accessRights: DCTERMS.RightsStatement,
    DCTERMS.conformsTo: DCTERMS.Standard,
    DCTERMS.creator: FOAF.Agent,
    DCTERMS["format"]: DCTERMS.MediaTypeOrExtent,
    DCTERMS.language: DCTERMS.LinguisticSystem,
    DCTERMS.license: DCTERMS.LicenseDocument,
    DCTERMS.publisher: FOAF.Agent,
    FOAF.homepage: FOAF.Document,
    FOAF.page: FOAF.Document,
    SPDX.algorithm: SPDX.ChecksumAlgorithm,
    SPDX.checksum: SPDX.Checksum,
}
"""Predicate → the class of its values (DCAT-AP 3.0.1), which its shapes look for in the document itself."""


def test_dcat_values_have_the_classes_that_dcat_ap_asks_for(published: Release) -> None:
    """A validator that has the document alone finds the class of each value; none is a literal."""
    graph = _graph(published, "dcat.ttl")
    wrong = {
        (str(predicate), str(value))
        for predicate, class_ in DCAT_AP_CLASSES.items()
        for value in graph.objects(None, predicate)
        if (value, RDF.type, class_) not in graph
    }

    assert wrong == set()
    assert all(list(graph.objects(None, predicate)) for predicate in DCAT_AP_CLASSES)


def test_formats_are_those_of_the_list_of_file_types(published: Release) -> None:
    """Turtle is RDF_TURTLE whether packed or not; the list is that of the Publications Office, which DCAT-AP names."""
    graph = _graph(published, "dcat.ttl")
    start = "http://publications.europa.eu/resource/authority/file-type/"
    found = {
        str(graph.value(part, DCAT.downloadURL)).rpartition("/")[2]: str(graph.value(part, DCTERMS["format"]))
        for part in graph.subjects(RDF.type, DCAT.Distribution)
    }

    assert found["nosograph.ttl"] == found["nosograph.ttl.gz"] == f"{start}RDF_TURTLE"
    assert {name.removeprefix(start) for name in found.values()} >= {"RDF_N_QUADS", "JSON_LD", "RDF_XML", "TSV"}
    without = {name.partition(".jsonl")[1] for name, value in found.items() if not value.startswith(start)}
    assert without <= {".jsonl"}, "the list has every format but JSON Lines"


def test_access_and_language_are_said_of_what_has_them(published: Release) -> None:
    """Anyone may have the data; a version has a language, the data set whatever its version none (HCLS §5.1)."""
    graph, node = _graph(published, "dcat.ttl"), _node(published)
    authority = "http://publications.europa.eu/resource/authority/"
    series = URIRef(published.base.iri)

    for subject in (series, node):
        assert graph.value(subject, DCTERMS.accessRights) == URIRef(f"{authority}access-right/PUBLIC")
    assert graph.value(node, DCTERMS.language) == URIRef(f"{authority}language/ENG")
    assert graph.value(series, DCTERMS.language) is None


def test_hcls_levels_have_what_the_profile_requires(published: Release) -> None:
    """Each level has the properties that HCLS §6 says it MUST have, and the summary none that it MUST NOT have."""
    graph, node = _graph(published, "hcls.ttl"), _node(published)
    summary = URIRef(published.base.iri)
    common = {DCTERMS.title, DCTERMS.description, DCTERMS.publisher, RDF.type}
    version = common | {DCTERMS.creator, DCTERMS.isVersionOf, PAV.version}
    distribution = common | {DCTERMS.creator, DCTERMS.license, DCTERMS["format"]}
    distributions = list(graph.objects(node, DCAT.distribution))

    assert common | {PAV.hasCurrentVersion} <= set(graph.predicates(summary))
    assert not {PAV.version, DCTERMS.issued, DCTERMS.created, DCAT.distribution} & set(graph.predicates(summary))
    assert version <= set(graph.predicates(node))
    assert distributions
    for subject in (summary, node, *distributions):
        assert (subject, RDF.type, DCTYPES.Dataset) in graph
    for part in distributions:
        assert distribution <= set(graph.predicates(part))


def test_hcls_counts_classes_literals_and_graphs(published: Release, quads: list[Quad], described: list[Quad]) -> None:
    """The profile's core figures are at the distribution level, counted (HCLS §6.6.1)."""
    graph = _graph(published, "hcls.ttl")
    part = URIRef(f"{_node(published)}#dump-nq")

    found = {
        str(graph.value(partition, VOID["class"])).rpartition("#")[2]: _integer(graph, partition, VOID.distinctSubjects)
        for partition in graph.objects(part, VOID.classPartition)
        if graph.value(partition, VOID.distinctSubjects) is not None
    }

    assert found == {
        "Class": len({quad.object for quad in described if quad.predicate.value == str(RDF.type)}),
        "Literal": len({quad.object for quad in described if isinstance(quad.object, Literal)}),
        "Graph": len(published.manifest.counts.graphs) - 1,
    }
    assert _integer(graph, part, VOID.triples) == len({quad.triple for quad in quads})


def test_the_service_lists_every_named_graph(published: Release, quads: list[Quad]) -> None:
    """sd:namedGraph has the graphs of the dump, and each but the metadata's its figures."""
    graph = _graph(published, "service.ttl")
    dataset = graph.value(None, RDF.type, SD.Dataset, any=False)
    names = {str(graph.value(entry, SD.name)): entry for entry in graph.objects(dataset, SD.namedGraph)}

    assert set(names) == {quad.graph_name.value for quad in quads}
    for name, entry in names.items():
        assert (graph.value(entry, SD.graph) is None) == name.endswith("graph/metadata")


def test_the_service_describes_itself(published: Release) -> None:
    """Endpoint, language, result formats, the union default graph with its class partition."""
    graph = _graph(published, "service.ttl")
    service = graph.value(None, RDF.type, SD.Service, any=False)
    default = graph.value(graph.value(service, SD.defaultDataset), SD.defaultGraph)

    assert graph.value(service, SD.endpoint) == URIRef(f"{published.base.iri}sparql")
    assert (service, SD.supportedLanguage, SD.SPARQL11Query) in graph
    assert (service, SD.feature, SD.UnionDefaultGraph) in graph
    assert list(graph.objects(service, SD.propertyFeature)) == [NOSO.textMatch]
    assert (NOSO.textMatch, RDF.type, SD.Feature) in graph
    assert len(list(graph.objects(service, SD.resultFormat))) == 10
    assert list(graph.objects(default, VOID.classPartition))


def test_the_questions_are_runnable_examples(published: Release) -> None:
    """Each question is a sh:SPARQLExecutable of its form with its text, comment, target, prefixes and keywords."""
    graph = _graph(published, "service.ttl")
    first, second = sorted(graph.subjects(RDF.type, SH.SPARQLExecutable))

    assert (first, RDF.type, SH.SPARQLSelectExecutable) in graph
    assert str(graph.value(first, SH.select)) == (published.folder / "questions/01-conditions.rq").read_text()
    assert (second, RDF.type, SH.SPARQLAskExecutable) in graph
    assert str(graph.value(second, SH.ask)) == (published.folder / "questions/02-any-doubt.rq").read_text()
    assert {str(word) for word in graph.objects(second, SCHEMA.keywords)} == {"denied", "status"}
    for question in (first, second):
        assert graph.value(question, SCHEMA.target) == URIRef(f"{published.base.iri}sparql")
        declared = graph.objects(graph.value(question, SH.prefixes), SH.declare)
        assert {str(graph.value(one, SH.prefix)) for one in declared} == set(published.base.prefixes())


@pytest.mark.parametrize(
    ("query", "form"),
    [
        ("SELECT * {}", "SELECT"),
        ("# ASK me\nselect ?ask {}", "SELECT"),
        ("PREFIX ask: <http://e.org/select#> CONSTRUCT {} WHERE {}", "CONSTRUCT"),
        ("BASE <http://e.org/describe> ASK {}", "ASK"),
        ("DESCRIBE <http://e.org/ask>", "DESCRIBE"),
    ],
)
def test_the_form_of_a_query_is_found_past_comments_and_iris(query: str, form: str) -> None:
    """Words of other forms in comments, prefixes and IRIs do not mislead."""
    assert query_form(query) == form


def test_keywords_are_the_terms_of_a_query() -> None:
    """Prefixed and full spellings count, comments do not."""
    query = "# noso:not\nSELECT * { ?a noso:hasSymptom/<https://w3id.org/nosograph/ontology#status> ?b }"

    assert keywords(Question("n", "t", "d", query)) == ["hasSymptom", "status"]


@pytest.mark.parametrize("name", ["void", "dcat", "hcls", "service"])
def test_descriptions_say_the_same_in_both_formats(published: Release, name: str) -> None:
    """Turtle and JSON-LD of a description are the same triples."""
    turtle = {str(quad.triple) for quad in parse(path=str(published.file(f"{name}.ttl")))}
    json_ld = {str(quad.triple) for quad in parse(path=str(published.file(f"{name}.jsonld")), format=RdfFormat.JSON_LD)}

    assert json_ld == turtle
    assert turtle


def test_what_people_say_of_the_data_is_in_the_description(published: Release) -> None:
    """Title, description, creator, licence and keywords come from what the data say about the base IRI."""
    graph, node = _graph(published, "dcat.ttl"), _node(published)
    summary = URIRef(published.base.iri)
    publisher = graph.value(node, DCTERMS.publisher)

    assert str(graph.value(summary, DCTERMS.title)) == "A small knowledge graph"
    assert str(graph.value(node, DCTERMS.description)) == "Made up for the tests."
    assert str(graph.value(publisher, URIRef("http://xmlns.com/foaf/0.1/name"))) == "The authors of the tests"
    assert str(graph.value(node, DCTERMS.license)) == "https://creativecommons.org/publicdomain/zero/1.0/"
    assert [str(word) for word in graph.objects(node, DCAT.keyword)] == ["tests"]


def test_the_metadata_graph_holds_only_what_the_store_keeps(published: Release, quads: list[Quad]) -> None:
    """Its literals have the datatypes that the store returns unchanged; sizes and digests are left to the files."""
    metadata = [quad for quad in quads if quad.graph_name.value == str(published.base.graph("metadata"))]
    literals = [quad.object for quad in metadata if isinstance(quad.object, Literal)]
    predicates = {quad.predicate.value for quad in metadata}

    assert {literal.datatype.value for literal in literals} <= PUBLISHED_DATATYPES
    assert str(DCAT.byteSize) not in predicates
    assert str(SPDX.checksum) not in predicates
    assert {str(VOID.classPartition), str(SD.namedGraph), str(SH.declare), str(DCAT.distribution)} <= predicates
    assert all(isinstance(quad.subject, NamedNode) for quad in metadata)
