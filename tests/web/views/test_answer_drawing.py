"""The drawing of a graph that a query makes: bounded, in columns along its arrows, circles included."""

from __future__ import annotations

import itertools

from pyoxigraph import Literal, NamedNode, Quad

from nosograph.rdf.iris import RDFS_LABEL
from nosograph.web.views.answer_drawing import MOST_BOXES, draw_triples
from nosograph.web.views.facts import Reader


def triple(subject: str, object: str, predicate: str = "p") -> Quad:
    """Return a triple of three IRIs."""
    return Quad(*(NamedNode(f"urn:{name}") for name in (subject, predicate, object)))


def test_columns_follow_the_arrows(reader: Reader) -> None:
    """What is pointed to stands to the right of everything that points to it."""
    drawing = draw_triples([triple("a", "b"), triple("b", "c"), triple("a", "c")], reader)

    assert drawing is not None
    x = {node.value.text: node.x for node in drawing.nodes}
    assert x["urn:a"] < x["urn:b"] < x["urn:c"]


def test_circles_and_loops_are_drawn(reader: Reader) -> None:
    """A circle is opened somewhere, and a box may point to itself."""
    drawing = draw_triples([triple("a", "b"), triple("b", "a"), triple("b", "b")], reader)

    assert drawing is not None
    assert (len(drawing.nodes), len(drawing.edges)) == (2, 3)


def test_two_triples_between_two_boxes_are_one_arrow(reader: Reader) -> None:
    """Their labels stand together, so that none hides the other."""
    drawing = draw_triples([triple("a", "b", "p"), triple("a", "b", "q")], reader)

    assert drawing is not None
    (edge,) = drawing.edges
    assert edge.label == "urn:p, urn:q" and "urn:a urn:q urn:b" in edge.words


def test_what_does_not_fit_is_counted(reader: Reader) -> None:
    """At most so many boxes, and the number of triples that are missing."""
    drawing = draw_triples([triple("hub", f"spoke{number}") for number in range(MOST_BOXES + 5)], reader)

    assert drawing is not None
    assert len(drawing.nodes) == MOST_BOXES
    assert drawing.left_out == 6
    boxes = sorted((node.x, node.y, node.height) for node in drawing.nodes)
    assert all(one[1] + one[2] <= two[1] for one, two in itertools.pairwise(boxes) if one[0] == two[0])
    assert all(node.x >= 0 and node.x + node.width <= drawing.width for node in drawing.nodes)
    assert all(node.y >= 0 and node.y + node.height <= drawing.height for node in drawing.nodes)


def test_labels_name_boxes_and_are_none(reader: Reader) -> None:
    """A graph of labels alone has no drawing."""
    assert draw_triples([Quad(NamedNode("urn:a"), NamedNode(RDFS_LABEL), Literal("a"))], reader) is None
    assert draw_triples([], reader) is None
