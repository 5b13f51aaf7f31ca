"""Turns the guides of ``docs/`` (Markdown) into HTML for the site.

They are written so that a git host shows them as well; so links between them are changed on the way, and a link to a
file of the repository that the site does not have becomes text.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any, Final

from markdown_it import MarkdownIt
from markdown_it.token import Token

from nosograph.assets import guides_folder

INDEX: Final = "README"
"""The guide that a git host shows for the folder."""

_NOT_IN_SLUG: Final = re.compile(r"[^\w\- ]")


@dataclass(frozen=True)
class Guide:
    """A guide as the site shows it.

    Attributes:
        name: its file's name without extension.
        title: its first heading.
        html: its content as HTML, without the first heading.
        headings: identifier and text of each section.
    """

    name: str
    title: str
    html: str
    headings: tuple[tuple[str, str], ...]


@functools.cache
def guides() -> Mapping[str, Guide]:
    """Return every guide by name; they are part of the software and do not change while it runs."""
    paths = sorted(guides_folder().glob("*.md"))
    names = frozenset(path.stem for path in paths)
    return {path.stem: read_guide(path, names) for path in paths}


def read_guide(path: Path, names: frozenset[str]) -> Guide:
    """Return a guide from its file; ``names`` are the guides that links may lead to."""
    # Raw HTML in the text is shown as text, and addresses such as javascript: are no links (markdown-it's defaults).
    parser = MarkdownIt("commonmark", {"html": False}).enable("table")
    parser.add_render_rule("fence", _code_block)
    parser.add_render_rule("code_block", _code_block)
    tokens = parser.parse(path.read_text(encoding="utf-8"))
    title = next((tokens[at + 1].content for at, token in enumerate(tokens) if token.type == "heading_open"), path.stem)
    headings: list[tuple[str, str]] = []
    for at, token in enumerate(tokens):
        if token.type == "heading_open":
            text = tokens[at + 1].content
            token.attrSet("id", slug(text))
            if token.tag == "h2":
                headings.append((slug(text), text))
        _change_links(token.children or [], names)
    first = next((at for at, token in enumerate(tokens) if token.type == "heading_close"), -1)
    text = parser.renderer.render(tokens[first + 1 :], parser.options, {})
    return Guide(path.stem, title, text, tuple(headings))


def slug(heading: str) -> str:
    """Return the identifier of a heading as git hosts make it: lower case, hyphens for blanks, no punctuation."""
    return _NOT_IN_SLUG.sub("", heading.replace("`", "").lower()).replace(" ", "-")


def address_of(target: str, names: frozenset[str]) -> str | None:
    """Return what a link of a guide leads to on the site; None when the site does not have it."""
    if "://" in target or target.startswith("#"):
        return target
    path, mark, fragment = target.partition("#")
    name = path.removesuffix(".md")
    if not path.endswith(".md") or name not in names:
        return None
    return ("./" if name == INDEX else name) + mark + fragment


def _change_links(tokens: Sequence[Token], names: frozenset[str]) -> None:
    """Change the links in a line of text; a link that leads nowhere on the site becomes a span."""
    opened: list[bool] = []
    for token in tokens:
        if token.type == "link_open":
            address = address_of(str(token.attrGet("href") or ""), names)
            opened.append(address is not None)
            if address is None:
                token.tag, token.attrs = "span", {}
            else:
                token.attrSet("href", address)
        elif token.type == "link_close" and not opened.pop():
            token.tag = "span"


def _code_block(_: Any, tokens: Sequence[Token], index: int, options: Any, environment: Any) -> str:
    """Return a block of code; it can be reached by the keyboard, as it may scroll (WCAG 2.1.1), and be copied."""
    return f'<pre data-copy tabindex="0">{escape(tokens[index].content)}</pre>\n'
