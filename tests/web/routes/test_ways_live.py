"""Ways through the graph over HTTP: questions asked about a chosen resource, concepts, the hierarchy, comparisons."""

from __future__ import annotations

import json
import re
import urllib.error
import urllib.request
from urllib.parse import quote, urlencode

import pytest

from nosograph.release.opening import Release

CHOSEN = "questions/01-all-subtypes?condition="


def fetch(address: str, accept: str = "text/html") -> tuple[int, str]:
    """Return the status and the text of the server's answer, errors included."""
    request = urllib.request.Request(address, headers={"Accept": accept})
    try:
        with urllib.request.urlopen(request, timeout=30) as response:
            return response.status, response.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode()


def main(text: str) -> str:
    """Return the content of a page, without its frame."""
    return text.partition("<main")[2].partition("</main>")[0]


def test_every_question_is_listed_and_has_its_answer(site: str, release: Release) -> None:
    """The list names each question and answers none; each page has rows of this release and no error."""
    _, listed = fetch(site + "questions")

    assert len(re.findall(r'class="question"', listed)) == len(release.questions) == 18
    assert "<table" not in listed
    for path in release.questions:
        status, text = fetch(f"{site}questions/{path.stem}")
        assert status == 200
        assert f'href="./questions/{path.stem}"' in listed
        assert text.count("<tbody>") == (0 if "-imports-" in path.stem else 1), path.stem  # nothing is imported here
        assert 'class="problem"' not in text


@pytest.mark.parametrize(
    "text", ["connective-tissue-disease", "connective tissue disease", "Connective Tissue Disease", "MONDO:0003900"]
)
def test_a_question_is_asked_about_a_name_a_code_or_an_identifier(site: str, text: str) -> None:
    """However a reader names the condition, the answer is about it, and the field shows its name."""
    status, page = fetch(site + CHOSEN + quote(text))

    assert status == 200
    assert 'value="connective tissue disease"' in page
    assert "condition/connective-tissue-disease&gt;" in page
    assert "3 rows." in page


def test_a_name_that_could_mean_several_is_asked_back(site: str) -> None:
    """The candidates are links that ask the question; nothing is answered before one is chosen."""
    status, text = fetch(site + "compare/condition?first=disorder+disease&second=scleroderma")
    candidates = re.findall(r'href="\.\./(compare/condition\?first=[\w-]+&amp;second=scleroderma)"', text)

    assert status == 200
    assert 'role="alert"' in text and "<table" not in text
    assert candidates
    assert fetch(site + candidates[0].replace("&amp;", "&"))[0] == 200


@pytest.mark.parametrize(
    "text", ["xyzzyq", "../../etc", "> } DROP ALL #", "<urn:x>", "a" * 5000, "\x00", "skin-thickening"]
)
def test_what_names_no_resource_is_said_and_never_asked(site: str, text: str) -> None:
    """No text of a reader becomes a part of a query; a resource of another kind is none either."""
    status, page = fetch(site + CHOSEN + quote(text))

    assert status in ((200,) if text == "\x00" else (200, 404))
    assert "DROP" not in page.partition('id="answer"')[2]
    if status == 404:
        assert "No condition is called" in page and "<table" not in page


def test_a_question_that_is_not_there_is_named(site: str) -> None:
    """The address of a question that the release does not have is an error with a hint."""
    status, text = fetch(site + "questions/99-none", "application/problem+json")

    assert status == 404 and "99-none" in json.loads(text)["detail"]


def test_questions_are_listed_for_a_condition(site: str) -> None:
    """A condition's page leads to the questions, which then ask about it wherever they can."""
    _, page = fetch(site + "condition/localized-scleroderma.html")
    _, listed = fetch(site + "questions?condition=localized-scleroderma")

    assert 'href="../questions?condition=localized-scleroderma"' in page
    assert "./questions/01-all-subtypes?condition=localized-scleroderma" in listed
    assert "./questions/04-only-in-the-systemic-form?has=localized-scleroderma" in listed
    assert 'href="./questions/08-where-sources-disagree"' in listed


def test_concepts_lead_to_what_uses_them(site: str) -> None:
    """A rarity on a condition's page, in search and in the vocabulary leads to a page that lists the condition."""
    address = "concept/noso:rareDisease"
    for path, root in (("condition/scleroderma.html", "../"), ("search?q=rare+disease", "./"), ("ontology.html", "./")):
        assert f'href="{root}{address}"' in fetch(site + path)[1], path
    status, text = fetch(site + address)

    assert status == 200
    assert "What counts as a rare disease" in text
    assert 'href="../condition/scleroderma.html"' in main(text)
    assert 'rel="alternate" type="text/turtle" href="../ontology.ttl"' in text
    assert 'rel="describes" href="https://w3id.org/nosograph/ontology#rareDisease"' in text


def test_totals_of_concepts_are_those_of_queries(site: str) -> None:
    """The number that a concept's page tells is what the endpoint counts."""
    query = "SELECT (COUNT(*) AS ?n) { ?f <https://w3id.org/nosograph/ontology#status> ?s . FILTER (?s = ?wanted) }"
    for name in ("affirmed", "hypothesised"):
        wanted = f"<https://w3id.org/nosograph/ontology#{name}>"
        parameters = urlencode({"query": query.replace("?wanted", wanted)})
        counted = json.loads(fetch(f"{site}sparql?{parameters}", "application/sparql-results+json")[1])
        number = int(counted["results"]["bindings"][0]["n"]["value"])

        assert f"{number} entries" in fetch(f"{site}concept/noso:{name}")[1]


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("concept/noso:none", 404),
        ("concept/rareDisease", 404),
        ("concept/noso:hasSymptom", 404),
        ("concept/noso:rareDisease?use=noso:none", 404),
        ("concept/noso:rareDisease?use=noso:rarity&after=100", 404),
        ("concept/noso:rareDisease?use=noso:rarity&after=x", 400),
        ("concept/noso:rareDisease?use=noso:rarity&after=1&before=2", 400),
        ("concept/noso:rareDisease?use=noso:rarity&status=unheard", 400),
        ("condition/localized-scleroderma/named?use=noso:none", 404),
        ("condition/localized-scleroderma/named", 404),
        ("condition/localized-scleroderma/named?use=noso:hasSubtype&after=100", 404),
        ("condition/none/named?use=noso:hasSubtype", 404),
        ("condition/localized-scleroderma.html/named?use=noso:hasSubtype", 404),
        ("hierarchy/condition/none", 404),
        ("hierarchy/condition/NONE", 404),
        ("hierarchy/nothing/", 404),
        ("hierarchy/condition/?page=9", 404),
        ("hierarchy/condition/scleroderma?page=2", 404),
        ("compare/fact", 404),
        ("compare/nothing", 404),
        ("compare/condition?first=xyzzyq", 404),
        ("compare/condition?first=a&first=b", 400),
    ],
)
def test_what_is_not_there_is_an_error(site: str, path: str, status: int) -> None:
    """An address that names nothing says so, with the status that fits."""
    assert fetch(site + path)[0] == status


def test_the_hierarchy_leads_from_the_front_page_to_a_condition(site: str) -> None:
    """Front page, navigation, the tree, a step down, the condition, and back to where it stands."""
    _, home = fetch(site)
    _, tree = fetch(site + "hierarchy")
    _, step = fetch(site + "hierarchy/condition/scleroderma")
    _, page = fetch(site + "condition/systemic-scleroderma.html")

    assert 'href="./hierarchy"' in home and 'href="./hierarchy/condition/"' in home
    assert 'href="./hierarchy/condition/connective-tissue-disease"' in tree
    assert 'href="../../condition/systemic-scleroderma.html"' in step and "autoimmune disorder" in step
    assert 'href="../hierarchy/condition/systemic-scleroderma"' in page


def test_two_forms_are_compared_with_their_evidence(site: str) -> None:
    """What both have, what one has, what a broader condition passes on, and who says so."""
    _, text = fetch(site + "compare/condition?first=systemic-scleroderma&second=localized-scleroderma")
    rows = {
        re.sub(r"<[^>]+>", "", row.partition("</th>")[0]).strip(): row
        for row in re.findall(r'<tr class="(?:both|one|contested)">(.*?)</tr>', text, re.DOTALL)
    }

    assert "not said" in rows["joint pain"] and "[1]" in rows["joint pain"]
    assert rows["skin thickening"].count('from <a href="../condition/scleroderma.html">') == 2
    first, second = re.findall(r"<td>(.*?)</td>", rows["light therapy"], re.DOTALL)
    assert "not said" in first and "not said" not in second and "[" in second
    assert 'id="reference-1"' in text
