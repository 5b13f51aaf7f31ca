"""A store that does not hold the quads of a release is refused, with the first line that differs."""

from __future__ import annotations

from pathlib import Path

import pytest

from nosograph.errors import ReleaseError
from nosograph.store.oxigraph.loading import check_store, write_store

E = "http://e.org/"
LINES = [
    f'<{E}a> <{E}p> "one"@en <{E}g> .\n',
    f'<{E}a> <{E}p> "one"@en <{E}h> .\n',
    f'<{E}b> <{E}p> "two" <{E}g> .\n',
]
OTHER = f'<{E}b> <{E}p> "z" <{E}g> .\n'


@pytest.mark.parametrize(
    ("lines", "holds"),
    [
        pytest.param(LINES, True, id="the same"),
        pytest.param(LINES[:-1], False, id="less"),
        pytest.param([*LINES, OTHER], False, id="more"),
        pytest.param([*LINES[:-1], OTHER], False, id="another"),
    ],
)
def test_a_store_holds_exactly_the_quads(tmp_path: Path, lines: list[str], *, holds: bool) -> None:
    """A quad too few, too many or another one is found, in whatever order the store gives them."""
    quads = tmp_path / "quads.nq"
    quads.write_text("".join(LINES), encoding="utf-8")
    write_store((line.encode() for line in lines), tmp_path / "store")

    if holds:
        check_store(quads, tmp_path / "store", tmp_path, lambda done: None)
    else:
        with pytest.raises(ReleaseError, match="does not read back"):
            check_store(quads, tmp_path / "store", tmp_path, lambda done: None)
