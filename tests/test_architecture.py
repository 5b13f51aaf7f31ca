"""Imports point one way, importing does nothing, and each name is defined once."""

from __future__ import annotations

import ast
import functools
import re
import subprocess
import sys
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path

import pytest
from pyoxigraph import RdfFormat, parse

from nosograph.vocabulary.reading import read_vocabulary_file, read_vocabulary_folder

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "server" / "nosograph"
MODULES = sorted(PACKAGE.rglob("*.py"))

BASE = {"errors", "settings", "assets", "progress"}
RDF = BASE | {"rdf", "sparql"}
MAY_IMPORT = {
    "errors": set(),
    "assets": {"errors"},
    "progress": set(),
    "rdf": {"errors", "rdf"},
    "sparql": {"errors", "rdf", "sparql"},
    "settings": RDF - {"assets"},
    "vocabulary": RDF | {"vocabulary"},
    "facts": RDF | {"vocabulary", "facts"},
    "curation": RDF | {"vocabulary", "facts", "curation"},
    "imports": RDF | {"vocabulary", "facts", "imports"},
    "validation": RDF | {"vocabulary", "facts", "curation", "imports", "validation"},
    "release": RDF | {"vocabulary", "release"},
    "search": RDF | {"vocabulary", "release", "search"},
    "analysis": RDF | {"analysis"},
    "store": RDF | {"vocabulary", "release", "search", "analysis", "store"},
    "indexing": RDF | {"vocabulary", "release", "search", "analysis", "store", "indexing"},
    "cluster": RDF | {"vocabulary", "release", "search", "analysis", "store", "indexing", "cluster"},
    "build": RDF
    | {"vocabulary", "facts", "curation", "imports", "validation"}
    | {"release", "search", "store", "indexing", "build"},
    "distribution": RDF | {"release", "distribution"},
    "comparison": RDF | {"vocabulary", "release", "comparison"},
    "web": RDF | {"vocabulary", "release", "search", "store", "indexing", "comparison", "web"},
    "doctor": {"errors", "progress", "rdf", "sparql", "doctor"},
    "mcp": {"mcp"},
    "__init__": {"api", "comparison", "distribution", "doctor", "errors", "facts", "release", "validation"},
}
"""Room → rooms that it may import. The command line and the public API may import everything."""

PUBLIC = {"cli", "api"}
ROOMS = {path.relative_to(PACKAGE).parts[0].removesuffix(".py") for path in MODULES}
FLASK_ROOMS = {"routes", "application"}
"""The parts of ``web`` that know Flask."""

WEB_LIBRARIES = {"werkzeug", "httptools", "uvloop", "jinja2"}


@functools.cache
def parsed(path: Path) -> ast.Module:
    """Return the syntax tree of a file, which several tests read."""
    return ast.parse(path.read_text(encoding="utf-8"))


def imports_of(path: Path) -> Iterator[str]:
    """Return the modules that a module imports, wherever in it the import is written."""
    for node in ast.walk(parsed(path)):
        yield from imported_by(node)


def imported_by(node: ast.AST) -> list[str]:
    """Return the modules that a statement imports; ``from nosograph import web`` names ``nosograph.web``."""
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom):
        rooms = [f"nosograph.{alias.name}" for alias in node.names if alias.name in ROOMS]
        return rooms if node.module == "nosograph" and rooms else [node.module or ""]
    return []


def nodes_that_run(path: Path) -> Iterator[ast.AST]:
    """Return the nodes of a module without its imports for type checkers alone."""
    tree = parsed(path)
    for statement in tree.body:
        if not (isinstance(statement, ast.If) and ast.unparse(statement.test) == "TYPE_CHECKING"):
            yield from ast.walk(statement)


def layer_of(module: str) -> str:
    """Return the layer of a module, ``facts`` for ``nosograph.facts.loading``."""
    return module.split(".")[1] if "." in module else ""


def module_name(path: Path) -> str:
    """Return the dotted name of a module file."""
    return ".".join(("nosograph", *path.relative_to(PACKAGE).with_suffix("").parts)).removesuffix(".__init__")


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.relative_to(PACKAGE).as_posix())
def test_imports_point_one_way(path: Path) -> None:
    """Building knows nothing of HTTP, serving nothing of curation."""
    room = path.relative_to(PACKAGE).parts[0].removesuffix(".py")
    allowed = ROOMS if room in PUBLIC else MAY_IMPORT[room]

    for module in imports_of(path):
        if module.startswith("nosograph."):
            assert layer_of(module) in allowed, f"{room} imports {module}"


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.relative_to(PACKAGE).as_posix())
def test_only_routes_and_the_application_know_flask(path: Path) -> None:
    """Rules of HTTP, views and HTML are usable, and tested, without a framework."""
    parts = path.relative_to(PACKAGE).with_suffix("").parts
    knows_flask = parts[0] == "web" and len(parts) > 1 and parts[1] in FLASK_ROOMS

    for module in imports_of(path):
        top = module.split(".")[0]
        assert top != "flask" or knows_flask, f"{module_name(path)} imports {module}"
        assert top not in ("werkzeug", "httptools", "uvloop", "jinja2") or parts[0] == "web", (
            f"{module_name(path)}: {module}"
        )


@pytest.mark.parametrize(
    ("part", "allowed"), [("http", {"http"}), ("views", {"views"}), ("html", {"html", "http", "views"})]
)
def test_the_parts_of_web_build_on_each_other(part: str, allowed: set[str]) -> None:
    """Rules of HTTP know no page, views no HTML and no HTTP, templates neither a route nor the server."""
    modules = [path for path in MODULES if path.relative_to(PACKAGE).parts[:2] == ("web", part)]
    found = {
        (module_name(path), module)
        for path in modules
        for module in imports_of(path)
        if module.startswith("nosograph.web.") and module.split(".")[2] not in allowed
    }

    assert modules
    assert found == set()


@pytest.mark.parametrize(
    ("source", "modules"),
    [
        ("import nosograph.web.application", ["nosograph.web.application"]),
        ("from nosograph import web, facts as f", ["nosograph.web", "nosograph.facts"]),
        ("from nosograph.web import routes", ["nosograph.web"]),
    ],
)
def test_every_way_to_import_is_seen(source: str, modules: list[str]) -> None:
    """No spelling of an import is overlooked by these tests."""
    assert imported_by(ast.parse(source).body[0]) == modules


def test_imports_name_the_whole_module() -> None:
    """A relative import would not say from which room it takes what it imports."""
    relative = [
        f"{module_name(path)}:{node.lineno}"
        for path in MODULES
        for node in ast.walk(parsed(path))
        if isinstance(node, ast.ImportFrom) and node.level
    ]

    assert relative == []


def test_no_module_is_longer_than_400_lines() -> None:
    """A module that long has more than one job."""
    long = {module_name(path): len(path.read_text(encoding="utf-8").splitlines()) for path in MODULES}

    assert {name: lines for name, lines in long.items() if lines > 400} == {}


def test_imports_form_no_circle() -> None:
    """No module needs, directly or through others, a module that needs it."""
    names = {module_name(path) for path in MODULES}
    edges: dict[str, set[str]] = {module_name(path): set() for path in MODULES}
    for path in MODULES:
        for node in nodes_that_run(path):
            if isinstance(node, ast.ImportFrom) and node.module:
                named = {f"{node.module}.{alias.name}" for alias in node.names}
                edges[module_name(path)] |= {name if name in names else node.module for name in named}
            elif isinstance(node, ast.Import):
                edges[module_name(path)] |= {alias.name for alias in node.names}

    order = TopologicalSorter(
        {name: {target for target in targets if target in names} for name, targets in edges.items()}
    )

    order.prepare()


def test_no_import_stands_inside_a_function() -> None:
    """An import inside a function hides a circle; the lazy public API imports by name instead."""
    found = [
        f"{module_name(path)} imports {module}"
        for path in MODULES
        for function in ast.walk(parsed(path))
        if isinstance(function, (ast.FunctionDef, ast.AsyncFunctionDef))
        for inner in ast.walk(function)
        for module in imported_by(inner)
        if module.split(".")[0] == "nosograph"
    ]

    assert found == []


def test_a_class_name_is_used_once() -> None:
    """One name has one meaning."""
    holders: dict[str, list[str]] = {}
    for path in MODULES:
        for node in ast.walk(parsed(path)):
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                holders.setdefault(node.name, []).append(module_name(path))

    assert {name: modules for name, modules in holders.items() if len(modules) > 1} == {}


def test_only_settings_reads_the_environment() -> None:
    """What a run depends on is in one value; the command line hands the environment to it, and nobody else looks.

    A worker process may set a variable for the engine that it loads.
    """
    readers = {
        path.relative_to(PACKAGE).as_posix()
        for path in MODULES
        if re.search(r"getenv|os\.environ(?!\[\"\w+\"\] = )", path.read_text(encoding="utf-8"))
    }

    assert {reader.split("/")[0] for reader in readers} == {"cli"}


def test_importing_does_nothing() -> None:
    """Every module can be imported on its own, prints nothing, starts no thread and opens no socket."""
    names = [
        ".".join(("nosograph", *path.relative_to(PACKAGE).with_suffix("").parts)).removesuffix(".__init__")
        for path in MODULES
        if path.name != "__main__.py"
    ]
    script = (
        "import importlib, socket, threading\n"
        "def refuse(*_, **__): raise AssertionError('a socket was opened')\n"
        "socket.socket.connect = socket.socket.bind = refuse\n"
        f"for name in {names!r}: importlib.import_module(name)\n"
        "assert threading.active_count() == 1, threading.enumerate()\n"
    )

    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)

    assert (done.returncode, done.stdout) == (0, ""), done.stderr


def test_media_types_are_written_once() -> None:
    """A media type that stands in two modules will one day differ between them."""
    holders: dict[str, set[str]] = {}
    for path in MODULES:
        for node in ast.walk(parsed(path)):
            if isinstance(node, ast.Constant) and re.match(r"(application|text)/[\w.+-]+(;|$)", str(node.value)):
                media_type = str(node.value).partition(";")[0]
                holders.setdefault(media_type, set()).add(path.relative_to(PACKAGE).as_posix())

    assert holders["text/turtle"] == {"rdf/formats.py"}
    assert {media_type: modules for media_type, modules in holders.items() if len(modules) > 1} == {}


def domain_names() -> tuple[set[str], set[str]]:
    """Return the local names of the terms of the field, and the path segments of its classes."""
    ontology = PACKAGE.parent.parent / "ontology"
    own = ontology / "evidence.ttl"
    vocabulary = read_vocabulary_folder(ontology)
    model = read_vocabulary_file(own)
    base = vocabulary.base()
    known = {
        quad.subject.value
        for path in ontology.glob("*.ttl")
        for quad in parse(path=path, format=RdfFormat.TURTLE)
        if quad.predicate.value.endswith("isDefinedBy")
    }
    of_the_model = {quad.subject.value for quad in parse(path=own, format=RdfFormat.TURTLE)}
    names = {base.local_name(iri) for iri in known - of_the_model if base.is_term(iri)}
    return names, set(vocabulary.kinds) - set(model.kinds)


def strings_of(path: Path) -> Iterator[str]:
    """Return the strings of a module but its docstrings, and the attributes and keys that it asks a namespace for."""
    tree = parsed(path)
    documentation = {
        id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in documentation:
            yield node.value
        elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "NOSO":
            yield f"noso:{node.attr}"
        elif isinstance(node, ast.Call) and ast.unparse(node.func).lstrip("_") == "noso":
            yield f"noso:{ast.unparse(node.args[0]).strip(chr(39))}"


def test_no_term_of_the_field_is_named_in_code() -> None:
    """Classes, predicates and concepts of medicine stand in the ontology; the code names the evidence model alone.

    A string counts that is the whole name of a property or concept with a capital inside, or the path segment of a
    class, and so does every term with its prefix or asked of the namespace.
    """
    names, segments = domain_names()
    assert {"Condition", "hasSymptom", "women"} <= names and {"condition", "finding"} <= segments
    whole = {name for name in names if re.match(r"[a-z]+[A-Z]", name)} | segments
    prefixed = re.compile(r"(?<![\w-])noso:(\w+)")
    wordings = {path: list(strings_of(path)) for path in MODULES} | {
        path: [path.read_text(encoding="utf-8")] for path in sorted(PACKAGE.rglob("*.html"))
    }

    found = [
        (path.relative_to(PACKAGE).as_posix(), text.strip()[:60])
        for path, texts in wordings.items()
        for text in texts
        if text in whole or any(name in names for name in prefixed.findall(text))
    ]

    assert found == []


def test_project_names_no_machine_and_no_registry() -> None:
    """The project speaks of itself alone."""
    listing = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False)
    files = listing.stdout.splitlines()
    if not files:
        pytest.skip("the files of the project are listed by git, and this is no checkout")
    folders = [f"/{name}/" for name in ("root", "home", "work")]
    hosts = [".".join(parts) for parts in (("pypi", "org"), ("files", "pythonhosted"), ("registry", "npmjs"))]

    found = [
        (name, mark)
        for name in files
        if (ROOT / name).is_file() and (ROOT / name).suffix not in {".png", ".ico"}
        for mark in (*folders, *hosts)
        if mark in (ROOT / name).read_text(encoding="utf-8", errors="replace")
    ]

    assert found == []
