"""A source's text is described by its digest and its length."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from nosograph.curation.texts import describe_text
from nosograph.errors import InputError


def test_text_is_measured_in_code_points(tmp_path: Path) -> None:
    """The digest is of the bytes, and the length counts code points, so a passage's positions fit it."""
    path = tmp_path / "leaflet.txt"
    content = "naïve — \U0001d53dever\r\n".encode()
    path.write_bytes(content)

    described = describe_text(path)

    assert (described.digest, described.length) == (hashlib.sha256(content).hexdigest(), 15)
    assert f'noso:textDigest "{described.digest}"' in described.to_turtle()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("naïve".encode("latin-1"), r"leaflet\.txt:1:3: The file is not UTF-8.*Save it as UTF-8"),
        ("naïve".encode("utf-16"), "The file is UTF-16"),
        (b"\xef\xbb\xbfword", "byte order mark"),
        (b"%PDF-1.7\x00", "null character"),
        (b" \n", "holds no text"),
    ],
)
def test_what_is_no_text_is_refused(tmp_path: Path, content: bytes, message: str) -> None:
    """A file in another encoding would have other positions for everybody else."""
    path = tmp_path / "leaflet.txt"
    path.write_bytes(content)

    with pytest.raises(InputError, match=message):
        describe_text(path)


def test_missing_file_is_told(tmp_path: Path) -> None:
    """A name that is wrong, or a folder, ends in a message."""
    for path in (tmp_path / "absent.txt", tmp_path):
        with pytest.raises(InputError, match=r"cannot be read|a folder, not a regular file"):
            describe_text(path)
