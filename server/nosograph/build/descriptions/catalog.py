"""Describes a release in DCAT 3 (https://www.w3.org/TR/vocab-dcat-3/) and by the HCLS community profile.

The HCLS profile (https://www.w3.org/TR/hcls-dataset/) has three levels: the data set whatever its version, one
version, and each distribution of that version. DCAT calls the first a series. The same three descriptions serve both.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from pyoxigraph import NamedNode, RdfFormat, parse

from nosograph.build.descriptions.described import (
    MEDIA_TYPES,
    DescribedRelease,
    Description,
    Distribution,
    day,
    english,
    named,
    number,
    plain,
    typed,
)
from nosograph.build.descriptions.profile import BUG_DATABASE
from nosograph.build.descriptions.void import say_partitions, vocabularies
from nosograph.build.dumps.mapping_sets import MappingSet
from nosograph.rdf.formats import N_QUADS
from nosograph.rdf.names import IMPORT_PREFIX
from nosograph.release.names import COMPRESSIONS

_AUTHORITY = "http://publications.europa.eu/resource/authority/"
"""Where the code lists are that DCAT-AP 3 prescribes for languages, file types and access rights."""

_ENGLISH = NamedNode(f"{_AUTHORITY}language/ENG")
_PUBLIC = NamedNode(f"{_AUTHORITY}access-right/PUBLIC")
_SPARQL_PROTOCOL = NamedNode("http://www.w3.org/TR/sparql11-protocol/")
_SHA256 = NamedNode("http://spdx.org/rdf/terms#checksumAlgorithm_sha256")
_VCARD = "http://www.w3.org/2006/vcard/ns#"
_FILE_TYPES: Final = {
    "json": "JSON",
    "jsonld": "JSON_LD",
    "nq": "RDF_N_QUADS",
    "nt": "RDF_N_TRIPLES",
    "parquet": "PARQUET",
    "rdf": "RDF_XML",
    "trig": "RDF_TRIG",
    "tsv": "TSV",
    "ttl": "RDF_TURTLE",
}
"""Name of a format → its code in the list of file types, which has not every format."""

_RANGES: Final = {
    named(predicate).value: class_
    for predicate, class_ in {
        "dcat:compressFormat": "dcterms:MediaType",
        "dcat:dataset": "dcat:Dataset",
        "dcat:landingPage": "foaf:Document",
        "dcat:mediaType": "dcterms:MediaType",
        "dcat:servesDataset": "dcat:Dataset",
        "dcterms:accessRights": "dcterms:RightsStatement",
        "dcterms:conformsTo": "dcterms:Standard",
        "dcterms:creator": "foaf:Agent",
        "dcterms:format": "dcterms:MediaTypeOrExtent",
        "dcterms:language": "dcterms:LinguisticSystem",
        "dcterms:license": "dcterms:LicenseDocument",
        "dcterms:publisher": "foaf:Agent",
        "foaf:homepage": "foaf:Document",
        "foaf:page": "foaf:Document",
        "spdx:algorithm": "spdx:ChecksumAlgorithm",
    }.items()
}
"""Predicate → the class that its values have (DCAT-AP 3.0.1, constraints on classes)."""

_SEVERAL_LICENSES = "No licence holds for the whole: the description of each named graph states its own."


def describe_catalog(about: DescribedRelease, into: Description) -> None:
    """Add the DCAT description: catalogue, series, this version, its distributions, the query service."""
    catalog, dataset, release = about.catalog, about.dataset, about.release
    _describe_publisher(about, into)
    into.type(catalog, "dcat:Catalog")
    into.say(catalog, "dcterms:title", english("Releases of this data set"))
    into.say(catalog, "dcterms:description", english("Every release of the data set, and the service that queries it."))
    into.say(catalog, "dcterms:publisher", about.publisher)
    say_licenses(about, catalog, into)
    into.say(catalog, "dcterms:modified", day(about.date))
    into.say(catalog, "foaf:homepage", NamedNode(about.base.iri))
    into.say(catalog, "dcat:dataset", dataset, release)
    into.say(catalog, "dcat:service", about.service)
    into.type(dataset, "dcat:DatasetSeries")
    into.say(dataset, "dcat:hasCurrentVersion", release)
    into.say(dataset, "dcat:hasVersion", release)
    into.say(dataset, "dcat:last", release)
    into.type(release, "dcat:Dataset")
    into.say(release, "dcat:inSeries", dataset)
    into.say(release, "dcat:isVersionOf", dataset)
    into.say(release, "dcat:version", plain(about.version))
    for subject in (dataset, release):
        into.say(subject, "dcat:keyword", *map(english, about.profile.keywords))
        into.say(subject, "dcat:landingPage", NamedNode(about.base.iri))
        into.say(subject, "dcterms:accessRights", _PUBLIC)
        _say_addresses(about, subject, into)
    into.type(about.service, "dcat:DataService")
    into.say(about.service, "dcterms:title", english("SPARQL endpoint"))
    into.say(about.service, "dcterms:conformsTo", _SPARQL_PROTOCOL)
    say_licenses(about, about.service, into)
    into.say(about.service, "dcterms:publisher", about.publisher)
    into.say(about.service, "dcat:endpointURL", about.endpoint)
    into.say(about.service, "dcat:endpointDescription", about.endpoint)
    into.say(about.service, "dcat:servesDataset", dataset, release)
    _describe_levels(about, into)
    for entry in about.mapping_sets:
        _describe_mapping_set(about, entry, into)
    of_sets = [file for entry in about.mapping_sets for file in about.mapping_set_files(entry)]
    others = (*about.curated_dumps(), *about.tables(), *about.exchanged(), *about.graph_dumps(), *of_sets)
    for distribution in (*about.dumps(), *others):
        _describe_distribution(about, distribution, into)
    into.say(release, "dcat:distribution", *(entry.part for entry in others))


def describe_ranges(_: DescribedRelease, into: Description) -> None:
    """Add the class of each value by which DCAT-AP 3 asks for it, so that the document can be checked without others.

    It adds to what the other functions have said, so it comes last.
    """
    for line in parse(b"".join(into.sorted_lines()), format=RdfFormat.N_TRIPLES):
        class_ = _RANGES.get(line.predicate.value)
        if class_ and isinstance(line.object, NamedNode):
            into.type(line.object, class_)


def describe_hcls(about: DescribedRelease, into: Description) -> None:
    """Add the HCLS description: the three levels, and the profile's figures (§6.6) at the distribution level."""
    _describe_publisher(about, into)
    _describe_levels(about, into)
    for dump in about.dumps():
        part = dump.part
        _describe_distribution(about, dump, into)
        into.type(part, "dctypes:Dataset", "void:Dataset")
        into.say(part, "dcterms:creator", about.publisher)
        into.say(part, "void:vocabulary", *map(NamedNode, vocabularies(about.statistics)))
        into.say(part, "void:exampleResource", *map(NamedNode, about.examples))
        into.say(part, "void:uriSpace", plain(about.base.iri))
        if not dump.compression:
            _say_hcls_figures(about, part, into)
    # The partitions are the same in every format; the one that holds the named graphs line by line stands for all.
    say_partitions(about.part("dump", N_QUADS.name), about, about.statistics, into)


def say_licenses(
    about: DescribedRelease, subject: NamedNode, into: Description, graphs: Iterable[str] | None = None
) -> None:
    """Add the licences of some named graphs, or of all; of several licences, that none holds for the whole."""
    licenses = about.licenses(graphs)
    into.say(subject, "dcterms:license", *licenses)
    if len(licenses) > 1:
        into.say(subject, "dcterms:rights", english(_SEVERAL_LICENSES))


def _describe_mapping_set(about: DescribedRelease, entry: MappingSet, into: Description) -> None:
    """Add which files a mapping set has; what it is, a curated one says in its own graph."""
    iri = NamedNode(entry.iri)
    for file in about.mapping_set_files(entry):
        into.say(file.part, "dcterms:isFormatOf", iri)
    if entry.graph.startswith(IMPORT_PREFIX):
        into.type(iri, "sssom:MappingSet")
        into.say(iri, "dcterms:title", english(entry.title))
        if entry.license:
            into.say(iri, "dcterms:license", NamedNode(entry.license))


def _describe_publisher(about: DescribedRelease, into: Description) -> None:
    into.type(about.publisher, "foaf:Organization")
    if about.profile.publisher:
        into.say(about.publisher, "foaf:name", plain(about.profile.publisher))
    into.say(about.publisher, "foaf:homepage", NamedNode(f"{about.base.iri}about"))


def _say_addresses(about: DescribedRelease, subject: NamedNode, into: Description) -> None:
    """Add the addresses that the publisher gives: whom readers write to, as a vCard (DCAT 3 §6.4.3), and the others."""
    for predicate, address in (
        (named("schema:codeRepository").value, about.profile.repository),
        (BUG_DATABASE, about.profile.issues),
    ):
        if address:
            into.say_iri(subject, predicate, NamedNode(address))
    if about.profile.contact:
        contact = NamedNode(f"{about.base.iri}about#contact")
        into.say(subject, "dcat:contactPoint", contact)
        into.say(contact, "rdf:type", NamedNode(f"{_VCARD}Kind"))
        into.say_iri(contact, f"{_VCARD}fn", plain(about.profile.publisher or about.profile.name))
        link = "hasEmail" if about.profile.contact.startswith("mailto:") else "hasURL"
        into.say_iri(contact, _VCARD + link, NamedNode(about.profile.contact))


def _describe_levels(about: DescribedRelease, into: Description) -> None:
    """Add the summary level and the version level (HCLS §5.1, §5.2)."""
    dataset, release = about.dataset, about.release
    into.type(dataset, "dctypes:Dataset")
    into.say(dataset, "rdfs:label", english(about.profile.title))
    into.say(dataset, "dcterms:title", english(about.profile.title))
    into.say(dataset, "pav:hasCurrentVersion", release)
    into.type(release, "dctypes:Dataset")
    into.say(release, "dcterms:title", english(f"{about.profile.title}, release {about.version}"))
    into.say(release, "dcterms:creator", about.publisher)
    into.say(release, "dcterms:isVersionOf", dataset)
    into.say(release, "dcterms:issued", day(about.date))
    into.say(release, "dcterms:identifier", plain(about.version))
    into.say(release, "dcterms:conformsTo", NamedNode(f"{about.base.iri}shapes"))
    into.say(release, "dcterms:language", _ENGLISH)
    into.say(release, "pav:version", plain(about.version))
    into.say(release, "rdfs:seeAlso", about.download("report.ttl"), about.download("manifest.json"))
    into.say(release, "dcat:distribution", *(dump.part for dump in about.dumps()))
    for subject in (dataset, release):
        if about.profile.description:
            into.say(subject, "dcterms:description", english(about.profile.description))
        into.say(subject, "dcterms:publisher", about.publisher)
        say_licenses(about, subject, into)
        into.say(subject, "foaf:page", NamedNode(about.base.iri))
        into.say(subject, "void:sparqlEndpoint", about.endpoint)


def _describe_distribution(about: DescribedRelease, distribution: Distribution, into: Description) -> None:
    part, name = distribution.part, distribution.name
    compression, format = distribution.compression, distribution.format
    packed = {"gz": ", gzip", "zst": ", zstd", None: ""}[compression]
    into.type(part, "dcat:Distribution")
    into.say(part, "dcterms:title", english(f"Release {about.version} as {distribution.label}{packed}"))
    into.say(part, "dcterms:description", english(f"{distribution.description}{packed}."))
    into.say(part, "dcterms:publisher", about.publisher)
    say_licenses(about, part, into, distribution.graphs)
    into.say(part, "dcterms:issued", day(about.date))
    if format.name in _FILE_TYPES:
        into.say(part, "dcterms:format", NamedNode(f"{_AUTHORITY}file-type/{_FILE_TYPES[format.name]}"))
    into.say(part, "dcterms:conformsTo", NamedNode(format.specification))
    into.say(part, "dcat:mediaType", NamedNode(MEDIA_TYPES + format.media_type))
    into.say(part, "dcat:accessURL", NamedNode(f"{about.base.iri}downloads"))
    into.say(part, "dcat:downloadURL", about.download(name))
    if compression:
        into.say(part, "dcat:compressFormat", NamedNode(MEDIA_TYPES + COMPRESSIONS[compression]))
    if file := about.files.get(name):
        checksum = about.checksum(distribution)
        into.say(part, "dcat:byteSize", typed(str(file.size), "xsd:nonNegativeInteger"))
        into.say(part, "spdx:checksum", checksum)
        into.type(checksum, "spdx:Checksum")
        into.say(checksum, "spdx:algorithm", _SHA256)
        into.say(checksum, "spdx:checksumValue", typed(file.sha256, "xsd:hexBinary"))


def _say_hcls_figures(about: DescribedRelease, part: NamedNode, into: Description) -> None:
    """Add the core figures of HCLS §6.6.1."""
    figures = about.statistics.whole
    into.say(part, "void:triples", number(about.triples))
    into.say(part, "void:entities", number(figures.entities))
    into.say(part, "void:distinctSubjects", number(figures.subjects))
    into.say(part, "void:properties", number(figures.properties))
    into.say(part, "void:distinctObjects", number(figures.objects))
    counted = {
        "rdfs:Class": figures.classes,
        "rdfs:Literal": figures.literals,
        "sd:Graph": len(about.graphs),
    }
    for curie, amount in counted.items():
        partition = about.part("distinct", curie.replace(":", "-"))
        into.say(part, "void:classPartition", partition)
        into.type(partition, "void:Dataset")
        into.say(partition, "void:class", named(curie))
        into.say(partition, "void:distinctSubjects", number(amount))
