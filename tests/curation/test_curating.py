"""A table becomes facts; a row that is wrong is told by its row and column, and nothing that was there is lost."""

from __future__ import annotations

import hashlib

import pytest
from desk import Desk

from nosograph.curation.columns import RESOURCES, SOURCES
from nosograph.errors import InputError
from nosograph.facts.derivation import REVIEWED_BY, REVIEWED_ON
from nosograph.facts.loading import load_knowledge
from nosograph.rdf.names import NOSO, Base

ROW = {
    "subject": "invented-fever",
    "predicate": "hasSymptom",
    "object": "warm-hands",
    "source": "leaflet",
    "quotation": "It makes hands warm",
    "stance": "supports",
    "certainty": "stated",
}
SOURCE = {"name": "flyer", "label": "Flyer", "definition": "An invented flyer.", "file": "flyer.txt"}
RESOURCE = {"name": "chills", "class": "Finding", "label": "chills", "definition": "Shivers of an invented fever."}


def test_table_becomes_facts(desk: Desk) -> None:
    """Position, digest, names and Turtle follow from a row; the next loading finds the fact with its evidence."""
    desk.write([ROW])

    report = desk.curate()

    assert (report.rows, report.kept, report.facts, report.holds) == (1, 1, 1, True)
    assert report.files == {"facts/chills.ttl": "written"}
    knowledge = load_knowledge(desk.assets, Base())
    facts, sources = knowledge.graphs["facts"], knowledge.graphs["sources"]
    [evidence] = [
        node
        for node in facts.objects(None, NOSO.evidence)
        if str(knowledge.locations[node]).startswith("data/facts/chills.ttl")
    ]
    passage = facts.value(evidence, NOSO.passage)
    digest = hashlib.sha256(b"It makes hands warm").hexdigest()
    assert str(sources.value(passage, NOSO.passageDigest)) == digest


def test_a_review_is_two_cells_of_the_row(desk: Desk) -> None:
    """Reviewer and day become statements of the evidence, which keeps its name."""
    desk.write([ROW])
    desk.curate()
    before = {str(iri) for iri in load_knowledge(desk.assets, Base()).locations}

    desk.write([ROW | {"reviewed by": "noso:contributors", "reviewed on": "2026-01-02"}])
    report = desk.curate(replace=True)

    knowledge = load_knowledge(desk.assets, Base())
    assert report.files == {"facts/chills.ttl": "written"}
    assert {str(iri) for iri in knowledge.locations} == before
    assert [str(day) for day in knowledge.graphs["facts"].objects(None, REVIEWED_ON)] == ["2026-01-02"]
    assert set(knowledge.graphs["facts"].objects(None, REVIEWED_BY)) == {NOSO.contributors}


def test_rows_of_one_proposition_are_one_fact(desk: Desk) -> None:
    """Two passages for one proposition make one fact with two pieces of evidence, in whatever order the rows stand."""
    rows = [ROW | {"quotation": "makes hands warm"}, ROW, ROW | {"object": "warm-feet", "quotation": "makes feet warm"}]
    desk.write(rows)
    desk.curate()
    first = desk.file("facts/chills.ttl")

    desk.write(rows[::-1])
    report = desk.curate(replace=True)

    assert (report.rows, report.facts) == (3, 2)
    assert first.count("a noso:Fact") == 2
    assert report.files == {"facts/chills.ttl": "unchanged"}
    assert desk.file("facts/chills.ttl") == first


def test_words_that_differ_are_shown_as_they_stand(desk: Desk) -> None:
    """What was found is told where it is not what was quoted."""
    desk.write([ROW | {"quotation": "the INVENTED fever is rare - naïve  readers"}])

    report = desk.curate()

    [remark] = report.remarks
    assert report.holds
    assert "“The invented fever is rare — naïve readers”" in str(remark)
    assert (remark.row, remark.column) == (2, "quotation")


WRONG_CELLS: list[tuple[dict[str, str], str, str]] = [
    ({"quotation": "It makes"}, "quotation", "stands 2 times"),
    ({"quotation": "It makes"}, "quotation", "or write its number in the column occurrence: 1 at 57: “"),
    ({"quotation": "It makes", "occurrence": "3"}, "occurrence", "Write a number from 1 to 2"),
    ({"quotation": "It makes", "occurrence": "first"}, "occurrence", "Write a number from 1 to 2"),
    ({"quotation": "It made feet worm"}, "quotation", "nearest passage is at 78-96: “It makes feet warm”"),
    ({"quotation": "xyzzy"}, "quotation", "Copy the words from the text"),
    ({"quotation": ""}, "quotation", "The cell is empty"),
    ({"predicate": "hasSymptoms"}, "predicate", "Did you mean hasSymptom?"),
    ({"predicate": "shows itself"}, "predicate", "is no predicate of facts"),
    ({"subject": "invented fevr"}, "subject", "Did you mean condition:invented-fever?"),
    ({"subject": "warm-hands"}, "subject", "finding:warm-hands is a finding, and what stands here is a condition"),
    ({"object": "rest"}, "object", "treatment:rest is a treatment, and what stands here is a finding"),
    ({"object": "cold-nose"}, "object", "add a row to the table of resources with the name finding:cold-nose"),
    ({"source": "leaflets"}, "source", "Did you mean source:leaflet?"),
    ({"source": "invented-fever"}, "source", "is a condition, and what stands here is a source"),
    ({"stance": "suports"}, "stance", "Did you mean supports? Its values are: disputes, supports."),
    ({"certainty": ""}, "certainty", "The cell is empty"),
    ({"certainty": "stated | possible"}, "certainty", "a piece of evidence has one. Write a row for each"),
    ({"frequency": "rareDisease"}, "frequency", "'rareDisease' is no value of frequency"),
    ({"predicate": "mainSubtypeCount", "object": "two"}, "object", "Write a whole number"),
    ({"predicate": "mainSubtypeCount", "object": "2.5"}, "object", "Write a whole number"),
    ({"subject": "leaflet", "predicate": "lastUpdated", "object": "10/11/2010"}, "object", "such as 2026-01-31"),
    ({"subject": "leaflet", "predicate": "lastUpdated", "object": "2010-02-30"}, "object", "such as 2026-01-31"),
    ({"position": "12"}, "position", "Write it as 352-377"),
    ({"position": "5-3"}, "position", "Write it as 352-377"),
    ({"position": "0-18"}, "quotation", "The words at 0-18 are “The invented fever”"),
    ({"position": "0-9999"}, "position", "has other words at 0-9999"),
    ({"digest": "abc"}, "digest", "This is no SHA-256"),
    ({"digest": "0" * 64}, "digest", "has another digest"),
    ({"family": "Not A Name"}, "family", "is no name of a file"),
]
"""What is wrong in a row, the column that is told, and a part of the message."""


def test_wrong_cells_are_told_and_the_other_rows_are_kept(desk: Desk) -> None:
    """The message names row, column, what is wrong and what to write; the row above them all is in the file."""
    base = ROW | {"object": "warm-feet", "quotation": "It makes feet warm"}
    desk.write([ROW, *(base | changes for changes, _, _ in WRONG_CELLS)])

    report = desk.curate()

    for number, (found, (_, column, message)) in enumerate(zip(report.problems, WRONG_CELLS, strict=True), 3):
        assert (found.row, found.column, message in str(found)) == (number, column, True), str(found)
    assert desk.file("facts/chills.ttl").count("noso:passage ") == 1


def test_every_wrong_cell_of_a_row_is_told(desk: Desk) -> None:
    """A curator corrects a row once, not cell by cell."""
    desk.write([ROW | {"subject": "fevr", "stance": "for", "quotation": "xyzzy"}])

    report = desk.curate()

    assert [entry.column for entry in report.problems] == ["subject", "stance", "quotation"]
    assert report.files == {}
    assert not (desk.assets.data / "facts" / "chills.ttl").exists()


def test_occurrence_chooses_among_equal_words(desk: Desk) -> None:
    """Words that stand twice are told apart by their number."""
    desk.write([ROW | {"quotation": "It makes", "occurrence": "2"}])

    assert desk.curate().holds
    assert "oa:start 78 ; oa:end 86" in desk.file("facts/chills.ttl")


def test_same_evidence_twice_is_told(desk: Desk) -> None:
    """Two rows that say the same, and a row that says what another file says, are one too many."""
    existing = {"quotation": "hands warm"}
    desk.write([ROW, ROW | {"note": "again"}, ROW | existing])

    report = desk.curate()

    assert [(entry.row, "row 2" in entry.what) for entry in report.problems] == [(3, True), (4, False)]
    assert "data/facts/fever.ttl:" in report.problems[1].what


def test_source_that_changed_since_is_told(desk: Desk) -> None:
    """A text with another digest than the recorded one is another version, and is not quoted from."""
    with (desk.texts / "leaflet.txt").open("a", encoding="utf-8") as stream:
        stream.write("A later sentence.\n")

    desk.write([ROW])

    [found] = desk.curate().problems

    assert "source:leaflet in leaflet.txt is not the one that was read: its digest differs" in str(found)


def test_texts_that_are_not_at_hand_are_told(desk: Desk) -> None:
    """Without the texts a quotation cannot be found, but a position with its digest can be taken as it is."""
    digest = hashlib.sha256(b"It makes hands warm").hexdigest()
    desk.write([ROW, ROW | {"quotation": "", "position": "57-76", "digest": digest}])

    report = desk.curate(texts=None)

    assert [(entry.row, entry.column) for entry in report.problems] == [(2, "quotation")]
    assert "--sources" in str(report.problems[0])
    assert "oa:start 57 ; oa:end 76" in desk.file("facts/chills.ttl")
    (desk.texts / "leaflet.txt").unlink()
    report = desk.curate(replace=True)
    assert [(entry.row, entry.column) for entry in report.problems] == [(2, "quotation")]
    assert "none with the digest of source:leaflet" in str(report.problems[0])


def test_new_resources_and_sources_come_from_their_tables(desk: Desk) -> None:
    """Nothing has to be written in Turtle: names, classes, labels, digest and length follow from the rows."""
    (desk.texts / "flyer.txt").write_text("Chills come with it.\n", encoding="utf-8")
    desk.write([SOURCE | {"date": "2026", "language": "en", "further classes": "schema:Article"}], SOURCES)
    desk.write([RESOURCE | {"alternative labels": "shivers | Schüttelfrost@de | a\\|b"}], RESOURCES)
    desk.write([ROW | {"object": "shivers", "source": "Flyer", "quotation": "chills come with it"}])

    report = desk.curate()

    assert report.holds, report.to_text()
    assert report.resources == ("finding:chills", "source:flyer")
    described = desk.file("resources/chills.ttl")
    assert 'skos:altLabel "shivers"@en, "Schüttelfrost"@de, "a|b"@en' in described
    assert 'dcterms:issued "2026"^^xsd:gYear' in described
    assert "a noso:Source, schema:Article" in described
    assert "noso:textLength 21" in described
    assert desk.curate().files == {"facts/chills.ttl": "unchanged", "resources/chills.ttl": "unchanged"}


WRONG_DESCRIPTIONS: list[tuple[str, dict[str, str], str, str]] = [
    (RESOURCES, {"class": "Findings"}, "name", "is no class of resources"),
    (RESOURCES, {"class": ""}, "name", "The class of 'chills' is not told"),
    (RESOURCES, {"name": "Chills!"}, "name", "such as finding:chills"),
    (RESOURCES, {"name": "condition:chills"}, "name", "Begin it with finding:"),
    (RESOURCES, {"name": "thing:chills", "class": ""}, "name", "begins with no prefix of resources"),
    (RESOURCES, {"name": "source:chills", "class": ""}, "name", "Sources have a table of their own"),
    (RESOURCES, {"label": ""}, "label", "The cell is empty"),
    (RESOURCES, {"further classes": "Article"}, "further classes", "such as schema:Article"),
    (RESOURCES, {"name": "warm-hands"}, "name", "finding:warm-hands is described otherwise at data/entities.ttl:"),
    (SOURCES, {"file": "absent.txt"}, "file", "has no file 'absent.txt'"),
    (SOURCES, {"file": "../flyer.txt"}, "file", "without a folder"),
    (SOURCES, {"file": "latin.txt"}, "file", "is not UTF-8"),
    (SOURCES, {"file": "empty.txt"}, "file", "holds no text"),
    (SOURCES, {"date": "January"}, "date", "or a year, such as 2026"),
    (SOURCES, {"address": "example.org"}, "address", "such as https://example.org/"),
    (SOURCES, {"name": "finding:flyer"}, "name", "is no name of a source"),
]
"""The table, what is wrong in a row, the column that is told, and a part of the message."""


@pytest.mark.parametrize("table", [RESOURCES, SOURCES])
def test_wrong_descriptions_are_told(desk: Desk, table: str) -> None:
    """A description that cannot be used is told by row and column; facts that need nothing of it are kept."""
    for name, content in (("flyer.txt", b"Chills."), ("latin.txt", "Frösteln".encode("latin-1")), ("empty.txt", b"\n")):
        (desk.texts / name).write_bytes(content)
    wrong = [entry for entry in WRONG_DESCRIPTIONS if entry[0] == table]
    desk.write([(RESOURCE if table == RESOURCES else SOURCE) | changes for _, changes, _, _ in wrong], table)
    desk.write([ROW])

    report = desk.curate()

    for number, (found, (_, _, column, message)) in enumerate(zip(report.problems, wrong, strict=True), 2):
        assert (found.table, found.row, found.column) == (f"chills.{table}.tsv", number, column), str(found)
        assert message in str(found)
    assert report.kept == 1


def test_description_that_agrees_is_left_where_it_is(desk: Desk) -> None:
    """A row that says what the data say already adds nothing."""
    desk.write(
        [RESOURCE | {"name": "warm-hands", "label": "warm-hands", "definition": "An invented entry, warm-hands."}],
        RESOURCES,
    )
    desk.write([ROW])

    report = desk.curate()

    assert (report.holds, report.resources) == (True, ())


def test_source_that_agrees_needs_no_identifier(desk: Desk) -> None:
    """A source that is described without an identifier is not described otherwise by a row that names its file."""
    entities = desk.assets.data / "entities.ttl"
    entities.write_text(
        entities.read_text(encoding="utf-8").replace('    dcterms:identifier "leaflet" ;\n', ""), encoding="utf-8"
    )
    row = {"name": "leaflet", "label": "leaflet", "definition": "An invented text, leaflet.", "file": "leaflet.txt"}
    desk.write([row], SOURCES)
    desk.write([ROW])

    report = desk.curate()

    assert (report.holds, report.resources) == (True, ()), report.to_text()


def test_check_writes_nothing(desk: Desk) -> None:
    """A dry run tells what would be written, and leaves the data folder as it is."""
    desk.write([ROW])
    before = sorted(desk.assets.data.rglob("*"))

    report = desk.curate(dry=True)

    assert "facts/chills.ttl: would be written" in report.to_text()
    assert sorted(desk.assets.data.rglob("*")) == before


def test_strict_writes_nothing_when_a_row_is_wrong(desk: Desk) -> None:
    """One wrong row keeps the others out as well, where that is asked for."""
    desk.write([ROW, ROW | {"stance": "for"}])

    report = desk.curate(strict=True)

    assert (report.kept, report.files) == (0, {"facts/chills.ttl": "kept as it was"})
    assert not (desk.assets.data / "facts" / "chills.ttl").exists()


def test_file_never_loses_facts_in_silence(desk: Desk) -> None:
    """A table that lacks facts of the file that it makes is refused, unless they are let go."""
    desk.write([ROW, ROW | {"object": "warm-feet", "quotation": "makes feet warm", "certainty": "possible"}])
    desk.curate()
    before = desk.file("facts/chills.ttl")

    desk.write([ROW | {"certainty": "possible"}])
    report = desk.curate()

    assert desk.file("facts/chills.ttl") == before
    assert "condition:invented-fever noso:hasSymptom finding:warm-feet (source:leaflet)" in str(report.problems[0])
    assert desk.curate(replace=True).files == {"facts/chills.ttl": "written"}


def test_head_of_a_file_is_kept(desk: Desk) -> None:
    """What people wrote at the beginning of a file stays when the table changes."""
    desk.write([ROW])
    desk.curate()
    path = desk.assets.data / "facts" / "chills.ttl"
    path.write_text(
        "# Read by two people.\n\n" + path.read_text(encoding="utf-8").split("\n\n", 1)[1], encoding="utf-8"
    )

    desk.write([ROW | {"certainty": "possible"}])
    desk.curate()

    assert desk.file("facts/chills.ttl").startswith("# Read by two people.\n\n@prefix")


def test_rows_may_name_other_families(desk: Desk) -> None:
    """A table of several files puts each fact into its own."""
    desk.write(
        [ROW | {"family": "fevers"}, ROW | {"object": "warm-feet", "quotation": "It makes feet warm", "family": ""}]
    )

    assert desk.curate().files == {"facts/chills.ttl": "written", "facts/fevers.ttl": "written"}


def test_file_that_cannot_be_written_leaves_all_as_they_were(desk: Desk) -> None:
    """When the second of two files cannot be written, the first is not changed either."""
    (desk.texts / "flyer.txt").write_text("Chills come with it.\n", encoding="utf-8")
    desk.write([SOURCE], SOURCES)
    desk.write([ROW])
    (desk.assets.data / "resources").write_text("no folder", encoding="utf-8")

    with pytest.raises(InputError, match=r"resources/chills\.ttl: The file cannot be written"):
        desk.curate()

    assert sorted(path.name for path in (desk.assets.data / "facts").iterdir()) == ["fever.ttl"]


def test_whole_run_is_told_in_json(desk: Desk) -> None:
    """Programs read the same report."""
    desk.write([ROW, ROW | {"stance": "for"}])

    report = desk.curate().to_json()

    assert (report["rows"], report["kept"], report["holds"]) == (2, 1, False)
    assert report["problems"][0]["column"] == "stance"


def test_no_file_is_written_where_one_would_lose_something(desk: Desk) -> None:
    """Facts are not written without the resources that they name, whose file is kept because it would lose others."""
    desk.write([RESOURCE, RESOURCE | {"name": "shivers", "label": "shivers"}], RESOURCES)
    desk.write([ROW | {"object": "chills"}])
    assert desk.curate().holds
    before = desk.file("facts/chills.ttl"), desk.file("resources/chills.ttl")

    desk.write([RESOURCE, RESOURCE | {"name": "sweat", "label": "sweat"}], RESOURCES)
    desk.write([ROW | {"object": "chills"}, ROW | {"object": "sweat", "quotation": "It makes feet warm"}])
    report = desk.curate()

    assert report.files == {"facts/chills.ttl": "kept as it was", "resources/chills.ttl": "kept as it was"}
    assert "finding:shivers" in report.to_text()
    assert (desk.file("facts/chills.ttl"), desk.file("resources/chills.ttl")) == before
    assert (report.kept, report.resources) == (0, ())
