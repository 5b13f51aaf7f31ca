"""Every citation can be checked by who has the documents, and a document's digest and length with it."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from desk import copy_leaflets

from nosograph.assets import Assets
from nosograph.build.pipeline import build_release
from nosograph.curation.verifying import CitationReport, published_text, quotation_triples, verify_citations
from nosograph.errors import InputErrors, ValidationFailed
from nosograph.facts.loading import load_knowledge, register_names
from nosograph.rdf.names import Base
from nosograph.release.opening import Release
from nosograph.validation.report import Report

LEAFLET, POSTER = (str(Base().resource("source", name)) for name in ("leaflet", "poster"))
CONFORMING = Report(shapes=1, nodes=1)
OPEN_LICENCE = "https://creativecommons.org/licenses/by/4.0/"


def verify(leaflets: Assets) -> CitationReport:
    """Return the verdicts on the citations of the invented leaflets."""
    return verify_citations(load_knowledge(leaflets, Base()), leaflets.root / "texts")


def replace(file: Path, pattern: str, new: str) -> None:
    """Replace what a pattern matches first in a file, which must be there."""
    text = file.read_text(encoding="utf-8")
    changed = re.sub(pattern, new, text, count=1)
    assert changed != text
    file.write_text(changed, encoding="utf-8")


def put_under(leaflets: Assets, licence: str) -> None:
    """Give the leaflet a licence."""
    statement = rf"<http://purl.org/dc/terms/license> <{licence}> ;\n    \1"
    replace(leaflets.data / "entities.ttl", r"(noso:textLength)", statement)


def verdicts(report: CitationReport) -> dict[str, str]:
    """Return the verdict on each source."""
    return {source.iri: source.verdict for source in report.sources}


def test_citations_that_hold_are_verified(leaflets: Assets) -> None:
    """Each passage's digest is that of its text, and each source's digest and length are those of its whole text."""
    report = verify(leaflets)

    assert report.holds
    assert report.count("verified") == len(report.citations) == 3
    assert verdicts(report) == {LEAFLET: "verified", POSTER: "verified"}


def test_wrong_length_of_a_text_is_told(leaflets: Assets) -> None:
    """A length that the text does not have is wrong, although every passage is where it should be."""
    replace(leaflets.data / "entities.ttl", r"(noso:textLength) \d+", r"\1 2999")

    report = verify(leaflets)

    assert not report.holds
    assert verdicts(report)[LEAFLET] == "length"
    assert "2999" in report.to_text()


def test_missing_length_of_a_text_is_told(leaflets: Assets) -> None:
    """A source without a length is no reason to stop with a traceback."""
    replace(leaflets.data / "entities.ttl", r" ;\n    noso:textLength \d+", "")

    report = verify(leaflets)

    assert verdicts(report)[LEAFLET] == "length"


def test_another_version_of_a_text_is_told(leaflets: Assets) -> None:
    """A text that was changed after its passages is not the text that was cited, even where all passages are in it."""
    with (leaflets.root / "texts" / "leaflet.txt").open("a", encoding="utf-8") as stream:
        stream.write("A later sentence.\n")

    report = verify(leaflets)

    assert {citation.verdict for citation in report.citations} == {"verified"}
    assert verdicts(report) == {LEAFLET: "changed", POSTER: "verified"}
    assert not report.holds


def test_moved_and_changed_passages_are_told_apart(leaflets: Assets) -> None:
    """In another version, text that is elsewhere has moved, and text that is nowhere has changed."""
    replace(leaflets.root / "texts" / "leaflet.txt", "It makes hands warm", "Indeed, hands get warm")

    report = verify(leaflets)

    of_leaflet = [citation for citation in report.citations if citation.source == LEAFLET]
    assert {citation.verdict: citation.moved_to for citation in of_leaflet} == {"changed": None, "moved": 90}


def test_missing_text_is_told(leaflets: Assets) -> None:
    """A passage without a text was not verified, and a text in another encoding is named as the possible reason."""
    path = leaflets.root / "texts" / "leaflet.txt"
    path.write_bytes(path.read_text(encoding="utf-8").replace("—", "-").encode("latin-1"))

    report = verify(leaflets)

    assert report.count("missing") == 2
    assert verdicts(report)[LEAFLET] == "missing"
    assert re.search(r"leaflet\.txt.*not UTF-8", report.to_text())


def test_passage_of_a_source_without_a_digest_is_not_left_out(leaflets: Assets) -> None:
    """A passage cannot be verified where nobody recorded which text was read."""
    replace(leaflets.data / "entities.ttl", r"    noso:textDigest \"[0-9a-f]+\" ;\n", "")

    report = verify(leaflets)

    assert len(report.citations) == 3
    assert verdicts(report)[LEAFLET] == "no digest"
    assert not report.holds


def test_other_things_in_the_folder_are_passed_over(leaflets: Assets) -> None:
    """A pipe, a folder or a picture beside the texts is not waited for and is no error."""
    texts = leaflets.root / "texts"
    os.mkfifo(texts / "pipe.txt")
    (texts / "folder.txt").mkdir()
    (texts / "picture.png").write_bytes(b"\x89PNG\xff")

    assert verify(leaflets).holds


@pytest.fixture(scope="module")
def built(assets: Assets, tmp_path_factory: pytest.TempPathFactory) -> tuple[Assets, Release, Release]:
    """Return leaflets under an open licence, a release of their verified citations, and one made without the texts."""
    folder = tmp_path_factory.mktemp("verified")
    leaflets = copy_leaflets(assets, folder / "leaflets")
    put_under(leaflets, OPEN_LICENCE)
    knowledge = load_knowledge(leaflets, Base())
    verified, unverified = (
        build_release(knowledge, CONFORMING, folder / "releases", assets=leaflets, citations=checked)
        for checked in (verify_citations(knowledge, leaflets.root / "texts"), None)
    )
    return leaflets, verified, unverified


def test_release_of_verified_citations_says_so(built: tuple[Assets, Release, Release]) -> None:
    """The report of the release has the numbers, and nothing of the machine or of the files' names."""
    leaflets, release, _ = built

    report = json.loads((release.folder / "report.json").read_text(encoding="utf-8"))
    assert report["citations"]["verified"] is True
    assert report["citations"]["passages"] == 3
    assert [source["iri"] for source in report["citations"]["sources"]] == [LEAFLET, POSTER]
    text = (release.folder / "report.txt").read_text(encoding="utf-8")
    assert "All 3 cited passages were verified in this build" in text
    assert str(leaflets.root) not in text + json.dumps(report)
    assert ".txt" not in json.dumps(report["citations"])


@pytest.mark.parametrize(
    ("licence", "quoted"),
    [
        (OPEN_LICENCE, True),
        ("http://creativecommons.org/licenses/by-sa/3.0/", True),
        ("https://creativecommons.org/publicdomain/zero/1.0/", True),
        ("https://creativecommons.org/licenses/by-nd/4.0/", False),
        ("https://creativecommons.org/licenses/by-nc-sa/4.0/", False),
        ("https://example.org/all-rights-reserved", False),
    ],
)
def test_passages_are_quoted_where_the_licence_of_their_source_allows_it(
    leaflets: Assets, licence: str, quoted: bool
) -> None:
    """The words of a passage are published only under a licence that lets anyone pass on and change them."""
    put_under(leaflets, licence)

    report = verify(leaflets)

    assert bool(list(quotation_triples(report))) == quoted
    assert ("No passage is quoted" in published_text(report, 3)) != quoted


def test_release_has_the_words_of_the_passages_that_it_verified(built: tuple[Assets, Release, Release]) -> None:
    """What may be quoted is in the data of the release, and only where the texts were there."""
    _, verified, unverified = built
    quoted, without = (
        (release.folder / "nosograph.nt").read_text(encoding="utf-8") for release in (verified, unverified)
    )

    for term in ("TextQuoteSelector", "exact"):
        assert f"http://www.w3.org/ns/oa#{term}>" in quoted
        assert f"http://www.w3.org/ns/oa#{term}>" not in without


def test_release_without_the_texts_says_that_nothing_was_verified(built: tuple[Assets, Release, Release]) -> None:
    """Who reads the release learns that its citations were not verified in this build."""
    _, _, release = built

    report = json.loads((release.folder / "report.json").read_text(encoding="utf-8"))
    assert report["citations"] == {"verified": False, "passages": 3}
    assert "not verified in this build" in (release.folder / "report.txt").read_text(encoding="utf-8")


def test_verified_and_unverified_builds_are_two_releases(built: tuple[Assets, Release, Release]) -> None:
    """What a release says of its citations is part of its content, so it is part of its version."""
    _, verified, unverified = built

    assert verified.version != unverified.version


def test_citation_that_does_not_hold_stops_the_release(leaflets: Assets, tmp_path: Path) -> None:
    """No release is made from a false citation once the texts are there to tell."""
    replace(leaflets.data / "facts" / "fever.ttl", r"oa:start 66", "oa:start 65")
    knowledge = load_knowledge(leaflets, Base())
    citations = verify_citations(knowledge, leaflets.root / "texts")

    with pytest.raises(ValidationFailed, match="1 of 3 cited passages"):
        build_release(knowledge, CONFORMING, tmp_path / "releases", assets=leaflets, citations=citations)

    assert not (tmp_path / "releases").exists()


@pytest.mark.slow  # the guide for curators builds with the texts in each run
def test_build_command_verifies_the_citations(leaflets: Assets, tmp_path: Path) -> None:
    """'build --sources' publishes what holds, and names on standard error what does not, with exit code 1."""
    register_names(leaflets, load_knowledge(leaflets, Base()))
    command = [sys.executable, "-m", "nosograph.cli", "build", "--quiet", "--assets", str(leaflets.root)]
    command += ["--out", str(tmp_path / "releases"), "--sources", str(leaflets.root / "texts")]

    good = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    replace(leaflets.root / "texts" / "poster.txt", "rest", "sleep")
    bad = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)

    assert good.returncode == 0, good.stderr
    assert bad.returncode == 1
    assert "source/poster/passage/" in bad.stderr
    assert len([path for path in (tmp_path / "releases").iterdir() if path.name[0] == "2"]) == 1


def test_context_in_another_encoding_is_refused_where_it_shows(leaflets: Assets, tmp_path: Path) -> None:
    """The JSON-LD context is read like every other file that people write."""
    (leaflets.ontology / "context.jsonld").write_bytes("\ufeff{}".encode())
    knowledge = load_knowledge(leaflets, Base())

    with pytest.raises(Exception, match=r"context.jsonld:1:1: .*byte order mark") as caught:
        build_release(knowledge, CONFORMING, tmp_path / "releases", assets=leaflets)

    assert not isinstance(caught.value, InputErrors | UnicodeDecodeError)
