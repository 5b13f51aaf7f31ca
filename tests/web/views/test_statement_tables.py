"""Tables of statements and the references that their marks point to."""

from __future__ import annotations

from dataclasses import replace

from small_site import AMBER

from nosograph.rdf.names import DEFAULT_BASE
from nosograph.web.views.condition import Condition
from nosograph.web.views.facts import Reader
from nosograph.web.views.references import number_references
from nosograph.web.views.statement_tables import StatementTable, naming_table, statement_table


def table(reader: Reader, condition: Condition, anchor: str) -> StatementTable:
    """Return the table of a section."""
    section = next(section for section in condition.sections if section.anchor == anchor)
    return statement_table(reader.vocabulary, section, AMBER)


def test_a_row_tells_how_often_and_of_whom(reader: Reader, amber: Condition) -> None:
    """A frequency that only some sources give names them; what all give names nobody."""
    (row,) = table(reader, amber, "symptoms").rows

    (frequency,) = row.frequencies
    assert (frequency.value.text, len(frequency.sources)) == ("sometimes", 1)
    assert row.details == ()
    assert len(row.supporting) == 2 and row.disputing == ()


def test_a_table_has_only_the_columns_that_it_needs(reader: Reader, amber: Condition) -> None:
    """Where every row is affirmed there is no column of statuses, and none for frequencies that nobody gives."""
    symptoms, causes = table(reader, amber, "symptoms"), table(reader, amber, "causes")

    assert (symptoms.has_frequencies, symptoms.has_statuses) == (True, False)
    assert (causes.has_frequencies, causes.has_statuses) == (False, True)


def test_a_contested_row_names_both_sides(reader: Reader, amber: Condition) -> None:
    """Documents that support a fact and those that deny it are kept apart."""
    row = next(row for row in table(reader, amber, "who-gets-it").rows if row.fact.status.name == "contested")

    assert row.supporting and row.disputing
    assert not set(row.supporting) & set(row.disputing)


def test_the_qualifier_that_groups_is_not_told_again(reader: Reader, amber: Condition) -> None:
    """A treatment stands under its purpose, so that its row does not repeat it."""
    treatment = table(reader, amber, "treatment")

    assert [group.heading for group in treatment.groups] == ["Relieve symptoms"]
    assert "intent" not in {said.name for row in treatment.rows for said in row.details}


def test_facts_of_others_are_told_as_sentences(reader: Reader, amber: Condition) -> None:
    """A row whose subject is not the page's resource says so; without such facts there is no table."""
    named = naming_table(reader.vocabulary, reader.facts_naming(DEFAULT_BASE + "finding/amber-nails", 10), AMBER)

    assert naming_table(reader.vocabulary, (), AMBER) is None
    assert named is not None
    assert {row.fact.subject.text: row.of_page for row in named.rows} == {
        "amber fever": True,
        "storage of resin": False,
    }


def test_references_are_numbered_by_how_much_rests_on_them(reader: Reader, amber: Condition) -> None:
    """Every document has one number, the one with most statements the first, and marks stand in ascending order."""
    references = number_references(reader, amber.shown)
    statements = [entry.statements for entry in references.entries]

    assert [entry.number for entry in references.entries] == list(range(1, len(statements) + 1))
    assert statements == sorted(statements, reverse=True)
    assert references.marks(reversed(list(references.numbers))) == [entry.number for entry in references.entries]
    assert {work.text for entry in references.entries for work in entry.cites} == {"Handbook of amber"}


def test_a_document_that_says_the_same_twice_is_told_once(reader: Reader) -> None:
    """Two passages of one document with the same position are one clause of a sentence, another position is not."""
    fact = reader.fact(f"{DEFAULT_BASE}fact/{3:016x}")
    again = replace(fact.evidence[0], iri="urn:again", passages=())

    assert len(replace(fact, evidence=(*fact.evidence, again)).positions) == len(fact.evidence) == 2


def test_facts_read_as_english(reader: Reader) -> None:
    """The words between subject and object are the phrase of the predicate, not its label."""
    assert reader.fact(f"{DEFAULT_BASE}fact/{3:016x}").words == "amber fever counts as a rare disease"


def test_evidence_can_be_read_without_its_passages(reader: Reader) -> None:
    """A page that does not show passages does not read them; all else is the same."""
    fact = reader.fact(f"{DEFAULT_BASE}fact/{1:016x}")
    brief = reader.without_passages().fact(fact.iri)

    assert fact.evidence[0].passages and not brief.evidence[0].passages
    assert replace(fact.evidence[0], passages=()) == brief.evidence[0]
