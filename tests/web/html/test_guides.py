"""The guides are shown on the site as a git host shows them, and their links lead somewhere on both."""

from __future__ import annotations

import re
from pathlib import Path

import html5lib
import pytest
from markdown_it import MarkdownIt

from nosograph.assets import guides_folder
from nosograph.web.html.guides import address_of, guides, read_guide, slug
from nosograph.web.routes.guides import render_guide
from nosograph.web.views.site import Site

ROOT = Path(__file__).parents[3]
DOCS = sorted((ROOT / "docs").glob("*.md"))


def links_of(path: Path) -> list[str]:
    """Return the targets of the links of a file."""
    tokens = MarkdownIt("commonmark").enable("table").parse(path.read_text(encoding="utf-8"))
    inner = (child for token in tokens for child in token.children or [])
    return [str(child.attrGet("href")) for child in inner if child.type == "link_open"]


def headings_of(path: Path) -> set[str]:
    """Return the identifiers of the headings of a file."""
    return {slug(line.lstrip("#").strip()) for line in path.read_text(encoding="utf-8").splitlines() if line[:1] == "#"}


@pytest.mark.parametrize("path", [ROOT / "README.md", *DOCS], ids=lambda path: path.name)
def test_links_lead_somewhere_in_the_repository(path: Path) -> None:
    """A link names a file that is there, and a heading that it has."""
    for target in links_of(path):
        if "://" in target:
            continue
        name, _, fragment = target.partition("#")
        file = path.parent / name if name else path
        assert file.exists(), target
        assert not fragment or fragment in headings_of(file), target


@pytest.mark.parametrize("name", sorted(path.stem for path in DOCS))
def test_page_is_well_formed_and_its_links_are_on_the_site(small_site: Site, name: str) -> None:
    """Each guide is a page without parse errors, and leads to guides, to itself, or away from the site."""
    html = render_guide(small_site, guides()[name])

    document = html5lib.HTMLParser(strict=True, namespaceHTMLElements=False).parse(html)

    assert len(list(document.iter("h1"))) == 1
    identifiers = {element.get("id") for element in document.iter() if element.get("id")}
    (content,) = (element for element in document.iter("div") if "guide" in (element.get("class") or ""))
    for link in content.iter("a"):
        target = str(link.get("href"))
        page, _, fragment = target.partition("#")
        assert "://" in target or page in {"", "./", *guides()}, target
        assert "://" in target or page or fragment in identifiers, target


def test_what_a_guide_holds_is_harmless(tmp_path: Path) -> None:
    """HTML in a guide is shown as text, and an address that runs a script is no link."""
    file = tmp_path / "hostile.md"
    file.write_text(
        "# T\n\n<script>alert(1)</script>\n\n[x](javascript:alert(1)) [y](data:text/html,z)\n\n```\n</pre><b>\n```\n",
        encoding="utf-8",
    )

    html = read_guide(file, frozenset({"hostile"})).html

    assert "<script" not in html
    assert "href" not in html
    assert "<b>" not in html


@pytest.mark.parametrize(
    ("target", "address"),
    [
        ("curator.md", "curator"),
        ("operator.md#settings", "operator#settings"),
        ("README.md", "./"),
        ("#here", "#here"),
        ("https://example.org/", "https://example.org/"),
        ("../data/questions", None),
        ("deploy/nginx.conf", None),
        ("missing.md", None),
    ],
)
def test_links_are_changed_for_the_site(target: str, address: str | None) -> None:
    """A file of the repository that the site does not serve is no link."""
    assert address_of(target, frozenset({"README", "curator", "operator"})) == address


def test_headings_are_named_as_a_git_host_names_them() -> None:
    """A link to a heading works in both."""
    assert slug("Build and open releases") == "build-and-open-releases"
    assert slug("The `query` command: what & how?") == "the-query-command-what--how"


def test_readme_fits_one_screen() -> None:
    """The first page says what it is and where to go; the rest is in the guides."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")

    assert len(readme.splitlines()) <= 60
    assert {f"{path.stem}.md" for path in DOCS} == {"README.md", *re.findall(r"\]\(docs/([a-z-]+\.md)\)", readme)}


def test_guides_come_with_the_checkout() -> None:
    """A checkout shows its own guides."""
    assert guides_folder() == ROOT / "docs"
