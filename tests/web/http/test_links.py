"""Links and link sets by RFC 8288 and RFC 9264, without a server."""

import json

import pytest
from werkzeug.datastructures import Headers

from nosograph.web.http.links import Link, add_links, relative_reference, with_absolute_targets, write_linkset


@pytest.mark.parametrize(
    ("source", "target", "expected"),
    [
        ("/condition/a", "/condition/a.ttl", "a.ttl"),
        ("/condition/a", "/finding/b", "../finding/b"),
        ("/fact/1/evidence/2", "/fact/1.html", "../../1.html"),
        ("/.well-known/void", "/dumps/v/void.ttl", "../dumps/v/void.ttl"),
        ("/dumps/", "/dumps/latest/dcat.ttl", "latest/dcat.ttl"),
        ("/dumps/", "/downloads", "../downloads"),
        ("/condition", "/condition/", "condition/"),
        ("/a/b", "/", "../"),
        ("/a/", "/a/", "./"),
        ("/a", "/b?x=1&y=/2", "b?x=1&y=/2"),
        ("/a", "/x:y", "./x:y"),
        ("/a", "//host.example/b", ".//host.example/b"),
        ("/", "/a", "a"),
    ],
)
def test_relative_references(source: str, target: str, expected: str) -> None:
    """A reference leads from one path to another and can never name another host (RFC 3986 §4.2, §5.2)."""
    assert relative_reference(source, target) == expected


def test_a_link_is_written_with_its_type() -> None:
    """Relation and type are quoted, and what may not stand in a header is percent-encoded (RFC 8288 §3)."""
    link = Link("http://a.example/ä b", "alternate", "text/turtle")

    assert str(link) == '<http://a.example/%C3%A4%20b>; rel="alternate"; type="text/turtle"'


def test_links_are_added_to_those_that_are_there() -> None:
    """A second call does not lose what the first has set."""
    headers = Headers()

    add_links(headers, [Link("a", "item")])
    add_links(headers, [Link("b", "item")])
    add_links(headers, [])

    assert headers["Link"] == '<a>; rel="item", <b>; rel="item"'


def test_targets_can_be_made_absolute() -> None:
    """Relations and types stay, and what is absolute already stays as well."""
    value = '<a.ttl>; rel="alternate"; type="text/turtle", <./>; rel="collection", <http://b/?c=d,e>; rel="item"'

    assert with_absolute_targets(value, "http://x/kg/condition/a") == (
        '<http://x/kg/condition/a.ttl>; rel="alternate"; type="text/turtle", '
        '<http://x/kg/condition/>; rel="collection", <http://b/?c=d,e>; rel="item"'
    )


def test_a_link_set_groups_targets_by_anchor_and_relation() -> None:
    """A link set holds one object for each anchor, with an array of absolute targets for each relation (RFC 9264)."""
    members = [Link("x", "item", "text/turtle"), Link("../y", "item"), Link("http://z/", "license")]
    text = write_linkset({"http://a/": members, "p.html": [Link("/", "collection")]}, "http://b/c/linkset.json")

    assert json.loads(text) == {
        "linkset": [
            {
                "anchor": "http://a/",
                "item": [{"href": "http://b/c/x", "type": "text/turtle"}, {"href": "http://b/y"}],
                "license": [{"href": "http://z/"}],
            },
            {"anchor": "http://b/c/p.html", "collection": [{"href": "http://b/"}]},
        ]
    }
