"""Digests of files, and checking files against what a manifest says of them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path

from nosograph.errors import Location, ReleaseError
from nosograph.release.manifest import ReleaseFile
from nosograph.release.names import CHECKSUMS_NAME, MANIFEST_NAME, REBUILD


def digest_file(path: Path) -> str:
    """Return the SHA-256 of a file's bytes as 64 lower-case hexadecimal digits."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def known_digest(path: Path) -> str:
    """Return the SHA-256 of a file, read once as long as its size, times and inode stay the same."""
    status = path.stat()
    return _digest(path, status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino)


@lru_cache(maxsize=4096)
def _digest(path: Path, size: int, modified: int, changed: int, inode: int) -> str:
    return digest_file(path)


def check_file(folder: Path, file: ReleaseFile, *, deep: bool) -> None:
    """Check that a published file is there with its size; in depth also its digest.

    Raises:
        ReleaseError: it is missing, cannot be read, or is not as published.
    """
    path = folder / file.name
    try:
        if not path.is_file():
            raise _damage(path, "The release is not whole: this file is missing.")
        size = path.stat().st_size
        if size != file.size:
            raise _damage(
                path, f"The release is damaged: this file has {size} bytes where the manifest says {file.size}."
            )
        if deep and known_digest(path) != file.sha256:
            raise _damage(path, "The release is damaged: the SHA-256 of this file is not the one in the manifest.")
    except OSError as error:
        raise _damage(path, f"This file of the release cannot be read: {error.strerror}.") from error


def check_checksums(folder: Path, files: Iterable[ReleaseFile]) -> None:
    """Check that ``SHA256SUMS`` is what the manifest's files and the manifest itself make it.

    Raises:
        ReleaseError: it is missing, cannot be read, or differs.
    """
    path = folder / CHECKSUMS_NAME
    try:
        digests = {file.name: file.sha256 for file in files} | {MANIFEST_NAME: known_digest(folder / MANIFEST_NAME)}
        found = path.read_bytes()
    except OSError as error:
        raise _damage(path, f"This file of the release cannot be read: {error.strerror}.") from error
    if found != checksum_lines(digests.items()).encode():
        raise _damage(path, "The release is damaged: SHA256SUMS does not have the digests of the manifest and its own.")


def checksum_lines(digests: Iterable[tuple[str, str]]) -> str:
    """Return names and digests as ``sha256sum --check`` reads them, sorted by name."""
    return "".join(f"{digest}  {name}\n" for name, digest in sorted(digests))


def _damage(path: Path, what: str) -> ReleaseError:
    return ReleaseError(what, location=Location(str(path)), hint=REBUILD)
