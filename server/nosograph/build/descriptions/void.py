"""Describes a release in VoID (https://www.w3.org/TR/void/): what it holds, counted, and where to get it."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from pyoxigraph import NamedNode

from nosograph.build.descriptions.described import DescribedRelease, Description, day, english, number, plain, typed
from nosograph.build.statistics import Figures, Statistics
from nosograph.rdf.formats import RDF_FORMATS
from nosograph.rdf.names import CODE_SYSTEMS, NOSO, STANDARD_PREFIXES, last_segment
from nosograph.release.manifest import GraphTerms

_VOID_EXT: Final = "http://ldf.fi/void-ext#"
"""No prefix of the project abbreviates it: documents would declare it and hardly use it."""


def describe_void(about: DescribedRelease, into: Description) -> None:
    """Add the VoID description of the release: the whole, its graphs, classes, properties and links."""
    release = about.release
    into.type(release, "void:Dataset", "noso:Release")
    into.say(release, "rdfs:label", english(f"Release {about.version}"))
    into.say(release, "void:uriSpace", plain(about.base.iri))
    into.say(release, "void:sparqlEndpoint", about.endpoint)
    into.say(release, "void:exampleResource", *map(NamedNode, about.examples))
    into.say(release, "void:dataDump", *(about.download(dump.name) for dump in about.dumps()))
    into.say(release, "void:feature", *(NamedNode(form.feature) for form in RDF_FORMATS))
    into.say(release, "foaf:homepage", NamedNode(about.base.iri))
    into.say(release, "void:vocabulary", *map(NamedNode, vocabularies(about.statistics)))
    _say_figures(release, replace(about.statistics.whole, triples=about.triples), into)
    say_partitions(release, about, about.statistics, into)
    for name, figures in about.graphs.items():
        _describe_graph(about, name, figures, into)
    _describe_links(about, into)


def describe_void_document(about: DescribedRelease, into: Description) -> None:
    """Add what ``/.well-known/void`` is: a description whose topic is this release (VoID §6.1)."""
    document = NamedNode(f"{about.base.iri}.well-known/void")
    into.type(document, "void:DatasetDescription")
    into.say(document, "dcterms:title", english("What this data set holds and where to get it"))
    into.say(document, "foaf:primaryTopic", about.release)
    into.say(document, "foaf:topic", about.release, about.dataset)
    into.say(document, "dcterms:modified", day(about.date))
    into.say(about.dataset, "dcterms:title", english(about.profile.title))
    if about.profile.description:
        into.say(about.dataset, "dcterms:description", english(about.profile.description))
    into.say(about.dataset, "dcterms:license", *about.licenses())
    into.say(about.dataset, "dcat:hasCurrentVersion", about.release)
    release = about.release
    into.say(release, "dcterms:title", english(f"{about.profile.title}, release {about.version}"))
    into.say(release, "dcterms:license", *about.licenses())
    into.say(release, "dcterms:issued", day(about.date))
    for dump in about.dumps():
        if dump.name in about.files:
            into.say(release, "dcat:distribution", dump.part)
            into.say(dump.part, "dcat:downloadURL", about.download(dump.name))
            into.say(dump.part, "dcat:byteSize", typed(str(about.files[dump.name].size), "xsd:nonNegativeInteger"))


def say_partitions(whole: NamedNode, about: DescribedRelease, statistics: Statistics, into: Description) -> None:
    """Add to ``whole`` the release's partitions by class and by property, and how large each is."""
    for iri, entities in statistics.classes.items():
        partition = about.partition("class", iri)
        into.say(whole, "void:classPartition", partition)
        into.type(partition, "void:Dataset")
        into.say(partition, "void:class", NamedNode(iri))
        into.say(partition, "void:entities", number(entities))
    for iri, use in statistics.properties.items():
        partition = about.partition("property", iri)
        into.say(whole, "void:propertyPartition", partition)
        into.type(partition, "void:Dataset")
        into.say(partition, "void:property", NamedNode(iri))
        into.say(partition, "void:triples", number(use.triples))
        into.say(partition, "void:distinctSubjects", number(use.subjects))
        into.say(partition, "void:distinctObjects", number(use.objects))


def describe_class_properties(about: DescribedRelease, into: Description) -> None:
    """Add to each class partition its partitions by property, from which query editors complete what is typed.

    Each has parts by the classes and by the datatypes of its objects. They are many, so they are short, and not in the
    service description, which many clients fetch before each query.
    """
    for class_iri, properties in about.statistics.class_properties.items():
        for property_iri, use in properties.items():
            partition = about.property_partition(class_iri, property_iri)
            into.say(about.partition("class", class_iri), "void:propertyPartition", partition)
            into.say(partition, "void:property", NamedNode(property_iri))
            into.say(partition, "void:triples", number(use.triples))
            for iri, triples in use.classes.items():
                part = about.object_partition(class_iri, property_iri, "class", iri)
                into.say(partition, "void:classPartition", part)
                into.say(part, "void:class", NamedNode(iri))
                into.say(part, "void:triples", number(triples))
            for iri, triples in use.datatypes.items():
                part = about.object_partition(class_iri, property_iri, "datatype", iri)
                into.say_iri(partition, f"{_VOID_EXT}datatypePartition", part)
                into.say_iri(part, f"{_VOID_EXT}datatype", NamedNode(iri))
                into.say(part, "void:triples", number(triples))


def vocabularies(statistics: Statistics) -> list[str]:
    """Return the namespaces of the vocabularies whose classes or properties the data use."""
    used = [*statistics.properties, *statistics.classes]
    return sorted(start for start in STANDARD_PREFIXES.values() if any(iri.startswith(start) for iri in used))


def _say_figures(subject: NamedNode, figures: Figures, into: Description) -> None:
    into.say(subject, "void:triples", number(figures.triples))
    into.say(subject, "void:entities", number(figures.entities))
    into.say(subject, "void:distinctSubjects", number(figures.subjects))
    into.say(subject, "void:distinctObjects", number(figures.objects))
    into.say(subject, "void:properties", number(figures.properties))
    into.say(subject, "void:classes", number(figures.classes))


def _describe_graph(about: DescribedRelease, name: str, figures: Figures, into: Description) -> None:
    subset = about.part("graph", name)
    into.say(about.release, "void:subset", subset)
    into.type(subset, "void:Dataset", "sd:Graph")
    terms = about.terms.get(name, GraphTerms())
    into.say(subset, "dcterms:title", english(about.graph_title(name)))
    into.say(subset, "foaf:topic", NamedNode(about.base.graph(name)))
    into.say(subset, "dcterms:license", *about.licenses([name]))
    publisher = about.publisher
    if terms.publisher not in ("", about.profile.publisher):
        publisher = about.part("publisher", name)
        into.type(publisher, "foaf:Organization")
        into.say(publisher, "foaf:name", plain(terms.publisher))
    into.say(subset, "dcterms:publisher", publisher)
    if terms.version:
        into.say(subset, "dcat:version", plain(terms.version))
    files = (file for file in about.graph_dumps() if file.graphs == (name,))
    into.say(subset, "void:dataDump", *(about.download(file.name) for file in files))
    _say_figures(subset, figures, into)


def _describe_links(about: DescribedRelease, into: Description) -> None:
    """Add a linkset for each code system and predicate (VoID §5: a linkset has one kind of link)."""
    for (system, predicate), triples in about.statistics.links.items():
        kind = last_segment(predicate)
        linkset, target = about.part("links", f"{system}-{kind}"), about.part("codes", system)
        into.say(about.release, "void:subset", linkset)
        into.type(linkset, "void:Linkset")
        into.say(linkset, "dcterms:title", english(f"Links to {system} ({kind})"))
        into.say(linkset, "void:linkPredicate", NamedNode(predicate))
        into.say(linkset, "void:subjectsTarget", about.release)
        into.say(linkset, "void:objectsTarget", target)
        into.say(linkset, "void:triples", number(triples))
        into.type(target, "void:Dataset")
        into.say(target, "dcterms:title", english(f"The codes of {system}"))
        into.say(target, "void:uriSpace", plain(CODE_SYSTEMS[system]))


def describe_prefixes(about: DescribedRelease, into: Description) -> None:
    """Add every prefix with ``sh:declare`` (SHACL §5.2.1), so that query editors know them."""
    prefixes = about.base.prefixes()
    for prefix, iri in prefixes.items():
        declaration = NamedNode(f"{about.dataset.value}#prefix-{prefix}")
        into.type(declaration, "sh:PrefixDeclaration")
        into.say(declaration, "sh:prefix", plain(prefix))
        into.say(declaration, "sh:namespace", typed(iri, "xsd:anyURI"))
        into.say(about.dataset, "sh:declare", declaration)
        if prefix in ("noso", "noso-shapes"):
            into.say(NamedNode(str(NOSO)[:-1]), "sh:declare", declaration)
