"""The site behind a real nginx: below a prefix and without one, kept by it and not, stripped by it and not."""

from __future__ import annotations

import http.client
import re
from collections.abc import Iterator
from dataclasses import dataclass
from html.parser import HTMLParser
from urllib.parse import urljoin, urlsplit

import pytest
from headless import chromium
from kinds_of_pages import PAGES, hashed_pages
from live import Reply, Server
from nginx import free_port, running_nginx, site_configuration

from nosograph.release.opening import Release

ADDRESSED = ("href", "src", "action", "formaction", "poster")
TEXTS = ("value", "content", "title", "alt", "placeholder", "aria-label", "d")
"""Attributes that hold no address, whatever they begin with."""

OTHERS = [
    "robots.txt",
    "sitemap.xml",
    "opensearch.xml",
    "favicon.ico",
    "condition",
    "condition/scleroderma",
    "condition/MONDO:0005100",
    "ontology",
    "release",
    "catalog",
    ".well-known/void",
    ".well-known/api-catalog",
    "dumps/",
    "dumps/latest/",
    "dumps/latest/linkset.json",
    "condition/scleroderma.linkset.json",
    "search.json?q=skin",
    "search?q=MONDO:0005100",
    "condition/scleroderma.html?x=1",
    "healthz",
    "readyz",
    "no/such/page/at/all",
]
"""Addresses that are no pages, with redirects, Link headers or addresses in their bodies."""

NOT_FOR_GET = ("/query/check.json", "/metrics")
"""Addresses that only a script asks, by POST, and that only crawlers are told of."""

OF_ONE_KIND = 2
"""Addresses that are followed of those that differ in their names only."""


@dataclass(frozen=True)
class Proxied:
    """A site as clients see it through nginx.

    Attributes:
        port: where nginx listens.
        prefix: where the site stands there.
        canonical: what its absolute addresses begin with.
    """

    port: int
    prefix: str
    canonical: str

    @property
    def address(self) -> str:
        """The address of the site, with its last slash."""
        return f"http://127.0.0.1:{self.port}{self.prefix}"

    def get(self, address: str, method: str = "GET", **headers: str) -> Reply:
        """Return what is at an absolute or relative address, redirects not followed."""
        parts = urlsplit(urljoin(self.address, address))
        connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=60)
        try:
            target = parts.path + (f"?{parts.query}" if parts.query else "")
            connection.request(method, target, headers={name.replace("_", "-"): headers[name] for name in headers})
            response = connection.getresponse()
            return Reply(response.status, response.headers, response.read())
        finally:
            connection.close()

    def holds(self, address: str) -> bool:
        """Return whether an absolute address is one of this site, under this name or its canonical one."""
        return address.startswith((self.address, self.canonical))


@dataclass(frozen=True)
class Proxies:
    """The same server in several ways."""

    below: Proxied
    stripped: Proxied
    root: Proxied


@pytest.fixture(scope="module")
def proxies(release: Release, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Proxies]:
    """Return a server behind nginx at ``/kg/`` with a cache, at ``/kg/`` stripped and not kept, and at ``/``."""
    folder = tmp_path_factory.mktemp("nginx")
    ports = [free_port() for _ in range(3)]
    canonical = f"http://127.0.0.1:{ports[0]}/kg/"
    arguments = ("--release", str(release.folder), "--site-url", canonical, "--trusted-proxies", "1")
    server = Server(*arguments, log=folder / "log.jsonl")
    try:
        sites = [
            site_configuration("below", ports[0], server.port, folder),
            site_configuration("stripped", ports[1], server.port, folder, strips=True, caches=False),
            site_configuration("root", ports[2], server.port, folder, prefix="/"),
        ]
        with running_nginx(folder, "\n".join(sites), ports):
            yield Proxies(
                below=Proxied(ports[0], "/kg/", canonical),
                stripped=Proxied(ports[1], "/kg/", canonical),
                root=Proxied(ports[2], "/", canonical),
            )
    finally:
        server.stop()


class Addresses(HTMLParser):
    """Collects the addresses of a page; also those that stand where none is expected."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Take the addresses of an element."""
        for name, value in attrs:
            is_address = name in ADDRESSED or (name not in TEXTS and (value or "").startswith(("/", "./", "../")))
            if value and is_address and not value.startswith("#"):
                self.found.append(value)


def addresses_of(reply: Reply) -> list[str]:
    """Return every address that a response leads to."""
    found = [target for target, _, _ in reply.links]
    found += [reply[name] for name in ("Location", "Content-Location") if reply[name]]
    if reply.media_type == "text/html":
        found += Addresses(reply.text).found
    elif reply.media_type == "application/json":
        found += re.findall(r'"page": "([^"]+)"', reply.text)
    elif reply.media_type == "application/linkset+json":
        found += re.findall(r'"(?:href|anchor)": "([^"]+)"', reply.text)
    elif reply.media_type in ("application/xml", "application/opensearchdescription+xml"):
        found += re.findall(r"<loc>([^<]+)", reply.text) + re.findall(r'template="([^"{]+)', reply.text)
    elif reply.media_type == "text/plain":
        found += re.findall(r"^(?:Disallow|Sitemap): (.+)$", reply.text, re.MULTILINE)
    return found


def kind_of(address: str) -> tuple[str, ...]:
    """Return what the addresses have in common that differ in the name of a resource only."""
    parts = urlsplit(address)
    segments = parts.path.removeprefix("/kg").split("/")
    return (segments[1], str(len(segments)), segments[-1].partition(".")[2], str(bool(parts.query)))


@pytest.mark.parametrize("way", ["below", "stripped", "root"])
def test_every_address_of_the_site_holds_through_the_proxy(proxies: Proxies, release: Release, way: str) -> None:
    """Links, forms, scripts, styles, redirects and headers lead to what is there, and never out of the prefix."""
    site: Proxied = getattr(proxies, way)
    led: dict[str, str] = {}
    for path in [*PAGES, *hashed_pages(site.address, release), *OTHERS]:
        reply = site.get(path, Accept="text/html")
        assert reply.status < 500, path
        for reference in addresses_of(reply):
            led.setdefault(urljoin(site.address + path, reference).partition("#")[0], path)
    own = {address: path for address, path in led.items() if address.startswith("http://127.0.0.1")}
    outside = [f"{path}: {address}" for address, path in own.items() if not site.holds(address)]
    kinds: dict[tuple[str, ...], list[str]] = {}
    for address in own:
        kinds.setdefault(kind_of(address), []).append(address)
    followed = [address for addresses in kinds.values() for address in addresses[:OF_ONE_KIND]]
    statuses = {address: site.get(address, Accept="text/html,*/*;q=0.5").status for address in followed}
    broken = [
        f"{own[address]}: {address} is {status}"
        for address, status in statuses.items()
        if status >= 400 and not address.endswith(NOT_FOR_GET)
    ]

    assert not outside
    assert not broken
    assert len(followed) > 80


def test_the_cache_of_the_proxy_gives_each_client_what_it_asked_for(proxies: Proxies) -> None:
    """Formats, codings and redirects of one address are kept apart by Vary, and a kept copy is confirmed by its tag."""
    query = "sparql?query=SELECT%20*%20%7B%20?s%20a%20?class%20%7D%20LIMIT%203"
    csv, json = (proxies.below.get(query, Accept=accept) for accept in ("text/csv", "application/sparql-results+json"))
    again = proxies.below.get(query, Accept="text/csv")
    packed = proxies.below.get("condition/scleroderma.html", Accept_Encoding="gzip")
    plain = proxies.below.get("condition/scleroderma.html")
    known = proxies.below.get("condition/scleroderma.html", If_None_Match=plain["ETag"])
    other = proxies.below.get("condition/scleroderma.html", If_None_Match=packed["ETag"])
    led = [
        proxies.below.get("condition/scleroderma", Accept=accept)["Location"]
        for accept in ("text/html", "text/turtle", "text/html")
    ]

    assert (csv.media_type, json.media_type) == ("text/csv", "application/sparql-results+json")
    assert again["X-Cache"] == "HIT" and again.body == csv.body
    assert packed["Content-Encoding"] == "gzip" and not plain["Content-Encoding"]
    assert packed["ETag"] != plain["ETag"]
    assert (known.status, other.status) == (304, 200)
    assert led == ["scleroderma.html", "scleroderma.ttl", "scleroderma.html"]


def test_the_proxy_keeps_no_error_and_nothing_of_the_moment(proxies: Proxies) -> None:
    """What is not to be kept is asked of the server each time."""
    for path in ("no-such-page", "sparql?query=SELEC", "healthz"):
        assert [proxies.below.get(path)["X-Cache"] for _ in range(2)] == ["MISS", "MISS"], path


@pytest.mark.parametrize("claimed", ["/evil", "//evil.example", "/../..", "https://evil.example", "/x" * 2000, "\t/a"])
def test_what_a_client_says_of_the_prefix_changes_nothing(proxies: Proxies, claimed: str) -> None:
    """Pages lead by relative references, so X-Forwarded-Prefix is not read, whoever sends it."""
    for path in ("condition/scleroderma.html", "condition/scleroderma", "no-such-page?for=everybody"):
        told = proxies.below.get(path, Accept="text/html", X_Forwarded_Prefix=claimed)
        plain = proxies.stripped.get(path, Accept="text/html")

        assert (told.status, told["Location"], told["Link"]) == (plain.status, plain["Location"], plain["Link"])
        assert told["ETag"] == plain["ETag"] and len(told.body) == len(plain.body)


def test_the_prefix_alone_leads_to_the_front_page(proxies: Proxies) -> None:
    """An address without its last slash leads to the one from which relative references hold."""
    for site in (proxies.below, proxies.stripped):
        reply = site.get(site.address.removesuffix("/"))

        assert reply.status in (301, 308)
        assert urljoin(site.address.removesuffix("/"), reply["Location"]).endswith("/kg/")


def test_an_encoded_slash_spoils_no_page(proxies: Proxies) -> None:
    """A client counts no segment at an encoded slash, and what it gets is not kept for those who count one."""
    odd = proxies.below.get("condition%2Fscleroderma.html", Accept="text/html")
    missing = proxies.below.get("no%2Fsuch%2Fpage", Accept="text/html")
    usual = proxies.below.get("condition/scleroderma.html", Accept="text/html")

    assert 'href="./condition/"' in odd.text
    assert 'href="./condition/"' in missing.text
    assert 'href="../condition/"' in usual.text


def test_a_browser_uses_the_site_below_a_prefix(proxies: Proxies) -> None:
    """Search completion, the drawing, the editor and a query work, and nothing is asked for outside the prefix."""
    site = proxies.below.address
    asked: list[str] = []
    errors: list[str] = []
    with chromium() as browser:
        page = browser.new_page()
        page.on("request", lambda request: asked.append(request.url))
        page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
        page.goto(f"{site}condition/scleroderma.html")
        page.locator("#drawing a[data-name]").first.press("Enter")
        page.wait_for_selector("#drawing .picture:not([data-expanded=''])")
        drawn = page.locator("#drawing a.node").evaluate_all("nodes => nodes.map(node => node.href.baseVal)")
        page.locator("header input[type=search]").press_sequentially("skin thick")
        page.locator("header [role=option]").first.click()
        page.wait_for_url(f"{site}finding/**")
        page.goto(f"{site}sparql")
        page.locator("#query-form textarea").first.focus()
        page.wait_for_selector(".cm-content")
        page.locator("#query-form button[type=submit]").click()
        page.wait_for_selector("#answer table a[href]")
        listed = page.locator("#answer table a[href]").evaluate_all("links => links.map(link => link.href)")

    assert drawn and all(urljoin(f"{site}condition/x.html", address).startswith(site) for address in drawn)
    assert any(address.startswith(f"{site}condition/") for address in listed)
    assert [address for address in asked if not address.startswith((site, "data:"))] == []
    assert errors == []
