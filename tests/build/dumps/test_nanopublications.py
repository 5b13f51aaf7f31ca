"""Each piece of evidence is a nanopublication; nothing disputed or doubted is asserted in one."""

from __future__ import annotations

import base64
import hashlib
from collections import defaultdict
from pathlib import Path

import pytest
from exchange_data import BASE, FIELD, write_lines
from pyoxigraph import Literal, NamedNode, Quad

from nosograph.build.dumps.nanopublications import NANOPUBLICATION, Credit, nanopublications
from nosograph.rdf.lines import read_lines

CREDITS = {
    str(BASE.graph("facts")): Credit("https://e.org/license", "Somebody"),
    str(BASE.graph("import/other")): Credit("https://e.org/other-license", "Others", "2024-05-06"),
}
ABOUT = f"{BASE.iri}about#publisher"
Published = dict[str, dict[str, list[Quad]]]


def published(path: Path, base_lines: list[bytes] | None = None) -> Published:
    """Return the quads of each nanopublication by its IRI and by the name of the graph."""
    found: Published = defaultdict(lambda: defaultdict(list))
    for quad in nanopublications(base_lines or read_lines(path), BASE, CREDITS, ABOUT):
        iri, _, graph = quad.graph_name.value.rpartition(".")
        found[iri][graph].append(quad)
    return found


@pytest.fixture(scope="module")
def all_of_them(tmp_path_factory: pytest.TempPathFactory) -> Published:
    """Return the nanopublications of every fact."""
    return published(write_lines(tmp_path_factory.mktemp("nanopublications") / "quads.nq"))


def of_fact(name: str, all_of_them: Published) -> list[dict[str, list[Quad]]]:
    """Return the nanopublications of a fact."""
    return [graphs for iri, graphs in all_of_them.items() if f"/fact/{name * 16}/" in iri]


def test_each_piece_of_evidence_is_one(all_of_them: Published) -> None:
    """There are as many as pieces of evidence, each with the four graphs that its head names."""
    assert len(all_of_them) == 12
    for iri, graphs in all_of_them.items():
        assert set(graphs) == {"Head", "assertion", "provenance", "pubinfo"}
        named = {
            quad.object.value for quad in graphs["Head"] if quad.predicate.value.startswith(f"{NANOPUBLICATION}has")
        }
        assert named == {f"{iri}.assertion", f"{iri}.provenance", f"{iri}.pubinfo"}
        assert any(quad.subject == NamedNode(f"{iri}.assertion") for quad in graphs["provenance"])
        assert any(quad.subject == NamedNode(iri) for quad in graphs["pubinfo"])


@pytest.mark.parametrize(
    ("name", "asserted"), [("a", [1]), ("b", [1, 0]), ("c", [0, 0]), ("d", [0]), ("f", [0, 0]), ("0", [0])]
)
def test_only_what_is_affirmed_and_stated_is_asserted(name: str, asserted: list[int], all_of_them: Published) -> None:
    """The proposition is a triple where fact and source affirm it without a context, and nowhere else."""
    found = [
        sum(
            quad.predicate.value.startswith(FIELD) and "/evidence/" not in quad.subject.value
            for quad in graphs["assertion"]
        )
        for graphs in of_fact(name, all_of_them)
    ]

    assert found == asserted


def test_what_is_disputed_is_told(all_of_them: Published) -> None:
    """The assertion of a dispute has the proposition by its parts, and the stance of the source."""
    (graphs,) = of_fact("d", all_of_them)

    said = {
        (quad.predicate.value.rpartition("#")[2], quad.object.value.rpartition("/")[2]) for quad in graphs["assertion"]
    }
    assert {("subject", "cold"), ("object", "rash"), ("cites", "paper")} <= said
    assert any(name == "stance" and value.endswith("disputes") for name, value in said)


def test_credit_is_that_of_the_graph(all_of_them: Published) -> None:
    """Licence, publisher and date are those of the named graph, the date of its evidence where that has one."""
    (imported,), (dated,) = of_fact("2", all_of_them), of_fact("1", all_of_them)

    said = {quad.predicate.value.rpartition("/")[2]: quad.object.value for quad in imported["pubinfo"]}
    assert said == {"created": "2024-05-06", "creator": ABOUT, "license": "https://e.org/other-license"}
    assert any(quad.object == Literal("Others") for quad in imported["provenance"])
    assert any(quad.object.value == "2020-01-31" for quad in dated["pubinfo"])
    assert not any(quad.predicate.value.endswith("created") for quad in of_fact("a", all_of_them)[0]["pubinfo"])


def test_the_code_is_of_the_content(all_of_them: Published) -> None:
    """The trusty URI ends in the digest that the specification computes, here once more from the published quads."""
    for iri, graphs in all_of_them.items():
        code = iri.rpartition("#")[2]
        rows = []
        for quad in (quad for quads in graphs.values() for quad in quads):
            names = [term.value.replace(code, " ") for term in (quad.graph_name, quad.subject, quad.predicate)]
            if isinstance(quad.object, Literal):
                text = quad.object.value.replace("\\", "\\\\").replace("\n", "\\n")
                tag = f"@{quad.object.language}" if quad.object.language else f"^{quad.object.datatype.value}"
                rows.append((*names, 1, f"{tag} {text}"))
            else:
                rows.append((*names, 0, quad.object.value.replace(code, " ")))
        content = "".join(f"{g}\n{s}\n{p}\n{o}\n" for g, s, p, _, o in sorted(rows))
        digest = base64.urlsafe_b64encode(hashlib.sha256(content.encode()).digest()).decode().rstrip("=")
        assert code == f"RA{digest}"


def test_a_changed_status_changes_only_its_fact(tmp_path: Path, all_of_them: Published) -> None:
    """A nanopublication depends on its evidence and its fact alone, so the others keep their IRIs."""
    path = write_lines(tmp_path / "quads.nq")
    lines = [
        line.replace(b"#affirmed>", b"#contested>") if b"/fact/aaaa" in line else line for line in read_lines(path)
    ]

    other = published(path, sorted(lines))

    assert {iri for iri in all_of_them if iri not in other} == {iri for iri in all_of_them if "/fact/aaaa" in iri}
