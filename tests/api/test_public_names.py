"""``import nosograph`` offers the public names, and loads a part of the software when a name of it is used."""

from __future__ import annotations

import ast
import inspect
import json
import subprocess
import sys
from pathlib import Path

import pytest

import nosograph

HEAVY = ("curies", "flask", "httptools", "pyoxigraph", "pyshacl", "rdflib", "SPARQLWrapper", "uvloop", "werkzeug")
WORKER_MODULES = [
    "nosograph",
    "nosograph.rdf",
    "nosograph.rdf.formats",
    "nosograph.rdf.graph_answers",
    "nosograph.rdf.jsonld",
    "nosograph.rdf.writer",
    "nosograph.sparql",
    "nosograph.sparql.engine",
    "nosograph.sparql.lexing",
    "nosograph.store",
    "nosograph.store.oxigraph",
    "nosograph.store.oxigraph.datasets",
    "nosograph.store.oxigraph.evaluation",
    "nosograph.store.oxigraph.failure",
    "nosograph.store.oxigraph.syntax_errors",
    "nosograph.store.workers",
    "nosograph.store.workers.frames",
    "nosograph.store.workers.sandbox",
    "nosograph.store.workers.serving",
    "nosograph.store.workers.worker",
]
"""Every module of the project that a query worker loads: its start is what a killed query costs the others."""


def loaded_by(code: str) -> list[str]:
    """Return the modules that a fresh interpreter has loaded after some code, apart from those it starts with."""
    script = (
        f"import sys, json\nbefore = set(sys.modules)\n{code}\nprint(json.dumps(sorted(set(sys.modules) - before)))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    return [str(name) for name in json.loads(done.stdout.splitlines()[-1])]


def outside(modules: list[str]) -> set[str]:
    """Return the packages among modules that are neither the project's nor Python's."""
    return {name.partition(".")[0] for name in modules} - set(sys.stdlib_module_names) - {"nosograph"}


def test_importing_the_package_loads_nothing_else() -> None:
    """A worker, or a program that wants one function, does not pay for the others."""
    modules = loaded_by("import nosograph")

    assert [name for name in modules if name.startswith("nosograph")] == ["nosograph"]
    assert outside(modules) == set()


def test_a_worker_loads_the_engine_and_little_else() -> None:
    """The worker process imports the modules listed here and one package, pyoxigraph."""
    modules = loaded_by("import nosograph.store.workers.worker")

    assert [name for name in modules if name.startswith("nosograph")] == WORKER_MODULES
    assert outside(modules) == {"pyoxigraph"}


@pytest.mark.parametrize(
    ("name", "unwanted"),
    [
        ("load", {"flask", "SPARQLWrapper"}),
        ("validate", {"flask", "SPARQLWrapper"}),
        ("build_release", {"flask"}),
        ("open_release", {"flask", "pyshacl", "SPARQLWrapper"}),
        ("compare", {"flask", "pyshacl", "SPARQLWrapper"}),
        ("look_up", {"flask", "pyshacl", "SPARQLWrapper"}),
        ("query", {"flask", "pyshacl"}),
        ("application", {"pyshacl", "SPARQLWrapper"}),
        ("NosographError", set(HEAVY)),
    ],
)
def test_a_name_loads_what_it_needs(name: str, unwanted: set[str]) -> None:
    """Asking loads no web framework, serving no validator; a build may import from a SPARQL endpoint."""
    assert outside(loaded_by(f"import nosograph\nnosograph.{name}")) & unwanted == set()


def test_every_public_name_can_be_had_and_is_documented() -> None:
    """The list of names is true, and ``help`` says something of each."""
    for name in nosograph.__all__:
        assert inspect.getdoc(getattr(nosograph, name)), name
    assert set(nosograph.__all__) <= set(dir(nosograph))
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = nosograph.nothing


def test_public_names_survive_the_import_of_every_module() -> None:
    """A room of the package with the name of a public function would replace it as soon as it is imported."""
    rooms = {path.name.removesuffix(".py") for path in Path(nosograph.__file__).parent.iterdir()}

    assert rooms & set(nosograph.__all__) == set()


def test_type_checkers_see_the_names_that_exist() -> None:
    """The imports for type checkers and the table of modules name the same things in the same modules."""
    tree = ast.parse(Path(nosograph.__file__).read_text(encoding="utf-8"))
    (block,) = (node for node in tree.body if isinstance(node, ast.If))
    declared = {
        alias.name: node.module for node in block.body if isinstance(node, ast.ImportFrom) for alias in node.names
    }

    assert declared == {name: f"nosograph.{module}" for name, module in nosograph._MODULES.items()}
    assert sorted(declared) == sorted(nosograph.__all__)
