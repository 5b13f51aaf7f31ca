"""Finds the folders that a build reads, ``ontology/``, ``shapes/`` and ``data/``, and that of the guides."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from nosograph.errors import AssetError, Location

FOLDERS = ("ontology", "shapes", "data")

EVIDENCE_MODEL = "ontology/evidence.ttl"
EVIDENCE_SHAPES = tuple(
    f"shapes/{name}.ttl"
    for name in (
        "derived",
        "evidence",
        "fact",
        "graph",
        "mapping",
        "passage",
        "shapes",
        "source",
        "thing",
        "vocabulary",
    )
)
"""Files of the evidence model, by their path below the assets folder: the rules that hold for any field."""


@dataclass(frozen=True)
class Assets:
    """A folder that holds ``ontology/``, ``shapes/`` and ``data/``."""

    root: Path

    @property
    def ontology(self) -> Path:
        """The folder of the vocabulary."""
        return self.root / "ontology"

    @property
    def shapes(self) -> Path:
        """The folder of the constraints."""
        return self.root / "shapes"

    @property
    def data(self) -> Path:
        """The folder of the curated facts."""
        return self.root / "data"

    def borrowed(self) -> dict[str, Path]:
        """Return the files of the evidence model that come from the software, by their path below the assets folder.

        A folder without ``ontology/evidence.ttl`` has the vocabulary of another field: the model comes with the
        software, and so does each of its shapes files that the folder does not have itself.
        """
        if (self.root / EVIDENCE_MODEL).is_file():
            return {}
        own = find_assets().root
        return {name: own / name for name in (EVIDENCE_MODEL, *EVIDENCE_SHAPES) if not (self.root / name).is_file()}


def find_assets(chosen: Path | None = None) -> Assets:
    """Return the asset folders: the chosen one, else the checkout that this package runs from, else the packaged copy.

    Raises:
        AssetError: the folder lacks one of the three.
    """
    package = Path(__file__).resolve().parent
    if chosen is not None:
        return _complete(chosen)
    checkout = package.parent.parent
    if (checkout / "pyproject.toml").is_file() and all((checkout / name).is_dir() for name in FOLDERS):
        return Assets(checkout)
    return _complete(package / "assets_packaged")


def guides_folder() -> Path:
    """Return the folder of the guides: that of the checkout that this package runs from, else the packaged copy."""
    package = Path(__file__).resolve().parent
    checkout = package.parent.parent
    return checkout / "docs" if (checkout / "pyproject.toml").is_file() else package / "assets_packaged" / "docs"


@cache
def software_digest() -> str:
    """Return the SHA-256 of the modules of this package: what was made by other software may have to be made anew."""
    package = Path(__file__).resolve().parent
    digest = hashlib.sha256()
    for path in sorted(package.rglob("*.py")):
        digest.update(f"{path.relative_to(package).as_posix()}\n".encode() + path.read_bytes())
    return digest.hexdigest()


def _complete(root: Path) -> Assets:
    for name in FOLDERS:
        if not (root / name).is_dir():
            raise AssetError(
                f"The folder {name}/ is not there.",
                location=Location(str(root)),
                hint="Name a folder that holds ontology/, shapes/ and data/ (--assets, NOSOGRAPH_ASSETS).",
            )
    return Assets(root)
