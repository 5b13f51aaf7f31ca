"""Checks signatures of releases: Ed25519 in the format of minisign, over ``SHA256SUMS``.

That file has the digest of every other, so one signature covers a release. The format is described at
https://jedisct1.github.io/minisign/.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from nosograph.errors import Location, ReleaseError, SettingsError

MOST_BYTES: Final = 4096
"""Bytes that a signature or a key may have."""

_PLAIN: Final = b"Ed"
_HASHED: Final = b"ED"
_COMMENT: Final = b"untrusted comment:"
_TRUSTED: Final = b"trusted comment: "


@dataclass(frozen=True)
class PublicKey:
    """A key that signatures are checked with.

    Attributes:
        number: the number that names it in a signature, 8 bytes.
        key: the key of Ed25519, 32 bytes.
    """

    number: bytes
    key: bytes

    def to_text(self) -> str:
        """Return the key as minisign writes it, without a comment."""
        return base64.b64encode(_PLAIN + self.number + self.key).decode()

    @property
    def name(self) -> str:
        """The number as minisign shows it."""
        return self.number[::-1].hex().upper()


def parse_key(text: str) -> PublicKey:
    """Return the key that a text has, with or without a comment above it.

    Raises:
        ValueError: it has none.
    """
    lines = [line for line in text.strip().splitlines() if not line.startswith(_COMMENT.decode())]
    content = base64.b64decode(lines[0].strip(), validate=True) if len(lines) == 1 else b""
    if len(content) != 42 or content[:2] != _PLAIN:
        raise ValueError("it is no public key of minisign")
    return PublicKey(content[2:10], content[10:])


def read_key(path: Path) -> PublicKey:
    """Return the key in a file that ``minisign -G`` wrote.

    Raises:
        SettingsError: the file cannot be read, or has no public key.
    """
    try:
        with path.open("rb") as stream:
            return parse_key(stream.read(MOST_BYTES).decode())
    except (OSError, ValueError, binascii.Error) as error:
        raise SettingsError(
            f"There is no key to trust: {error}.",
            location=Location(str(path)),
            hint="Name the publisher's minisign.pub.",
        ) from error


@dataclass(frozen=True)
class Signature:
    """A signature as a file of minisign has it."""

    algorithm: bytes
    number: bytes
    signature: bytes
    comment: bytes
    whole: bytes


def parse_signature(content: bytes, source: str) -> Signature:
    """Return the signature in a file.

    Args:
        content: the file.
        source: where it is from.

    Raises:
        ReleaseError: it has none.
    """
    lines = content.splitlines() if len(content) <= MOST_BYTES else []
    try:
        if len(lines) != 4 or not lines[0].startswith(_COMMENT) or not lines[2].startswith(_TRUSTED):
            raise ValueError("it has not the four lines of one")
        said, whole = (base64.b64decode(line, validate=True) for line in (lines[1], lines[3]))
        if len(said) != 74 or len(whole) != 64 or said[:2] not in (_PLAIN, _HASHED):
            raise ValueError("it is of another kind")
    except ValueError as error:
        raise ReleaseError(
            f"This is no signature of minisign: {error}.",
            location=Location(source),
            hint="Its publisher makes one by `minisign -Sm SHA256SUMS`.",
        ) from error
    return Signature(said[:2], said[2:10], said[10:], lines[2].removeprefix(_TRUSTED), whole)


def check_signature(content: bytes, signature: Signature, keys: tuple[PublicKey, ...], source: str) -> PublicKey:
    """Return the key by which some content is signed.

    Raises:
        ReleaseError: none of the keys has signed it.
    """
    known = next((key for key in keys if key.number == signature.number), None)
    if known is None:
        number = signature.number[::-1].hex().upper()
        raise ReleaseError(
            f"The release is signed by the key {number}, which is not trusted.",
            location=Location(source),
            hint="Get the publisher's key in another way than from this address, and name it by --trust.",
        )
    message = hashlib.blake2b(content).digest() if signature.algorithm == _HASHED else content
    verifier = Ed25519PublicKey.from_public_bytes(known.key)
    try:
        verifier.verify(signature.signature, message)
        verifier.verify(signature.whole, signature.signature + signature.comment)
    except InvalidSignature as error:
        raise ReleaseError(
            f"The signature by the key {known.name} is wrong: the checksums are not what its owner signed.",
            location=Location(source),
            hint="Do not use this copy; tell the publisher.",
        ) from error
    return known
