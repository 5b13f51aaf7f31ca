"""Facts become a table and a table the same facts: a round trip changes nothing, and its second run not a byte."""

from __future__ import annotations

import csv
import datetime
import shutil
from pathlib import Path

import pytest
from desk import Desk

from nosograph.assets import Assets
from nosograph.curation.columns import FACTS, SOURCES, columns_of
from nosograph.curation.curating import CurationPlan, CurationReport, curate, known_resources
from nosograph.curation.exporting import export_tables
from nosograph.curation.table_writing import choices_of, write_tables
from nosograph.curation.tables import companion, read_tables
from nosograph.curation.terms import read_terms
from nosograph.curation.texts import read_texts
from nosograph.errors import InputError, SettingsError
from nosograph.facts.knowledge import KnowledgeGraph
from nosograph.facts.loading import load_knowledge
from nosograph.rdf.names import Base

DATA = Path(__file__).parents[2] / "data"
FAMILIES = sorted(path.stem for path in (DATA / "facts").glob("*.ttl"))
DAY = datetime.date(2026, 1, 31)


def export(knowledge: KnowledgeGraph, path: Path, texts: Path | None, family: str | None, data: Path = DATA) -> None:
    """Write the facts of a family as a table."""
    terms = read_terms(knowledge)
    rows = export_tables(knowledge, data, read_texts(texts) if texts else None, family)
    names = [terms.names.shorten(resource.iri) for resource in known_resources(knowledge, terms)]
    write_tables(path, columns_of(terms), rows, choices_of(terms, names), DAY)


def curate_file(knowledge: KnowledgeGraph, path: Path, texts: Path | None, data: Path) -> CurationReport:
    """Curate a table into a data folder."""
    plan = CurationPlan(family=path.stem, data=data, texts=texts)
    return curate(knowledge, read_tables(path, columns_of(read_terms(knowledge))), plan)


def copied(assets: Assets, folder: Path) -> Assets:
    """Return asset folders that a test may change."""
    for name in ("ontology", "shapes", "data"):
        shutil.copytree(assets.root / name, folder / name)
    return Assets(folder)


def test_families_are_found() -> None:
    """The round trips below are of real facts."""
    assert len(FAMILIES) >= 2


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("suffix", [".tsv", ".csv", ".xlsx"])
def test_round_trip_of_the_facts_changes_nothing(
    assets: Assets, knowledge: KnowledgeGraph, tmp_path: Path, family: str, suffix: str
) -> None:
    """Every file of facts says what its table says, so curating the table leaves it as it is."""
    path = tmp_path / f"{family}{suffix}"

    export(knowledge, path, None, family)
    report = curate_file(knowledge, path, None, assets.data)

    assert report.holds, report.to_text()
    assert report.files == {f"facts/{family}.ttl": "unchanged"}
    assert report.resources == ()


@pytest.mark.parametrize("suffix", [".tsv", ".xlsx"])
def test_round_trip_by_quotations_changes_nothing(
    assets: Assets, knowledge: KnowledgeGraph, source_texts: Path, tmp_path: Path, suffix: str
) -> None:
    """With the texts at hand, a table tells passages by their words, and each is found exactly where it was."""
    for family in FAMILIES:
        path = tmp_path / f"{family}{suffix}"
        export(knowledge, path, source_texts, family)

        report = curate_file(knowledge, path, source_texts, assets.data)

        assert report.files == {f"facts/{family}.ttl": "unchanged"}, report.to_text()
        assert (report.remarks, report.problems) == ((), ())


def test_second_round_is_the_same_to_the_byte(assets: Assets, knowledge: KnowledgeGraph, tmp_path: Path) -> None:
    """Facts that were written from a table have the same graph and names as before, and are written alike again."""
    made = copied(assets, tmp_path / "made")
    for family in FAMILIES:
        (made.data / "facts" / f"{family}.ttl").unlink()
        path = tmp_path / f"{family}.tsv"
        export(knowledge, path, None, family)
        assert curate_file(knowledge, path, None, made.data).holds
    first = {path.name: path.read_bytes() for path in (made.data / "facts").iterdir()}

    again = load_knowledge(made, Base())

    assert {name: set(graph) for name, graph in again.graphs.items()} == {
        name: set(graph) for name, graph in knowledge.graphs.items()
    }
    assert again.names == knowledge.names
    for family in FAMILIES:
        path = tmp_path / "second" / f"{family}.tsv"
        path.parent.mkdir(exist_ok=True)
        export(again, path, None, family, made.data)
        (made.data / "facts" / f"{family}.ttl").unlink()
        assert path.read_bytes() == (tmp_path / f"{family}.tsv").read_bytes()
        curate_file(again, path, None, made.data)
    assert {path.name: path.read_bytes() for path in (made.data / "facts").iterdir()} == first


def test_export_of_everything_names_each_file(assets: Assets, knowledge: KnowledgeGraph, tmp_path: Path) -> None:
    """One table of all facts tells by its column family where each belongs, and goes back there."""
    path = tmp_path / "everything.tsv"

    export(knowledge, path, None, None)
    report = curate_file(knowledge, path, None, assets.data)

    assert report.files == {f"facts/{family}.ttl": "unchanged" for family in FAMILIES}


def test_unknown_family_is_told(knowledge: KnowledgeGraph, tmp_path: Path) -> None:
    """The message names the families that there are."""
    with pytest.raises(InputError, match=rf"data/facts/none\.ttl\. The families are: {', '.join(FAMILIES)}"):
        export(knowledge, tmp_path / "none.tsv", None, "none")


def test_quotations_that_a_table_cannot_hold_are_told_by_position(desk: Desk) -> None:
    """Words with control characters, and words longer than a cell, go by position and digest, and come back."""
    (desk.texts / "flyer.txt").write_bytes(f"Odd\r\nwords. {'long ' * 8000}Word. Word.\n= 1 is one.".encode())
    desk.write([{"name": "flyer", "label": "Flyer", "definition": "A flyer.", "file": "flyer.txt"}], SOURCES)
    base = {"subject": "invented-fever", "predicate": "hasSymptom", "source": "flyer", "stance": "supports"}
    base |= {"certainty": "stated", "object": "warm-hands"}
    quotations = ("Odd … words.", "words. long … Word.", "= 1 is one", "Odd")
    desk.write(
        [base | {"quotation": quotation} for quotation in quotations]
        + [base | {"quotation": "Word.", "occurrence": "2"}]
    )
    assert desk.curate().holds
    before = desk.file("facts/chills.ttl")
    knowledge = load_knowledge(desk.assets, Base())

    export(knowledge, desk.table.with_name("again.tsv"), desk.texts, "chills", desk.assets.data)
    export(knowledge, desk.table.with_name("again.xlsx"), desk.texts, "chills", desk.assets.data)

    with desk.table.with_name("again.tsv").open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream, delimiter="\t"))
    assert [bool(row["position"]) for row in rows] == [False, True, True, False, False]
    assert [(row["quotation"], row["occurrence"]) for row in rows if not row["position"]] == [
        ("Odd", ""),
        ("Word.", "2"),
        ("'= 1 is one", ""),
    ]
    for suffix in (".tsv", ".xlsx"):
        table = read_tables(desk.table.with_name(f"again{suffix}"), columns_of(read_terms(knowledge)))
        plan = CurationPlan(family="chills", data=desk.assets.data, texts=desk.texts)
        report = curate(knowledge, table, plan)
        assert report.files["facts/chills.ttl"] == "unchanged", report.to_text()
    assert desk.file("facts/chills.ttl") == before


def test_template_offers_the_vocabulary(knowledge: KnowledgeGraph, tmp_path: Path) -> None:
    """A template holds no row, names every column, and is a table that can be read."""
    terms = read_terms(knowledge)
    columns = columns_of(terms)
    choices = choices_of(terms, ["condition:scleroderma", "source:gard-scleroderma"])

    for suffix in (".xlsx", ".tsv", ".csv"):
        files = write_tables(tmp_path / f"empty{suffix}", columns, {}, choices, DAY)
        table = read_tables(tmp_path / f"empty{suffix}", columns)
        assert all(not rows for rows in table.rows.values())
        assert all(file.exists() for file in files)

    assert choices["stance"] == ["disputes", "supports"]
    assert choices["source"] == ["source:gard-scleroderma"]
    assert "hasSymptom" in choices["predicate"]
    header = companion(tmp_path / "empty.tsv", FACTS).read_text(encoding="utf-8").rstrip("\n").split("\t")
    assert header == [column.heading for column in columns.tables[FACTS]]


def test_workbook_is_the_same_to_the_byte(knowledge: KnowledgeGraph, tmp_path: Path) -> None:
    """The same facts make the same workbook."""
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        export(knowledge, tmp_path / name / "table.xlsx", None, FAMILIES[0])

    assert (tmp_path / "one" / "table.xlsx").read_bytes() == (tmp_path / "two" / "table.xlsx").read_bytes()


def test_table_is_never_overwritten(knowledge: KnowledgeGraph, tmp_path: Path) -> None:
    """A filled table is somebody's work, and so is the one beside it."""
    companion(tmp_path / "table.tsv", SOURCES).write_text("work", encoding="utf-8")

    with pytest.raises(SettingsError, match=r"table\.sources\.tsv is there already"):
        export(knowledge, tmp_path / "table.tsv", None, FAMILIES[0])

    assert not (tmp_path / "table.tsv").exists()
    with pytest.raises(SettingsError, match=r"Its name ends in \.xlsx, \.tsv, \.csv"):
        export(knowledge, tmp_path / "table.ods", None, FAMILIES[0])
