"""A dump that does not hold the quads of a release is refused, with the first line that differs."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from nosograph.build.checking import check_dump
from nosograph.build.dumps.making import DumpJob, make_dumps
from nosograph.build.quads import write_sorted
from nosograph.errors import ReleaseError
from nosograph.rdf.jsonld import prefix_context
from nosograph.release.names import DUMPS, Dump

E = "http://e.org/"
LINES = [
    f'<{E}a> <{E}p> "one"@en <{E}g> .\n',
    f'<{E}a> <{E}p> "one"@en <{E}h> .\n',
    f"<{E}a> <{E}q> <{E}b> <{E}g> .\n",
    f'<{E}b> <{E}p> "two" <{E}g> .\n',
]


@pytest.fixture
def job(tmp_path: Path) -> DumpJob:
    """A few quads, a triple of two graphs among them."""
    prefixes = {"e": E}
    quads = write_sorted((line.encode() for line in LINES), tmp_path)
    return DumpJob(quads, tmp_path, tmp_path, prefixes, prefix_context(prefixes))


def check(job: DumpJob, dump: Dump) -> None:
    """Check a dump of a job again."""
    check_dump(dump, job.text(dump), job.folder, job.work, lambda done, total: None)


@pytest.mark.parametrize("dump", DUMPS, ids=lambda dump: dump.extension)
def test_a_dump_that_says_something_else_is_refused(job: DumpJob, dump: Dump) -> None:
    """Another literal in any format is found, and the error shows what was found and what was meant."""
    make_dumps(job, lambda *_: None, dumps=[dump])
    check(job, dump)
    path = job.folder / dump.name()
    path.write_bytes(path.read_bytes().replace(b"two", b"six"))

    with pytest.raises(ReleaseError, match=r'"six".*"two"') as caught:
        check(job, dump)

    assert caught.value.location is not None
    assert caught.value.location.file == str(path)


@pytest.mark.parametrize("dump", DUMPS, ids=lambda dump: dump.extension)
def test_a_dump_that_ends_early_is_refused(job: DumpJob, dump: Dump) -> None:
    """Half a file is damaged in every format, whether it can be parsed or not."""
    make_dumps(job, lambda *_: None, dumps=[dump])
    path = job.folder / dump.name()
    content = path.read_bytes()
    path.write_bytes(content[: content.index(b"\n", len(content) // 2) + 1])

    with pytest.raises(ReleaseError, match="read back"):
        check(job, dump)


def test_a_compressed_dump_that_differs_is_refused(job: DumpJob) -> None:
    """The twin of a dump has the same content."""
    (dump,) = (dump for dump in DUMPS if dump.extension == "nt")
    make_dumps(job, lambda *_: None, dumps=[dump])
    (job.folder / dump.name("gz")).write_bytes(gzip.compress(b"something else"))

    with pytest.raises(ReleaseError, match=r"differs from nosograph\.nt"):
        check(job, dump)
