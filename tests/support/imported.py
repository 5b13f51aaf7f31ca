"""What an import of the sample files made, read back as triples."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from nosograph.imports.running import ImportResult

SAMPLE = Path(__file__).parent.parent / "imports" / "sample"


@dataclass(frozen=True)
class Imported:
    """What an import made, and its triples by subject and predicate, as N-Triples spell them."""

    result: ImportResult
    said: dict[tuple[str, str], set[str]]

    def of(self, subject: str, predicate: str) -> set[str]:
        """Return the values of a subject, given by its path below the base, and a predicate, given by its last part."""
        return {
            value
            for (about, property_), values in self.said.items()
            if about == f"<https://w3id.org/nosograph/{subject}>" and property_.rstrip(">").endswith(predicate)
            for value in values
        }

    def subjects(self, predicate: str, value: str) -> list[str]:
        """Return the paths of the subjects that have a value, both given by their last parts."""
        return sorted(
            about[1:-1].removeprefix("https://w3id.org/nosograph/")
            for (about, property_), values in self.said.items()
            if property_.rstrip(">").endswith(predicate) and any(found.rstrip(">").endswith(value) for found in values)
        )
