"""Where the site stands below the root of its host."""

from __future__ import annotations

import re

import pytest
from werkzeug.test import Client

from nosograph.release.opening import Release
from nosograph.settings import Settings
from nosograph.web.application import create_application
from nosograph.web.html.rendering import STATIC_FOLDER, WEB_FOLDER
from nosograph.web.http.links import with_relative_references
from nosograph.web.http.prefix import ENCODED_PATH, path_of, site_prefix, take_prefix


@pytest.mark.parametrize(
    ("site_url", "prefix"),
    [
        ("https://a.example/", ""),
        ("https://a.example/kg/", "/kg"),
        ("https://a.example/a/b/", "/a/b"),
        ("https://a.example/k%C3%A9/", "/k\xc3\xa9"),
        ("https://a.example/source/", ""),
        ("https://a.example/source/kg/", ""),
    ],
)
def test_the_prefix_is_the_path_of_the_site(site_url: str, prefix: str) -> None:
    """It is spelled as WSGI spells paths, and is none where addresses of the site begin alike."""
    assert site_prefix(site_url, lambda segment: segment == "source") == prefix


@pytest.mark.parametrize(
    ("path", "name", "left"),
    [
        ("/kg/condition/a", "/kg", "/condition/a"),
        ("/kg/", "/kg", "/"),
        ("/kg", "/kg", ""),
        ("/condition/a", "", "/condition/a"),
        ("/kgb/a", "", "/kgb/a"),
        ("/kg/kg/a", "/kg", "/kg/a"),
        ("//kg/a", "", "//kg/a"),
    ],
)
def test_a_prefix_is_taken_where_it_is(path: str, name: str, left: str) -> None:
    """A path with the prefix, as some proxies pass it on, and one without are the same; whole segments count."""
    environ = {"PATH_INFO": path, "SCRIPT_NAME": ""}

    take_prefix(environ, "/kg")

    assert environ == {"PATH_INFO": left, "SCRIPT_NAME": name}


def test_an_encoded_slash_is_no_segment() -> None:
    """A client resolves references from the path as it sent it."""
    environ = {"PATH_INFO": "/kg/a/b", "SCRIPT_NAME": "", ENCODED_PATH: "/kg/a%2Fb"}

    take_prefix(environ, "/kg")

    assert path_of(environ) == "/a%2Fb"


@pytest.mark.parametrize(
    ("path", "page", "expected"),
    [
        ("/", b'<a href="/search">', b'<a href="./search">'),
        ("/a", b'<form action="/">', b'<form action="./">'),
        ("/a/b.html", b'<a class="x" href="/c/d#e">', b'<a class="x" href="../c/d#e">'),
        ("/a//b", b'<script src="/static/x.js">', b'<script src="../../static/x.js">'),
        ("/a/b", b'<div data-drawing="/a/b?with=c/d">', b'<div data-drawing="../a/b?with=c/d">'),
        ("/a/b", b'<a href="https://x.example/">', b'<a href="https://x.example/">'),
        ("/a/b", b'<a href="#c">', b'<a href="#c">'),
        ("/a/b", b'<input value="/c">', b'<input value="/c">'),
        ("/a/b", b"<p>href=&#34;/c&#34;</p>", b"<p>href=&#34;/c&#34;</p>"),
        ("/a", b'<a href="//x.example/">', b'<a href=".//x.example/">'),
    ],
)
def test_addresses_of_pages_become_relative(path: str, page: bytes, expected: bytes) -> None:
    """An attribute with an address of the site leads there from the page's own path; all else stays."""
    assert with_relative_references(page, path) == expected


def test_no_script_and_no_style_names_an_address_of_the_site() -> None:
    """Scripts take addresses from attributes of the page, which are relative; a literal would leave the prefix."""
    files = [*STATIC_FOLDER.glob("*.js"), *STATIC_FOLDER.glob("*.css"), *(WEB_FOLDER / "frontend").glob("*.js")]
    literal = re.compile(r"""["'`(]/[a-z.$]""")
    lines = [(file.name, line) for file in files for line in file.read_text(encoding="utf-8").splitlines()]
    found = [f"{name}: {line.strip()}" for name, line in lines if literal.search(line)]

    assert len(files) > 8
    assert found == []


@pytest.fixture(scope="module")
def client(release: Release) -> Client:
    """Return a client of the application with the default settings, whose site is at ``/nosograph/``."""
    return Client(create_application(release, Settings(), report=lambda fields: None))


@pytest.mark.parametrize("path", ["/condition/scleroderma.html", "/sparql", "/healthz", "/dumps/latest/", "/", "/x/y"])
def test_the_path_of_the_base_is_a_prefix_as_well(client: Client, path: str) -> None:
    """Where no other address of the site is set, it stands at the base IRI: with its path and without."""
    below, root = client.get(f"/nosograph{path}"), client.get(path)

    assert (below.status_code, below.headers.get("ETag"), below.headers.get("Location")) == (
        root.status_code,
        root.headers.get("ETag"),
        root.headers.get("Location"),
    )


@pytest.mark.parametrize("mount", ["", "/mounted"])
def test_the_application_can_be_mounted(client: Client, mount: str) -> None:
    """Under the name that another WSGI server gives it, corrected addresses are relative as well."""
    docs = client.get("/docs", base_url=f"http://localhost{mount}")
    root = client.get("/nosograph", base_url=f"http://localhost{mount}")

    assert (docs.status_code, docs.headers["Location"]) == (308, "docs/")
    assert (root.status_code, root.headers["Location"]) == (308, "nosograph/")
