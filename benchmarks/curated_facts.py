"""Writes an assets folder with a chosen number of curated facts, and measures what loading it costs.

The folder is like the project's own: the same vocabulary, shapes and questions, invented conditions and findings, facts
in several Turtle files, each with evidence and a passage in one of several sources, mappings in SSSOM, and the texts of
the sources in ``texts/``. The data conform to the shapes, and every passage is verified by the texts.

    python benchmarks/curated_facts.py write 2000 build/curated
    python benchmarks/curated_facts.py load 200 2000 20000
    python benchmarks/curated_facts.py commands 200 2000 20000

``load`` prints processor milliseconds a fact and the peak of resident memory of loading alone; ``commands`` those of
``nosograph register``, ``validate`` and ``build`` as users run them. Each measurement has a process of its own.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from nosograph.assets import Assets, find_assets
from nosograph.facts.loading import load_knowledge
from nosograph.rdf.names import STANDARD_PREFIXES, Base
from nosograph.vocabulary.reading import read_vocabulary_folder

FACTS_OF_A_CONDITION = 20
FACTS_OF_A_FILE = 2_000
FINDINGS_TO_A_CONDITION = 4
PASSAGES_OF_A_SOURCE = 50
PREFIXES = read_vocabulary_folder(find_assets().ontology).base().prefixes()
STANCES = ("supports", "supports", "supports", "supports", "supports", "supports", "supports", "disputes")
CERTAINTIES = ("stated", "stated", "stated", "possible", "believed")
DEFINITION = "An invented entry, {}, that stands for a curated one of the same size."
MAPPING_COLUMNS = ("subject_id", "predicate_id", "object_id", "mapping_justification", "author_label", "mapping_date")


@dataclass(frozen=True)
class Text:
    """An invented source text and the code-point range of each of its sentences."""

    name: str
    text: str
    ranges: tuple[tuple[int, int], ...]


def write_assets(count: int, root: Path) -> Assets:
    """Write an assets folder with this many facts and return it; the texts of its sources are in ``root / "texts"``."""
    own = find_assets()
    for folder in ("ontology", "shapes", "data/questions"):
        shutil.copytree(own.root / folder, root / folder)
    for folder in ("data/facts", "data/mappings", "texts"):
        (root / folder).mkdir(parents=True)
    shutil.copy(own.data / "dataset.ttl", root / "data" / "dataset.ttl")
    texts = [_text(number) for number in range(-(-count // PASSAGES_OF_A_SOURCE))]
    for text in texts:
        (root / "texts" / f"{text.name}.txt").write_text(text.text, encoding="utf-8")
    conditions = -(-count // FACTS_OF_A_CONDITION)
    findings = max(FACTS_OF_A_CONDITION, conditions // FINDINGS_TO_A_CONDITION)
    _write(root / "data" / "sources.ttl", map(_source, texts))
    _write(root / "data" / "conditions.ttl", (_entity("condition", number) for number in range(conditions)))
    _write(root / "data" / "findings.ttl", (_entity("finding", number) for number in range(findings)))
    for start in range(0, count, FACTS_OF_A_FILE):
        numbers = range(start, min(count, start + FACTS_OF_A_FILE))
        _write(
            root / "data" / "facts" / f"family-{start // FACTS_OF_A_FILE:03}.ttl",
            (_fact(number, findings, texts[number // PASSAGES_OF_A_SOURCE]) for number in numbers),
        )
    (root / "data" / "mappings" / "conditions.sssom.tsv").write_text(_mappings(conditions), encoding="utf-8")
    return Assets(root)


def measure_load(root: Path) -> tuple[float, float]:
    """Return the processor seconds and the megabytes of peak resident memory of loading a folder in this process."""
    before = time.process_time()
    knowledge = load_knowledge(Assets(root), Base())
    seconds = time.process_time() - before
    assert knowledge.graphs["facts"]
    return seconds, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def measure_commands(root: Path) -> Iterator[tuple[str, float, float]]:
    """Return name, processor seconds and megabytes of peak resident memory of each command over a folder.

    The others need what ``register`` registers, so it comes first.
    """
    for name, options in (("register", ()), ("validate", ()), ("build", ("--out", str(root / "releases"), "--quiet"))):
        command = [sys.executable, "-m", "nosograph.cli", name, "--assets", str(root), *options]
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            raise subprocess.CalledProcessError(process.returncode, command)
        yield name, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024


def _text(number: int) -> Text:
    sentences = [f"Sentence {place} of text {number} is invented, naïve and short." for place in range(50)]
    ranges, start = [], 0
    for sentence in sentences:
        ranges.append((start, start + len(sentence)))
        start += len(sentence) + 1
    return Text(f"text-{number}", "\n".join(sentences) + "\n", tuple(ranges))


def _source(text: Text) -> str:
    return (
        f"source:{text.name}\n    a noso:Source, schema:CreativeWork ;\n"
        f'    skos:prefLabel "{text.name}"@en ;\n    skos:definition "{DEFINITION.format(text.name)}"@en ;\n'
        f'    dcterms:identifier "{text.name}" ;\n    dcterms:language "en" ;\n'
        f'    noso:textDigest "{_digest(text.text)}" ;\n    noso:textLength {len(text.text)} .\n'
    )


def _entity(kind: str, number: int) -> str:
    return (
        f"{kind}:invented-{number}\n    a noso:{kind.capitalize()} ;\n"
        f'    skos:prefLabel "invented {kind} {number}"@en ;\n'
        f'    skos:definition "{DEFINITION.format(f"{kind} {number}")}"@en .\n'
    )


def _fact(number: int, findings: int, text: Text) -> str:
    condition, place = divmod(number, FACTS_OF_A_CONDITION)
    start, end = text.ranges[number % PASSAGES_OF_A_SOURCE]
    stance, certainty = STANCES[number % len(STANCES)], CERTAINTIES[number % len(CERTAINTIES)]
    digest = _digest(text.text[start:end])
    return (
        f"[] a noso:Fact ;\n    rdf:subject condition:invented-{condition} ;\n"
        f"    rdf:predicate noso:hasSymptom ;\n"
        f"    rdf:object finding:invented-{(condition * 7 + place) % findings} ;\n    noso:evidence [\n"
        f"        noso:source source:{text.name} ;\n        noso:stance noso:{stance} ;\n"
        f"        noso:certainty noso:{certainty} ;\n        noso:frequency noso:frequent ;\n"
        f"        noso:passage [ oa:start {start} ; oa:end {end} ;\n"
        f'            noso:passageDigest "{digest}" ] ] .\n'
    )


def _mappings(conditions: int) -> str:
    prefixes = {"condition": PREFIXES["condition"], "MONDO": PREFIXES["MONDO"]}
    prefixes |= {prefix: STANDARD_PREFIXES[prefix] for prefix in ("semapv", "skos")}
    header = [
        "#mapping_set_id: https://w3id.org/nosograph/mapping-set/conditions",
        "#license: https://creativecommons.org/licenses/by/4.0/",
        "#curie_map:",
        *(f"#  {prefix}: {iri}" for prefix, iri in prefixes.items()),
    ]
    rows = (
        (
            f"condition:invented-{number}",
            "skos:closeMatch",
            f"MONDO:{number:07}",
            "semapv:ManualMappingCuration",
            "An Author",
            "2026-01-31",
        )
        for number in range(conditions)
    )
    return "\n".join([*header, *("\t".join(row) for row in (MAPPING_COLUMNS, *rows))]) + "\n"


def _write(path: Path, blocks: Iterator[str]) -> None:
    with path.open("w", encoding="utf-8") as stream:
        for prefix, iri in PREFIXES.items():
            stream.write(f"@prefix {prefix}: <{iri}> .\n")
        for block in blocks:
            stream.write(f"\n{block}")


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def main(arguments: Sequence[str] | None = None) -> int:
    """Write a folder, or measure loading at several sizes."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    writing = commands.add_parser("write", help="write an assets folder")
    writing.add_argument("count", type=int)
    writing.add_argument("folder", type=Path)
    loading = commands.add_parser("load", help="measure loading at these sizes")
    loading.add_argument("counts", type=int, nargs="+")
    measuring = commands.add_parser("measure", help="measure loading one folder, in this process")
    measuring.add_argument("folder", type=Path)
    running = commands.add_parser("commands", help="measure validate, register and build at these sizes")
    running.add_argument("counts", type=int, nargs="+")
    options = parser.parse_args(arguments)
    if options.command == "write":
        write_assets(options.count, options.folder)
    elif options.command == "measure":
        print(*measure_load(options.folder))
    elif options.command == "commands":
        for count in options.counts:
            with tempfile.TemporaryDirectory() as folder:
                write_assets(count, Path(folder))
                for name, seconds, megabytes in measure_commands(Path(folder)):
                    _print(name, count, seconds, megabytes)
    else:
        for count in options.counts:
            with tempfile.TemporaryDirectory() as folder:
                write_assets(count, Path(folder))
                command = [sys.executable, __file__, "measure", folder]
                printed = subprocess.run(command, check=True, capture_output=True, text=True).stdout
            seconds, megabytes = map(float, printed.split())
            _print("load", count, seconds, megabytes)
    return 0


def _print(name: str, count: int, seconds: float, megabytes: float) -> None:
    each = seconds / count * 1000
    print(f"{name:8} {count:7,} facts: {seconds:7.2f} s, {each:6.3f} ms a fact, {megabytes:6.0f} MB", flush=True)


if __name__ == "__main__":
    raise SystemExit(main())
