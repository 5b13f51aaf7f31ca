"""Which dumps for other tools a release has, and which of them is about which graphs."""

from __future__ import annotations

from pathlib import Path

import pytest
from pyoxigraph import RdfFormat, parse
from small_release import ASSETS, CONFORMING, small_knowledge

from nosograph.build.dumps.exchange import EVERY_GROUP_UP_TO, chosen_groups, default_groups
from nosograph.build.pipeline import build_release
from nosograph.errors import SettingsError
from nosograph.rdf.names import CURATED_GRAPHS
from nosograph.release.names import DUMP_GROUPS, graph_file, graphs_of_file
from nosograph.release.opening import Release


@pytest.mark.parametrize(
    ("names", "groups"),
    [
        ((), None),
        (("all",), frozenset(DUMP_GROUPS)),
        (("none",), frozenset()),
        (("kgx", "graphs"), frozenset({"kgx", "graphs"})),
        (("none", "rdf12"), frozenset({"rdf12"})),
    ],
)
def test_who_names_groups_gets_them(names: tuple[str, ...], groups: frozenset[str] | None) -> None:
    """Names choose, ``all`` and ``none`` too, and without any the size decides."""
    assert chosen_groups(names) == groups


def test_a_name_of_nothing_is_an_error() -> None:
    """The error names what there is."""
    with pytest.raises(SettingsError, match="'parquet'") as error:
        chosen_groups(("kgx", "parquet"))

    assert "nanopublications" in str(error.value.hint)


def test_a_large_release_has_the_small_ones() -> None:
    """Beyond a million quads what is as large as the dumps of every release is left out."""
    assert default_groups(EVERY_GROUP_UP_TO) == set(DUMP_GROUPS)
    assert default_groups(EVERY_GROUP_UP_TO + 1) == {"kgx", "hpoa", "obographs"}


def test_what_is_not_asked_for_is_neither_there_nor_described(tmp_path: Path) -> None:
    """A build without them has no file of a graph and no dump in a model of others, and no description of one."""
    release = build_release(small_knowledge(), CONFORMING, tmp_path, assets=ASSETS, groups=frozenset({"rdf12"}))

    names = set(release.manifest.files)
    assert "nosograph.rdf12.nq" in names
    assert not [name for name in names if name.startswith("graphs/") or "kgx" in name or "nanopub" in name]
    assert "kgx" not in release.file("dcat.ttl").read_text()


def test_graph_files_hold_the_graphs(published: Release) -> None:
    """The triples of each file are those of its named graph, and together they are all quads."""
    found = {
        (name, quad.triple)
        for name in published.manifest.terms
        for quad in parse(path=str(published.folder / graph_file(name)), format=RdfFormat.N_TRIPLES)
    }

    start = str(published.base.graph(""))
    quads = parse(path=str(published.dump("nq")), format=RdfFormat.N_QUADS)
    assert found == {(quad.graph_name.value.removeprefix(start), quad.triple) for quad in quads}


@pytest.mark.parametrize(
    ("file", "graphs"),
    [
        ("graphs/import/hpo.nt.gz", ("import/hpo",)),
        ("graphs/facts.nt", ("facts",)),
        ("mapping-sets/conditions.ttl", ("mappings",)),
        ("mapping-sets/import-hpo.sssom.tsv", ("import/hpo",)),
        ("nosograph.curated.kgx_edges.jsonl.zst", tuple(CURATED_GRAPHS)),
        ("nosograph.curated.nq", tuple(CURATED_GRAPHS)),
        ("shapes.ttl", ("shapes",)),
        ("nosograph.nanopublications.trig", None),
    ],
)
def test_the_licence_of_a_file_is_that_of_its_graphs(file: str, graphs: tuple[str, ...] | None) -> None:
    """A file that holds a part of a release is told apart by its name."""
    assert graphs_of_file(file) == graphs


def test_curated_dumps_leave_imports_out(published: Release) -> None:
    """Nothing of an imported graph is in the dumps of the curated ones."""
    text = "".join(
        published.file(name).read_text(encoding="utf-8")
        for name in published.manifest.files
        if name.startswith("nosograph.curated.") and name.endswith((".jsonl", ".json", ".trig", "rdf12.nq"))
    )

    assert text
    assert "graph/import/" not in text
