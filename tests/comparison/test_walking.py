"""What differs between two sorted files is found a resource at a time, a fact with its evidence."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from nosograph.comparison.walking import changed_resources, resource_keys
from nosograph.errors import ReleaseError
from nosograph.rdf.names import Base

BASE = Base()
SEEDS = 400


def any_subject(chance: random.Random) -> str:
    """Return one of few subjects: facts, evidence, sources of which one is the beginning of another, passages."""
    fact = f"{BASE.iri}fact/{chance.randrange(6):016x}"
    source = f"{BASE.iri}source/{chance.choice(('a', 'a1', 'a-c', 'ab'))}"
    return chance.choice((fact, f"{fact}/evidence/{chance.randrange(3):016x}", source, f"{source}/passage/1-2"))


def by_resource(lines: list[bytes]) -> dict[bytes, tuple[bytes, ...]]:
    """Return lines by the key of their resource, found without any order."""
    key_of = resource_keys(BASE)
    return {key: tuple(line for line in lines if key_of(line) == key) for key in map(key_of, lines)}


def test_the_differences_are_those_of_the_sets_of_lines(tmp_path: Path) -> None:
    """Of any two files, exactly the resources with other lines are found, whole and in order."""
    old, new = tmp_path / "old.nq", tmp_path / "new.nq"
    for seed in range(SEEDS):
        chance = random.Random(seed)
        pool = [
            f'<{any_subject(chance)}> <urn:p> "{chance.randrange(4)}" <urn:g> .\n'.encode()
            for _ in range(chance.randrange(40))
        ]
        before, after = (sorted({line for line in pool if chance.random() < 0.85}) for _ in range(2))
        old.write_bytes(b"".join(before))
        new.write_bytes(b"".join(after))
        older, newer = by_resource(before), by_resource(after)

        found = [(change.key, change.before, change.after) for change in changed_resources(old, new, BASE)]

        keys = sorted(key for key in older.keys() | newer.keys() if older.get(key) != newer.get(key))
        assert found == [(key, older.get(key, ()), newer.get(key, ())) for key in keys], f"seed {seed}"


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    """The error says which file it is."""
    (tmp_path / "old.nq").write_bytes(b"")

    with pytest.raises(ReleaseError, match=r"missing\.nq"):
        list(changed_resources(tmp_path / "old.nq", tmp_path / "missing.nq", BASE))
