"""One list of the kinds of pages of the curated release, for every test that looks at all of them."""

from __future__ import annotations

import re
import urllib.error
import urllib.request

from nosograph.release.opening import Release

PAGES = [
    "",
    "condition/",
    "fact/",
    "condition/scleroderma.html",
    "condition/systemic-scleroderma.html",
    "condition/localized-scleroderma.html",
    "condition/scleroderma/drawing",
    "finding/skin-thickening.html",
    "mechanism/scarring.html",
    "factor/genetic.html",
    "structure/skin.html",
    "treatment/surgery.html",
    "source/gard-scleroderma.html",
    "source/borigini-2010.html",
    "organization/orphanet.html",
    "xref",
    "xref/ICD10CM:L94.0",
    "search",
    "search?q=sclerodrma",
    "search?q=xyzzyq",
    "search?q=skin&status=affirmed",
    "search?q=treatment+for+scleroderma",
    "search?q=ORPHA90291&stay=1",
    "questions",
    "questions/01-all-subtypes",
    "questions/04-only-in-the-systemic-form?has=localized-scleroderma&lacks=systemic-scleroderma",
    "concept/noso:rareDisease",
    "concept/noso:affirmed?use=noso:status&page=2",
    "hierarchy",
    "hierarchy/condition/scleroderma",
    "compare/condition",
    "compare/condition?first=systemic-scleroderma&second=localized-scleroderma",
    "query",
    "query?query=SELECT+*+WHERE+%7B%3Fs+%3Fp",
    "downloads",
    "changes",
    "about",
    "docs/",
    "docs/operator",
    "docs/library",
    "openapi.html",
    "ontology.html",
    "shapes.html",
    "no-such-page",
    "condition/systemic-sclerosis",
]
"""Addresses below the site's, one or more for each kind of page; the last two are pages of an error."""

HASHED_KINDS = ("fact", "mapping", "prevalence")


def fetch_page(site: str, path: str) -> str:
    """Return the HTML of a page as a browser gets it, that of an error too."""
    asked = urllib.request.Request(site + path, headers={"Accept": "text/html"})
    try:
        with urllib.request.urlopen(asked, timeout=60) as reply:
            return str(reply.read().decode())
    except urllib.error.HTTPError as error:
        with error:
            return str(error.read().decode())


def hashed_pages(site: str, release: Release) -> list[str]:
    """Return one page of each kind whose address is a hash, and those that the release has of itself."""
    version = release.version
    found = [
        f"release/{version}.html",
        f"release/{version}/condition/scleroderma.html",
        f"changes/{version}/{version}.html",
    ]
    for kind in HASHED_KINDS:
        linked = re.search(rf'href="(?:\.\.?/)+({kind}/[^"?#]+)"', fetch_page(site, f"{kind}/").partition("<main")[2])
        assert linked is not None, f"the list of {kind} leads to none"
        found.append(linked[1])
    return found
