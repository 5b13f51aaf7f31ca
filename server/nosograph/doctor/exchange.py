"""A request, and what came back."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final
from urllib.parse import urljoin, urlsplit

from nosograph.rdf.formats import HTML
from nosograph.sparql.service_replies import retry_after

REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
_LINK: Final = re.compile(
    r"<([^<>]{0,4000})>((?:\s{0,8};\s{0,8}[^\s=;,]{1,40}\s{0,8}=\s{0,8}(?:\"[^\"]{0,4000}\"|[^\s;,\"]{1,400})){0,20})"
)
_PARAMETER: Final = re.compile(r";\s{0,8}([^\s=;,]{1,40})\s{0,8}=\s{0,8}(?:\"([^\"]{0,4000})\"|([^\s;,\"]{1,400}))")


@dataclass(frozen=True)
class HttpCall:
    """A request as it is sent.

    Attributes:
        method: GET, HEAD, POST or OPTIONS; no other is ever sent.
        url: absolute address, without a fragment.
        headers: header fields beside those that every request has.
        body: content; None for none.
    """

    method: str
    url: str
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes | None = None


@dataclass(frozen=True)
class WebLink:
    """A link of a ``Link`` header (RFC 8288): its absolute target, relations and media type."""

    target: str
    relations: frozenset[str]
    media_type: str = ""


@dataclass(frozen=True)
class Exchange:
    """What came back for a request.

    Attributes:
        call: the request; that of the last redirect where some were followed.
        status: HTTP status.
        headers: header fields in their order, with the names as they came.
        body: what was read of the content, unpacked.
        is_truncated: whether the content is longer than what was read.
        redirects: status and address of each redirect that was followed, in order.
        packed: what was read of the content as it came, where it has a content coding.
    """

    call: HttpCall
    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes
    is_truncated: bool = False
    redirects: tuple[tuple[int, str], ...] = ()
    packed: bytes = b""

    def header(self, name: str) -> str:
        """Return the value of a header field, with commas between several; empty where there is none."""
        return ", ".join(value for known, value in self.headers if known.lower() == name.lower())

    @property
    def media_type(self) -> str:
        """The media type, in small letters, without its parameters."""
        return self.header("Content-Type").partition(";")[0].strip().lower()

    @property
    def location(self) -> str:
        """Where a redirect leads, as an absolute address; empty where it leads nowhere."""
        target = self.header("Location")
        return _joined(self.call.url, target) if target else ""

    @property
    def retry_after(self) -> float | None:
        """After how many seconds the server wants to be asked again; None where it does not say."""
        return retry_after(self.header("Retry-After"), self.header("Date"))

    @property
    def links(self) -> tuple[WebLink, ...]:
        """The links of the ``Link`` header fields."""
        found = []
        for match in _LINK.finditer(self.header("Link")):
            parameters = {name.lower(): quoted or bare for name, quoted, bare in reversed(_PARAMETER.findall(match[2]))}
            target = _joined(self.call.url, match[1])
            if not target:
                continue
            relations = frozenset(parameters.get("rel", "").lower().split())
            found.append(WebLink(target, relations, parameters.get("type", "").lower()))
        return tuple(found)

    def target(self, *relations: str) -> str:
        """Return the target of the first link with one of the relations; empty where there is none."""
        return next((link.target for link in self.links if link.relations & set(relations)), "")

    @property
    def is_html(self) -> bool:
        """Whether the content is a web page, by its type or, without a type, by its beginning."""
        return self.media_type in (HTML.media_type, *HTML.accepted_for) or (
            not self.media_type and self.body.lstrip()[:15].lower().startswith((b"<!doctype html", b"<html"))
        )

    def to_text(self) -> str:
        """Return status and media type in a few words."""
        return f"{self.status} {self.media_type}".strip()


def is_address(text: str) -> bool:
    """Return whether a text can be taken apart as an address, as which not everything passes that a server sends."""
    try:
        host = urlsplit(text).netloc
    except ValueError:
        return False
    return is_host(host)


def is_host(name: str) -> bool:
    """Return whether a name has no space and no control character: a resolver ends it at a null, and finds another."""
    return not any(character <= " " or character == "\x7f" for character in name)


def _joined(base: str, target: str) -> str:
    """Return an absolute address; empty where it is none."""
    try:
        found = urljoin(base, target.strip())
    except ValueError:
        return ""
    return found if is_address(found) else ""
