"""Search over a real socket: exact codes lead away, topics lead to sections, filters and pages stay, 404s suggest."""

from __future__ import annotations

import re
from urllib.parse import quote, urlencode

import pytest
from live import Server

HTML = "text/html"
SYSTEMIC = "/condition/systemic-scleroderma"


def search(server: Server, **parameters: str) -> dict[str, object]:
    """Return the JSON of a search."""
    reply = server.get(f"/search.json?{urlencode(parameters)}")
    assert reply.status == 200, reply.text
    found: dict[str, object] = reply.json
    return found


def suggestions(server: Server, path: str, status: int = 404) -> list[str]:
    """Return the addresses that an error page suggests."""
    reply = server.get(path, Accept=HTML)
    assert reply.status == status
    _, _, section = reply.text.partition('id="suggestions"')
    return re.findall(r'<li><a href="([^"]+)"', section)


@pytest.mark.parametrize("query", ["ICD-10 M34", "ORPHA 90291", "mondo:0005100", "D012595", "GARD 9748"])
def test_an_exact_code_leads_straight_to_its_resource(server: Server, query: str) -> None:
    """One resource that is an exact match is the answer, by a relative reference as everywhere."""
    reply = server.get(f"/search?{urlencode({'q': query})}", Accept=HTML)

    assert (reply.status, reply["Location"]) == (303, f"{SYSTEMIC[1:]}.html")


@pytest.mark.parametrize(
    "query", ["q=ORPHA90291&stay=1", "q=ORPHA90291&kind=condition", "q=ORPHA90291&page=1", "q=L94.0", "q=scleroderma"]
)
def test_results_are_shown_where_they_are_wanted(server: Server, query: str) -> None:
    """With stay or a filter, and for what is no exact match, the page of results is the answer."""
    reply = server.get(f"/search?{query}", Accept=HTML)

    assert reply.status == 200
    assert 'class="entries results"' in reply.text


def test_the_page_says_how_to_stay(server: Server) -> None:
    """Who wants the results of a code finds the way on the page of the search."""
    assert "/search?q=ORPHA+90291&amp;stay=1" in server.get("/search", Accept=HTML).text


def test_json_tells_the_exact_match_and_does_not_lead_away(server: Server) -> None:
    """A program gets the hits, with the relation of each code, and the one exact match by name."""
    exact, narrow = search(server, q="ICD-10 M34"), search(server, q="icd10:L94.0")

    assert str(exact["exact"]).endswith(SYSTEMIC)
    assert narrow["exact"] is None
    assert [hit["relation"] for hit in narrow["results"]] == ["narrowMatch"]  # type: ignore[attr-defined]


def test_a_broader_code_is_told(server: Server) -> None:
    """A subdivision that nothing has is looked up without its last part, and page and JSON say so."""
    found = search(server, q="icd10:M34.0")
    reply = server.get("/search?q=icd10:M34.0", Accept=HTML)

    assert (found["corrected"], found["exact"]) == ("icd10:M34", None)
    assert reply.status == 200 and "<b>icd10:M34</b>" in reply.text


def test_a_topic_leads_to_a_section_that_is_there(server: Server) -> None:
    """The link to the answer stands above the results, and its anchor is on the page."""
    found = search(server, q="treatment for scleroderma")
    topic = found["topic"]
    text = server.get("/search?q=treatment+for+scleroderma", Accept=HTML).text

    assert isinstance(topic, dict)
    assert topic["label"] == "scleroderma: Treatment"
    assert text.index(f'href="{topic["page"]}"') < text.index("entries results")
    page, _, anchor = topic["page"].partition("#")
    assert f'id="{anchor}"' in server.get(page, Accept=HTML).text


def test_filters_narrow_the_hits(server: Server) -> None:
    """Each choice of a filter has as many hits as it says, and each hit is of that kind or status."""
    found = search(server, q="scleroderma")
    kinds, statuses = found["kinds"], found["statuses"]

    assert isinstance(kinds, dict) and isinstance(statuses, dict)
    assert sum(kinds.values()) == found["total"]
    for kind, number in kinds.items():
        assert search(server, q="scleroderma", kind=kind)["total"] == number
    for status, number in statuses.items():
        narrowed = search(server, q="scleroderma", status=status)
        assert narrowed["total"] == number
        assert all(status in hit["statuses"] for hit in narrowed["results"])  # type: ignore[attr-defined]


def test_the_page_links_its_filters(server: Server) -> None:
    """Every link of a filter is followed to a page with as many results as stand beside it."""
    text = server.get("/search?q=skin", Accept=HTML).text
    choices = re.findall(r'<a href="(/search\?[^"]+)" >[^<]+</a> <span class="count">(\d+)</span>', text)

    assert len(choices) > 3
    for address, number in choices:
        narrowed = server.get(address.replace("&amp;", "&"), Accept=HTML).text
        assert re.search(rf'<p class="hint">{number} results?[,.]', narrowed), address


def test_pages_of_results_are_linked(server: Server) -> None:
    """Pages before and after lead through all results, and one beyond the last is 404."""
    first = server.get("/search?q=a", Accept=HTML).text
    total = search(server, q="a", limit="1")["total"]
    assert isinstance(total, int)

    seen = re.findall(r"<li><a href=\"(/[^\"]+)\"><bdi>", first)
    address = re.search(r'rel="next" href="([^"]+)"', first)
    while address:
        text = server.get(address[1].replace("&amp;", "&"), Accept=HTML).text
        seen += re.findall(r"<li><a href=\"(/[^\"]+)\"><bdi>", text)
        address = re.search(r'rel="next" href="([^"]+)"', text)

    assert total > 50
    assert len(seen) == total
    assert server.get("/search?q=a&page=99", Accept=HTML).status == 404


def test_parts_of_the_json_make_the_whole(server: Server) -> None:
    """Programs page by offset and limit."""
    whole = search(server, q="skin", limit="500")["results"]
    parts = [hit for offset in (0, 3) for hit in search(server, q="skin", limit="3", offset=str(offset))["results"]]  # type: ignore[attr-defined]

    assert parts == whole[:6]  # type: ignore[index]


@pytest.mark.parametrize("query", ["q=a&status=maybe", "q=a&page=0", "q=a&page=x"])
def test_a_filter_that_makes_no_sense_is_400(server: Server, query: str) -> None:
    """A value that cannot be used is named, on the page too."""
    assert server.get(f"/search?{query}", Accept=HTML).status == 400
    assert server.get("/search.json?q=a&offset=-1").status == 400


@pytest.mark.parametrize(
    ("path", "location"),
    [
        ("/condition/MONDO:0005100", "systemic-scleroderma"),
        ("/condition/ORPHA90291.ttl", "systemic-scleroderma.ttl"),
        ("/condition/orpha90291", "systemic-scleroderma"),
        ("/condition/M34", "systemic-scleroderma"),
        (f"/finding/{quote('HP:0002829')}.html", "joint-pain.html"),
    ],
)
def test_a_code_in_the_place_of_an_identifier_leads_to_the_resource(server: Server, path: str, location: str) -> None:
    """The one exact match of the kind is what was meant, in the format that was asked for."""
    reply = server.get(path)

    assert (reply.status, reply["Location"]) == (303, location)
    assert server.get(f"{path.rpartition('/')[0]}/{location}", Accept="text/turtle").status in (200, 303)


@pytest.mark.parametrize("path", ["/condition/MONDO:0", "/finding/MONDO:0005100", "/condition/ICD10:L94.0"])
def test_a_code_that_no_resource_of_the_kind_matches_exactly_is_404(server: Server, path: str) -> None:
    """A code is no malformed identifier; that it leads nowhere is said, with where to look."""
    reply = server.get(path)

    assert (reply.status, reply.json["code"]) == (404, "not-found")
    assert "/search" in reply.json["hint"]


@pytest.mark.parametrize(
    ("path", "first"),
    [
        ("/condition/systemic-sclerosis", SYSTEMIC),
        ("/condition/systemic-sclerosis.html", SYSTEMIC),
        ("/diseases/Systemic_Sclerosis", SYSTEMIC),
        ("/wiki/sclerodrma", "/condition/scleroderma"),
        ("/finding/MONDO:0005100", SYSTEMIC),
        ("/treatment/phototherapies", "/treatment/light-therapy"),
    ],
)
def test_a_page_that_is_not_there_suggests_what_its_address_says(server: Server, path: str, first: str) -> None:
    """The words of the address are searched for, and the best matches are offered with a link to the search."""
    assert suggestions(server, path)[0] == f"{first}.html"


def test_a_malformed_identifier_is_searched_for_too(server: Server) -> None:
    """Its page says what an identifier looks like, and offers what may have been meant."""
    assert suggestions(server, "/condition/Systemic%20Sclerosis", 400) == [f"{SYSTEMIC}.html"]


@pytest.mark.parametrize("path", ["/xyzzyq", "/%22%3E%3Cscript%3E", "/---", "/a%00b", "/condition/" + "a" * 300])
def test_an_address_that_says_nothing_suggests_nothing(server: Server, path: str) -> None:
    """Where nothing fits there is no empty heading, and nothing of the address becomes markup."""
    reply = server.get(path, Accept=HTML)

    assert reply.status in (400, 404)
    assert 'id="suggestions"' not in reply.text
    assert "<script>" not in reply.text


def test_programs_get_no_suggestions(server: Server) -> None:
    """A machine is told that there is nothing; guesses are for people."""
    assert "scleroderma.html" not in server.get("/condition/systemic-sclerosis", Accept="application/json").text
