"""What the importers write is joined as it stands: annotations, an ontology of diseases and a mapping set."""

from __future__ import annotations

from pathlib import Path

import pytest
from imported import SAMPLE
from joined import Joined, join_lines, project_terms

import vocabularies
from nosograph.api.importing import import_data
from nosograph.assets import find_assets
from nosograph.build.alignment_groups import TWO_CODES
from nosograph.imports.description import ImportProfile
from nosograph.imports.running import ImportRequest

IMPORTS = (
    ("signs", "hpoa", ("annotations.hpoa", "terms.obo")),
    ("diseases", "obo", ("diseases.obo",)),
    ("aligned", "sssom", ("aligned.sssom.tsv",)),
)


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Joined:
    """The sample files, imported and joined."""
    folder = tmp_path_factory.mktemp("joined")
    lines: list[bytes] = []
    for name, kind, files in IMPORTS:
        request = ImportRequest(kind, tuple(SAMPLE / file for file in files), ImportProfile(name))
        import_data(find_assets(), vocabularies.base(), request, Path(folder / f"{name}.nq"), lambda *step: None)
        lines += (folder / f"{name}.nq").read_bytes().splitlines(keepends=True)
    return join_lines(sorted(set(lines)), project_terms(), vocabularies.base())


def test_diseases_of_two_data_sets_are_joined_through_mondo(sample: Joined) -> None:
    """Neither has a code of the other; the mapping set has both under one code of MONDO."""
    assert sample.members() == [{"condition/MONDO_0000010", "condition/OMIM_100001", "condition/ORPHA_200002"}]


def test_a_disease_with_two_codes_of_mondo_is_refused(sample: Joined) -> None:
    """The path leads from one code to the other by way of the disease that both are mapped to."""
    (refused,) = sample.account.alignment.refused

    assert refused.reason == TWO_CODES
    assert [iri.rpartition("/")[2] for iri in refused.path] == ["MONDO_0000001", "DECIPHER_3", "MONDO_0000099"]


def test_denials_of_every_notation_are_compared(sample: Joined) -> None:
    """NOT contradicts a count; none of five and the term for nobody deny the same."""
    related = {name.rpartition("#")[2]: number for name, number in sample.account.related.items()}

    assert related["contradicts"] == 1
    assert related["agreesWith"] == 1
