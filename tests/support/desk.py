"""A curator's desk for tests: asset folders, texts and a table, and what curating it ends with."""

from __future__ import annotations

import csv
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nosograph.assets import Assets
from nosograph.curation.columns import FACTS, columns_of
from nosograph.curation.curating import CurationPlan, CurationReport, curate
from nosograph.curation.tables import companion, read_tables
from nosograph.curation.terms import read_terms
from nosograph.facts.loading import load_knowledge
from nosograph.rdf.names import Base

LEAFLETS = Path(__file__).parent.parent / "curation" / "leaflets"
"""Facts about an invented fever, and the texts of their two sources."""


def copy_leaflets(assets: Assets, root: Path) -> Assets:
    """Return a copy of the invented leaflets with the project's vocabulary and shapes."""
    shutil.copytree(LEAFLETS, root)
    for folder in ("ontology", "shapes"):
        shutil.copytree(assets.root / folder, root / folder)
    return Assets(root)


@dataclass(frozen=True)
class Desk:
    """A curator's desk: asset folders that a test may change, texts, and a table of facts to fill."""

    assets: Assets
    table: Path

    @property
    def texts(self) -> Path:
        """The folder of the sources' texts."""
        return self.assets.root / "texts"

    def write(self, rows: Sequence[Mapping[str, str]], table: str = FACTS) -> None:
        """Write rows into a table, with the columns that they use."""
        columns = list(dict.fromkeys(heading for row in rows for heading in row))
        with companion(self.table, table).open("w", encoding="utf-8", newline="") as stream:
            writer = csv.DictWriter(stream, columns, delimiter="\t", lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows)

    def curate(self, **choices: Any) -> CurationReport:
        """Curate the table, with the texts at hand unless a test says otherwise."""
        knowledge = load_knowledge(self.assets, Base())
        columns = columns_of(read_terms(knowledge))
        usual = {"family": self.table.stem, "data": self.assets.data, "texts": self.texts}
        return curate(knowledge, read_tables(self.table, columns), CurationPlan(**usual | choices))

    def file(self, name: str) -> str:
        """Return the text of a file of the data folder."""
        return (self.assets.data / name).read_text(encoding="utf-8")
