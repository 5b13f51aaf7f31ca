"""The report says what was found, where that stands, and how the score comes about, in each of its forms."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner
from fake_server import answer, only_here, serving
from rdflib import RDF, Graph, Namespace, URIRef

from nosograph.cli.program import cli
from nosograph.doctor.areas import AREAS
from nosograph.doctor.budget import Budget
from nosograph.doctor.client import USER_AGENT
from nosograph.doctor.earl_report import TESTS, report_earl
from nosograph.doctor.examining import ExaminationReport, check_address, examine
from nosograph.doctor.outcomes import CheckOutcome, CheckResult, Decision
from nosograph.doctor.probes import DISCOVERY, PROBES, most_requests
from nosograph.doctor.text_report import printable, report_json, report_text
from nosograph.errors import SettingsError

EARL = Namespace("http://www.w3.org/ns/earl#")
ROOT = Path(__file__).parent.parent.parent
CHECKS = [check for area in AREAS for check in area.checks]


def report_of(outcomes: dict[str, CheckOutcome], detail: str = "Seen.") -> ExaminationReport:
    """Return a report in which checks have outcomes, and all others are inapplicable."""
    results = tuple(
        CheckResult(area.name, check, Decision(outcomes.get(check.name, CheckOutcome.INAPPLICABLE), detail))
        for area in AREAS
        for check in area.checks
    )
    at = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
    return ExaminationReport("http://a.example/sparql", "", "", False, at, Budget(), 3, results)


def test_score_is_the_weighted_share_of_what_could_be_decided() -> None:
    """Inside an area the weights of checks count, between areas theirs; the undecided counts for nothing."""
    report = report_of(
        {
            "query-get": CheckOutcome.PASSED,
            "ask-xml": CheckOutcome.FAILED,
            "cors": CheckOutcome.FAILED,
            "whole-tables": CheckOutcome.UNTESTED,
        }
    )
    scores = {area.name: area.score for area in report.areas}

    assert scores["protocol"] == pytest.approx(100 * 5 / 8)
    assert scores["cross-origin"] == 0
    assert scores["limits"] is None
    assert report.score == pytest.approx((62.5 * 30 + 0 * 7) / 37)
    assert report_of({}).score is None


def test_earl_has_an_assertion_for_each_check() -> None:
    """The report in RDF can be read, and each assertion has all that EARL asks for."""
    graph = Graph().parse(data=report_earl(report_of({"query-get": CheckOutcome.CANNOT_TELL})), format="turtle")
    assertions = set(graph.subjects(RDF.type, EARL.Assertion))

    assert len(assertions) == len(CHECKS)
    for assertion in assertions:
        assert graph.value(assertion, EARL.mode) == EARL.automatic
        assert graph.value(assertion, EARL.subject) == URIRef("http://a.example/sparql")
        assert (graph.value(assertion, EARL.assertedBy), RDF.type, EARL.Assertor) in graph
        assert (graph.value(assertion, EARL.test), RDF.type, EARL.TestCase) in graph
        result = graph.value(assertion, EARL.result)
        assert graph.value(result, EARL.outcome) in {EARL[str(outcome)] for outcome in CheckOutcome}
    one = graph.value(predicate=EARL.test, object=URIRef(f"{TESTS}query-get"))
    assert graph.value(graph.value(one, EARL.result), EARL.outcome) == EARL.cantTell


def test_text_shows_clause_and_cure_of_what_failed() -> None:
    """A finding says where the rule stands and what to do; what passed is shorter."""
    text = report_text(report_of({"query-get": CheckOutcome.FAILED, "cors": CheckOutcome.PASSED}))
    check = next(check for check in CHECKS if check.name == "query-get")

    assert check.clause.url in text
    assert f"Cure: {check.cure}" in text
    assert next(check for check in CHECKS if check.name == "cors").cure not in text
    assert "Score: 19 of 100" in text


def test_server_cannot_write_to_the_terminal() -> None:
    """Control characters of a server are replaced; colour is only what the doctor itself paints."""
    report = report_of({"query-get": CheckOutcome.FAILED}, detail="\x1b[2J\x07red\u202e")

    assert "\x1b" not in report_text(report)
    assert "\x1b[2J" not in report_text(report, is_coloured=True)
    assert "\x1b[31m" in report_text(report, is_coloured=True)
    assert printable("a\x00b") == "a\N{REPLACEMENT CHARACTER}b"


def test_json_has_every_check() -> None:
    """The report as JSON has a result for each check, and the cure of what failed."""
    found = json.loads(json.dumps(report_json(report_of({"cors": CheckOutcome.FAILED}))))
    failed = [entry for entry in found["results"] if entry["outcome"] == "failed"]

    assert [entry["check"] for entry in found["results"]] == [check.name for check in CHECKS]
    assert [entry["check"] for entry in failed] == ["cors"]
    assert failed[0]["cure"]


def test_tables_of_checks_and_areas_are_sound() -> None:
    """Names are unique, weights are those that the report explains, and every clause has an address."""
    assert len({check.name for check in CHECKS}) == len(CHECKS)
    assert {check.weight for check in CHECKS} == {1, 3, 5}
    assert sum(area.weight for area in AREAS) == 100
    assert all(check.clause.url.startswith("https://") and check.cure.endswith(".") for check in CHECKS)


def test_every_check_is_described_in_the_guide() -> None:
    """The IRIs of the checks in EARL lead to the guide, which says what each asks for."""
    guide = (ROOT / "docs" / "doctor.md").read_text(encoding="utf-8")

    assert [check.name for check in CHECKS if f"| `{check.name}` | {check.weight} | {check.rule} |" not in guide] == []


def test_every_probe_is_used() -> None:
    """A request that no check needs is not in the table."""
    sources = [path.read_text(encoding="utf-8") for path in (ROOT / "server" / "nosograph" / "doctor").rglob("*.py")]
    used = "\n".join(source for source in sources if "_ENDPOINT_PROBES" not in source)

    assert [name for name in PROBES if f'"{name}"' not in used] == []


def test_default_budget_holds_the_plan() -> None:
    """The default budget is what the table may need at most, so an ordinary examination is never cut short."""
    assert most_requests(is_heavy=True) <= Budget().requests


def test_dry_run_lists_what_would_be_sent_and_sends_nothing() -> None:
    """The user sees each request before the first one is sent."""
    with serving(lambda asked: answer(200)) as server:
        done = CliRunner().invoke(cli, ["doctor", f"{server.address}/", "--dry-run"])

    assert server.asked == []
    assert USER_AGENT in done.output
    shown = [probe.purpose for probe in (*DISCOVERY.values(), *PROBES.values()) if not probe.is_on_demand]
    assert [purpose for purpose in shown if purpose not in done.output] == []
    assert "which changes nothing" in done.output


def test_command_exits_by_the_score() -> None:
    """A score below --fail-under is exit code 1; nothing that could be decided is 3."""
    rows = b'{"head":{"vars":["x"]},"results":{"bindings":[{"x":{"type":"literal","value":"1"}}]}}'
    with serving(lambda asked: answer(200, "application/sparql-results+json", rows)) as server:
        options = ["doctor", f"{server.address}/sparql", "--pause", "0", "--quiet", "--json"]
        low = CliRunner().invoke(cli, [*options, "--fail-under", "99"], standalone_mode=False)
        high = CliRunner().invoke(cli, [*options, "--fail-under", "1"], standalone_mode=False)

    assert (low.return_value, high.return_value) == (1, 0)
    assert json.loads(low.output)["endpoint"] == f"{server.address}/sparql"


@pytest.mark.parametrize(
    "url",
    ["", "ftp://a.example/", "a.example", "http://", "http://[::1", "http://u:p@a.example/", "http://a.example/ b"],
)
def test_address_that_cannot_be_examined_is_refused(url: str) -> None:
    """What is no public address of the web is an error before anything is sent."""
    with pytest.raises(SettingsError, match="Give"):
        check_address(url)


def test_bare_endpoint_is_not_measured_as_a_publisher() -> None:
    """Where there is no publisher around an endpoint, what asks for one is not applicable, rather than failed."""
    rows = b'{"head":{"vars":["x"]},"results":{"bindings":[{"x":{"type":"literal","value":"1"}}]}}'
    with serving(
        lambda asked: answer(200, "application/sparql-results+json", rows) if "query=" in asked.target else answer(404)
    ) as server:
        report = examine(f"{server.address}/sparql", budget=Budget(pause=0.0), resolve=only_here)

    asked = {area.name: area.score for area in report.areas}
    assert not report.is_publisher
    assert {
        asked[name] for name in ("descriptions", "negotiation", "identifiers", "dumps", "versions", "licences")
    } == {None}
