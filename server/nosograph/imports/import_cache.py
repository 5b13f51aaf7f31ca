"""Keeps what the last imports of a list made, so that a build does not import again what has not changed.

An import is made again when its files, its settings, the vocabulary, the base or the software differ, or when what was
kept is damaged. One import of each name is kept.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from importlib.metadata import version as installed_version
from pathlib import Path
from typing import Any, Final

from nosograph.assets import Assets, software_digest
from nosograph.imports.description import measure_file
from nosograph.imports.running import ImportRequest, ImportResult, report_path
from nosograph.rdf.names import Base

_LIBRARIES: Final = ("fastobo", "pyoxigraph", "sssom-pydantic")
"""What importers read files with: another version may read another content."""


@dataclass(frozen=True)
class ImportCache:
    """A folder of imports that were made.

    Attributes:
        folder: the folder; made if it is not there.
        surroundings: digest of what every import depends on beside its files and settings.
    """

    folder: Path
    surroundings: str

    @classmethod
    def of(cls, folder: Path, assets: Assets, base: Base) -> ImportCache:
        """Return the cache in a folder for imports by the vocabulary of some assets, below a base."""
        ontology = sorted(assets.ontology.rglob("*.ttl")) + sorted(assets.borrowed().values())
        parts = [base.iri, software_digest(), *map(installed_version, _LIBRARIES), *map(_digest, ontology)]
        return cls(folder, hashlib.sha256("\n".join(parts).encode()).hexdigest())

    def get(self, request: ImportRequest, out: Path, make: Callable[[Path], ImportResult]) -> Mapping[str, Any]:
        """Write the N-Quads of an import to ``out`` and return its report: what was kept where it fits, else made anew.

        Args:
            request: what to import.
            out: the file to write.
            make: imports into a file.
        """
        name = request.profile.name
        kept = self.folder / f"{name}.nq"
        record = self.folder / f"{name}.json"
        key = self._key(request)
        report = self._read(record, kept, key)
        if report is None:
            self.folder.mkdir(parents=True, exist_ok=True)
            record.unlink(missing_ok=True)
            report = make(kept).to_json()
            report_path(kept).unlink()
            said = {"key": key, "sha256": _digest(kept), "report": report}
            record.write_text(json.dumps(said, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
        try:
            os.link(kept, out)
        except OSError:  # another file system, or one without links
            shutil.copyfile(kept, out)
        return report

    def _key(self, request: ImportRequest) -> str:
        said = {
            "surroundings": self.surroundings,
            "kind": request.kind,
            "files": [asdict(measure_file(path)) for path in request.files if path.is_file()],
            "profile": asdict(request.profile),
            "options": dict(request.options),
            "strict": request.strict,
        }
        return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()

    def _read(self, record: Path, kept: Path, key: str) -> Mapping[str, Any] | None:
        """Return the report of what was kept, or None where it is not what is wanted, or is not whole."""
        try:
            said = json.loads(record.read_bytes())
            if said["key"] == key and said["sha256"] == _digest(kept):
                report: Mapping[str, Any] = said["report"]
                return report
        except (OSError, ValueError, KeyError, TypeError):
            pass
        return None


def _digest(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
