"""A vocabulary of another field, diseases of plants, is published by the same software without a change of code."""

from __future__ import annotations

import json
import re
from pathlib import Path
from urllib.parse import quote, urlencode

import pytest
from live import Reply, Server
from plant_site import BASE, words
from pyld import jsonld
from pyoxigraph import Literal, RdfFormat, parse
from rdflib import FOAF, RDF, RDFS, Graph, Namespace, URIRef

from nosograph.assets import EVIDENCE_MODEL, Assets
from nosograph.curation.columns import FACTS, columns_of
from nosograph.curation.curating import CurationPlan, curate
from nosograph.curation.exporting import export_tables
from nosograph.curation.table_writing import write_tables
from nosograph.curation.tables import read_tables
from nosograph.curation.terms import read_terms
from nosograph.curation.texts import read_texts
from nosograph.facts.knowledge import KnowledgeGraph
from nosograph.facts.loading import load_knowledge
from nosograph.rdf.names import NOSO, Base
from nosograph.release.opening import Release, open_release
from nosograph.validation.report import Report
from vocabularies import VOCABULARY

PLANT = Namespace("https://plants.example/ontology#")


def page(server: Server, path: str) -> Reply:
    """Return a page as a browser gets it."""
    reply = server.get(path, Accept="text/html")
    assert reply.status == 200, reply.text
    return reply


def select(server: Server, query: str) -> list[dict[str, str]]:
    """Return the rows of a query, IRIs below the base without it."""
    reply = server.get(f"/sparql?{urlencode({'query': query})}", Accept="application/sparql-results+json")
    assert reply.status == 200, reply.text
    bindings = reply.json["results"]["bindings"]
    return [{name: term["value"].removeprefix(BASE) for name, term in binding.items()} for binding in bindings]


def test_folder_is_small_and_real(plants: Assets, plant_knowledge: KnowledgeGraph) -> None:
    """It has a hierarchy, a dispute and more than twenty facts from two sources, and nothing of the evidence model."""
    facts = plant_knowledge.graphs["facts"]

    assert not (plants.root / EVIDENCE_MODEL).exists()
    assert len(set(facts.subjects(RDF.type, NOSO.Fact))) > 20
    assert len(set(facts.objects(None, NOSO.source))) == 2
    assert len(set(facts.objects(None, NOSO.status))) == 4
    assert len(list(plant_knowledge.graphs["conditions"].subject_objects(PLANT.kindOf))) == 3


def test_it_shares_no_class_and_no_predicate_with_the_project(plant_knowledge: KnowledgeGraph) -> None:
    """Beside those of the evidence model, its classes and predicates are its own."""
    vocabulary = plant_knowledge.vocabulary
    shared = {entry.kind for entry in vocabulary.classes} & set(VOCABULARY.kinds)

    assert shared == {"agent", "alignment", "fact", "mapping", "release", "source"}
    assert {str(NOSO.listsReference), str(NOSO.title)} == set(vocabulary.predicates) & set(VOCABULARY.predicates)
    assert vocabulary.focus is not None and vocabulary.focus.kind == "disease"
    assert vocabulary.ontology == "https://plants.example/ontology"


def test_it_conforms_to_the_rules_of_the_evidence_model_and_to_its_own(plant_report: Report) -> None:
    """The rules of the evidence model come with the software; none of them needs a class of the project."""
    assert plant_report.conforms and plant_report.results == ()
    assert plant_report.shapes > 60


def test_rules_of_the_evidence_model_hold_for_its_classes(plant_knowledge: KnowledgeGraph) -> None:
    """A rule for every entity finds a disease without a label, a sign that nothing mentions, a value that dangles."""
    shapes = plant_knowledge.graphs["shapes"]
    targets = set(shapes.objects(None, URIRef("http://www.w3.org/ns/shacl#targetClass")))
    ontology = plant_knowledge.graphs["ontology"]

    assert NOSO.Entity in targets and PLANT.Disease in targets
    for entry in plant_knowledge.vocabulary.classes:
        if entry.kind not in ("alignment", "fact", "mapping", "release"):
            assert NOSO.Entity in set(ontology.transitive_objects(URIRef(entry.iri), RDFS.subClassOf)), entry


def test_registry_lists_its_own_names_alone(plant_knowledge: KnowledgeGraph) -> None:
    """Terms of the evidence model are the software's to keep, not the publisher's."""
    prefixes = {name.partition(":")[0] for name in plant_knowledge.names}

    assert {"disease", "crop", "sign", "plant", "fact", "source"} <= prefixes
    assert "noso" not in prefixes


def test_its_facts_become_a_table_and_the_table_its_facts(plants: Assets, tmp_path: Path) -> None:
    """A table has the columns of the vocabulary, and going through it, quotations and all, changes nothing."""
    knowledge = load_knowledge(plants, Base())
    columns = columns_of(read_terms(knowledge))
    texts = plants.root / "texts"
    rows = export_tables(knowledge, plants.data, read_texts(texts), "rust")
    write_tables(tmp_path / "rust.xlsx", columns, rows, {}, knowledge.modified)

    plan = CurationPlan(family="rust", data=plants.data, texts=texts, dry=True)
    report = curate(knowledge, read_tables(tmp_path / "rust.xlsx", columns), plan)

    assert report.problems == ()
    assert report.files == {"facts/rust.ttl": "unchanged"}
    assert {"aim", "how often"} <= {column.heading for column in columns.tables[FACTS]}
    assert report.kept == report.rows >= 20


def test_release_knows_its_vocabulary(plant_release: Release) -> None:
    """Kinds, counts and prefixes come from the release; opening it needs nothing of the folder."""
    opened = open_release(plant_release.folder, deep=True)

    assert opened.vocabulary.kinds[:3] == ("disease", "crop", "part")
    assert opened.manifest.counts.kinds["disease"] == 4
    assert opened.base.prefixes()["plant"] == str(PLANT)
    assert opened.base.prefixes()["disease"] == f"{BASE}disease/"
    assert "condition" not in opened.base.prefixes()


def test_front_page_speaks_of_its_field(plant_server: Server) -> None:
    """Heading, navigation, search hint and notice are those of the vocabulary, and nothing speaks of medicine."""
    text = page(plant_server, "/").text

    assert "Facts about diseases of plants, each with its evidence" in text
    assert '<a href="./disease/"' in text and "A disease, a crop or a sign" in text
    assert "Ask a grower who knows the field." in text
    assert not re.search(r"medical|[Cc]ondition|symptom", words(text))


@pytest.mark.parametrize(
    "path",
    [
        "/about",
        "/disease/",
        "/disease/leaf-rust.html",
        "/disease/rust.html",
        "/downloads",
        "/nothing/x",
        "/ontology.html",
        "/opensearch.xml",
        "/query",
        "/compare",
        "/compare/disease?first=leaf-rust&second=stem-rust",
        "/concept/plant:groupOfDiseases",
        "/hierarchy",
        "/hierarchy/disease/rust",
        "/questions",
        "/search?q=rust",
        "/sign/weak-stem.html",
        "/sparql",
    ],
)
def test_no_page_speaks_of_conditions(plant_server: Server, path: str) -> None:
    """The words of the project's own vocabulary stand in its ontology alone."""
    text = re.sub(r"graphs?/conditions\b", "", plant_server.get(path, Accept="text/html").text)  # named by the model

    assert not re.search(r"\b([Cc]ondition|[Ss]ymptom|[Tt]reatment|[Mm]edical|[Ff]inding|MedDRA)", words(text))
    assert not re.search(r'(content|title|Description)[=>]"?[^"<]*([Cc]ondition|[Ff]inding|Nosograph)', text)


@pytest.mark.parametrize("name", ["void.ttl", "dcat.ttl", "hcls.ttl", "service.ttl"])
def test_no_description_speaks_of_conditions(plant_release: Release, name: str) -> None:
    """What a release says of itself is worded by its vocabulary."""
    texts = [
        quad.object.value
        for quad in parse(path=plant_release.folder / name, format=RdfFormat.TURTLE)
        if isinstance(quad.object, Literal)
    ]

    assert texts
    assert [text for text in texts if re.search(r"(?i)\b(condition|symptom|treatment|medical|finding)", text)] == []


def test_every_kind_has_its_routes_and_no_other_has(plant_server: Server) -> None:
    """A list for each kind, a redirect and documents for each resource; kinds of the project are unknown here."""
    for kind, name in (
        ("disease", "rust"),
        ("crop", "rye"),
        ("part", "leaf"),
        ("sign", "spores"),
        ("practice", "fungicide"),
    ):
        assert page(plant_server, f"/{kind}/").status == 200
        assert plant_server.get(f"/{kind}/{name}", Accept="text/turtle").status == 303
        assert plant_server.get(f"/{kind}/{name}.nt").status == 200
    for path in ("/condition/", "/condition/rust", "/finding/spores.ttl"):
        assert plant_server.get(path).status == 404


def test_page_has_the_sections_and_headings_of_its_vocabulary(plant_server: Server) -> None:
    """Sections in their order with their anchors, facts under their headings, grouped by the aim of a practice."""
    text = page(plant_server, "/disease/rust.html").text
    anchors = re.findall(r'<section id="([\w-]+)"', text)

    assert anchors[:6] == ["summary", "disagreement", "in-the-field", "kinds", "farming", "further"]
    for heading in ("Crops", "Pathogens", "Parts", "Signs", "What follows from what", "Preventing", "Aim not said"):
        assert heading in words(text)
    assert "that sources share, with a different certainty or frequency" in words(text)


def test_page_begins_with_the_lines_of_its_vocabulary(plant_server: Server) -> None:
    """The summary has the labels, the plain-words answers the questions, that the vocabulary gives to its roles."""
    text = page(plant_server, "/disease/rust.html").text
    labels = re.findall(r"<dt>([^<]+)</dt>", text.partition('<section id="summary"')[2].partition("</section>")[0])
    asked = text.partition('<section id="questions"')[2].partition("</section>")[0]

    assert labels[:4] == ["Signs", "Pathogens", "What is done", "Loss"]
    assert "How is it seen?" in asked and "What do growers do about it?" in asked
    assert "rust is caused by fungus [1]" in " ".join(words(asked).split())


def test_page_tells_what_does_not_carry_over(plant_server: Server) -> None:
    """Leaf rust is limited to leaves, lacks weak stems and has a loss of its own: its page says what it leaves out."""
    text = page(plant_server, "/disease/leaf-rust.html").text
    withheld = words(text.partition("not carry over")[2].partition("</details>")[0])

    assert "rust harms stem" in withheld and "rust shows as weak stem" in withheld
    assert "orange pustules" not in withheld


def test_page_of_an_object_has_the_inverse_headings(plant_server: Server) -> None:
    """A crop's page tells what it falls ill with."""
    assert "What it falls ill with" in page(plant_server, "/crop/wheat.html").text


def test_drawing_has_the_columns_of_its_vocabulary(plant_server: Server) -> None:
    """Bands from left to right, boxes by role, arrows for kinds and causal steps."""
    text = page(plant_server, "/disease/rust.html").text

    assert re.findall(r'<text class="band"[^>]*>([^<]+)</text>', text) == ["Diseases", "Pathogens", "On the plant"]
    assert "orange pustules brings about spores" in words(text)


def test_any_resource_of_its_vocabulary_has_a_drawing(plant_server: Server) -> None:
    """The neighbours of a crop stand in the columns of the vocabulary, and theirs can be added."""
    alone = page(plant_server, "/crop/wheat/drawing").text
    more = page(plant_server, "/crop/wheat/drawing?with=disease/leaf-rust").text

    assert "Diseases" in re.findall(r'<text class="band"[^>]*>([^<]+)</text>', alone)
    assert more.count('class="node') > alone.count('class="node')
    assert "shown with its neighbours" in words(more)


def test_readers_reach_the_publisher_and_report_a_statement(plant_server: Server) -> None:
    """Contact, repository and tracker are those of the data; the page of a fact has its report filled in."""
    about = page(plant_server, "/about").text
    listed = page(plant_server, "/fact/").text
    address = re.findall(r'href="\.\.(/fact/[0-9a-f]{16}\.html)"', listed)[0]
    links = re.findall(r'<a href="([^"]+)" rel="nofollow">Report', page(plant_server, address).text)

    for expected in ("mailto:growers@plants.example", "https://code.plants.example/rusts"):
        assert f'href="{expected}"' in about
    iri = quote(BASE + address.removeprefix("/").removesuffix(".html"), safe="")
    assert [link.partition("?")[0] for link in links] == [
        "https://code.plants.example/rusts/issues/new",
        "mailto:growers@plants.example",
    ]
    assert all(iri in link for link in links)


def test_front_page_tells_what_is_covered(plant_server: Server) -> None:
    """Curated and imported apart, and the documents that were read, in the words of the vocabulary."""
    text = words(page(plant_server, "/").text)

    assert "Curated 4 diseases and 27 facts" in text
    assert "Imported nothing" in text
    assert "Documents read 2 documents" in text


def test_leaf_rust_inherits_what_its_own_facts_leave(plant_server: Server) -> None:
    """It is limited to leaves, has no weak stems and a loss of its own: the rule reads the vocabulary."""
    rows = select(
        plant_server,
        "PREFIX noso: <https://w3id.org/nosograph/ontology#>"
        " PREFIX rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#>"
        f" SELECT ?p ?o {{ <{BASE}disease/leaf-rust> noso:inherits [ rdf:predicate ?p ; rdf:object ?o ] }}",
    )

    found = {(row["p"].removeprefix("ontology#"), row["o"].rpartition("/")[2]) for row in rows}
    assert {("attacks", "cereals"), ("causedBy", "fungus"), ("showsAs", "orange-pustules")} <= found
    assert not {("harms", "stem"), ("showsAs", "weak-stem")} & found
    assert not {"breadth", "hasKind", "loss"} & {name for name, _ in found}


def test_search_finds_by_name_and_puts_the_focus_first(plant_server: Server) -> None:
    """Labels and synonyms of its resources and labels of its terms, with its kinds."""
    found = plant_server.get("/search.json?q=rust").json
    kinds = {hit["kind"] for hit in plant_server.get("/search.json?q=harms+only").json["results"]}

    assert found["results"][0]["iri"] == f"{BASE}disease/rust"
    assert dict(found["kinds"])["disease"] == 4
    assert kinds == {"term"}
    assert plant_server.get("/search.json?q=rust&kind=condition").status == 400


@pytest.mark.parametrize(
    ("query", "name", "anchor"),
    [
        ("treatment for rust", "rust", "farming"),
        ("what farmers do about rusts", "rust", "farming"),
        ("signs of rust", "rust", "in-the-field"),
        ("cause of rust", "rust", "in-the-field"),
        ("kinds of rust", "rust", "kinds"),
    ],
)
def test_search_leads_to_sections_by_roles(plant_server: Server, query: str, name: str, anchor: str) -> None:
    """Words for roles lead to the sections that its vocabulary gives to predicates with these roles."""
    topic = plant_server.get(f"/search.json?{urlencode({'q': query})}").json["topic"]

    assert topic["page"] == f"disease/{name}.html#{anchor}"
    assert f'id="{anchor}"' in page(plant_server, f"/disease/{name}.html").text


def test_an_address_that_is_not_there_suggests_its_resources(plant_server: Server) -> None:
    """The error page searches its names for what the address says."""
    text = plant_server.get("/disease/leaf-rusts", Accept="text/html").text

    assert 'href="../disease/leaf-rust.html"' in text.partition('id="suggestions"')[2]


def test_vocabulary_page_documents_both_ontologies(plant_server: Server) -> None:
    """Its terms and those of the evidence model, each with an anchor, and the address of its ontology leads there."""
    text = page(plant_server, "/ontology.html").text

    assert 'id="causedBy"' in text and 'id="evidence"' in text and 'id="hasSymptom"' not in text
    assert "plant:causedBy" in text
    graph = Graph().parse(data=plant_server.get("/ontology.ttl").text, format="turtle")
    assert (PLANT.causedBy, RDF.type, NOSO.FactPredicate) in graph


def test_published_questions_are_answered(plant_server: Server, plant_knowledge: KnowledgeGraph) -> None:
    """Each of its questions is listed, and has a page with its rows."""
    text = page(plant_server, "/questions").text.replace("&#39;", "'")

    for question in plant_knowledge.questions:
        assert question.title in text
        assert f'href="./questions/{question.name}"' in text
        answered = page(plant_server, f"/questions/{question.name}").text
        assert answered.count("<tr>") - 1 == len(select(plant_server, question.query)) > 0
    disputed = plant_knowledge.questions[2].query
    assert [row["practice"] for row in select(plant_server, disputed)] == ["practice/crop-rotation"]


def test_a_question_is_asked_about_another_resource(plant_server: Server) -> None:
    """The field has the names of its kind, and the answer is about the one that was chosen."""
    published = page(plant_server, "/questions/02-stated-or-inherited").text
    chosen = page(plant_server, "/questions/02-stated-or-inherited?disease=stem+rust").text

    assert '<option value="stem rust">' in published and 'value="leaf rust"' in published
    assert "disease/stem-rust&gt;" in chosen
    assert chosen.partition('id="answer"')[2] != published.partition('id="answer"')[2]


def test_the_ways_through_the_graph_are_worded_by_the_vocabulary(plant_server: Server) -> None:
    """Hierarchy, comparison and concepts are of its kinds, in its phrases."""
    tree = words(page(plant_server, "/hierarchy").text)
    pair = page(plant_server, "/compare/disease?first=leaf-rust&second=stem-rust").text
    concept = words(page(plant_server, "/concept/plant:groupOfDiseases").text)

    assert "Diseases" in tree and "rust" in tree and re.search(r"\d narrower", tree)
    assert "leaf rust" in pair and "stem rust" in pair and "First disease" in pair
    assert "What is a group of diseases" in concept and "rust" in concept


def test_editor_completes_and_corrects_its_terms(plant_server: Server) -> None:
    """Prefixes, kinds and terms for completion are those of the release, and so are the nearest ones."""
    found = plant_server.get("/query/vocabulary.json").json
    headers = {"Content-Type": "application/sparql-query"}
    query = b"SELECT * { ?s plant:atacks crop:wheet }"
    checked = plant_server.request("POST", "/query/check.json", headers, query).json

    assert {f"{PLANT}attacks", f"{PLANT}Disease"} <= {term["iri"] for term in found["terms"]}
    assert found["prefixes"]["plant"] == str(PLANT) and "crop" in found["kinds"]
    nearest = [name["nearest"][0]["text"] for name in checked["names"] if name["nearest"]]
    assert nearest == ["plant:attacks", "crop:wheat"]


def test_documents_abbreviate_with_its_prefixes(plant_server: Server) -> None:
    """Turtle declares the prefix of the field, and has the same triples as the N-Triples."""
    turtle = plant_server.get("/disease/stem-rust.ttl").text
    plain = plant_server.get("/disease/stem-rust.nt").text

    assert "@prefix plant: <https://plants.example/ontology#>" in turtle and "plant:attacks crop:wheat" in turtle
    graphs = [Graph().parse(data=turtle, format="turtle"), Graph().parse(data=plain, format="nt")]
    for graph in graphs:
        graph.remove((graph.value(None, FOAF.primaryTopic), None, None))
    assert set(graphs[0]) == set(graphs[1])


def test_context_is_made_of_the_vocabulary(plant_server: Server, plant_release: Release) -> None:
    """JSON-LD has names for its properties, and an independent processor reads the same triples from it."""
    context = json.loads(plant_release.context.read_text(encoding="utf-8"))["@context"]
    document = plant_server.get("/disease/stem-rust.jsonld").json
    plain = plant_server.get("/disease/stem-rust.nt").text

    assert context["attacks"] == {"@id": "plant:attacks", "@type": "@id"}
    assert context["textLength"] == {"@id": "noso:textLength", "@type": "xsd:integer"}
    read = parse(jsonld.to_rdf(document, {"format": "application/n-quads"}), format=RdfFormat.N_QUADS)
    said = [quad.triple for quad in read], [quad.triple for quad in parse(plain, format=RdfFormat.N_TRIPLES)]
    jsonld_said, plainly_said = (
        {triple for triple in triples if "stem-rust." not in triple.subject.value} for triples in said
    )
    assert jsonld_said == plainly_said


def test_a_release_quotes_passages_where_the_licence_of_the_source_allows_it(
    plant_release: Release, plant_server: Server
) -> None:
    """One source may be quoted, the other gives no licence: its passages stay positions and digests."""
    exact = "http://www.w3.org/ns/oa#exact"
    quoted = {
        quad.subject.value: quad.object.value
        for quad in parse(path=str(plant_release.dump("nq")), format=RdfFormat.N_QUADS)
        if quad.predicate.value == exact
    }
    text = (Path(__file__).parent / "plants" / "texts" / "farm-leaflet.txt").read_text(encoding="utf-8")
    report = json.loads(plant_release.read("report.json"))

    assert {iri.split("/")[-3] for iri in quoted} == {"farm-leaflet"}
    assert all(words in text for words in quoted.values())
    assert report["citations"]["quoted"] == len(quoted) > 5
    assert next(iter(quoted.values()))[:20] in page(plant_server, "/source/farm-leaflet.html").text
    assert "<q>" not in page(plant_server, "/source/field-note.html").text


def test_names_are_reconciled_and_the_interface_is_described(plant_server: Server) -> None:
    """Types, properties and examples are those of the vocabulary; addresses below its base lead on."""
    manifest = plant_server.get("/reconcile").json
    disease = manifest["defaultTypes"][0]
    label = select(plant_server, f"SELECT ?label {{ ?it a <{PLANT.Disease}> ; skos:prefLabel ?label }} LIMIT 1")[0]
    queries = json.dumps({"q": {"query": label["label"].upper(), "type": disease["id"]}})
    found = plant_server.get(f"/reconcile?queries={quote(queries)}").json["q"]["result"]
    described = plant_server.get("/openapi.json").json
    kind = next(
        entry for entry in described["paths"]["/{kind}/{name}/codes"]["get"]["parameters"] if entry["name"] == "kind"
    )

    assert manifest["identifierSpace"] == BASE
    assert manifest["schemaSpace"] == str(PLANT).removesuffix("#")
    assert (found[0]["name"], found[0]["match"]) == (label["label"], True)
    assert "condition" not in kind["schema"]["enum"]
    assert kind["example"] in kind["schema"]["enum"]
    assert plant_server.get(f"/xref/{BASE}{found[0]['id']}")["Location"].endswith(found[0]["id"])
    assert plant_server.get(f"/{found[0]['id']}/codes").json["codes"] == []
