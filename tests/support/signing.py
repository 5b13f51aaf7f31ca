"""Signs as minisign does, with keys that a test makes."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey


@dataclass(frozen=True)
class Signer:
    """A key pair.

    Attributes:
        number: the number that names the key.
        key: the private key.
    """

    number: bytes
    key: Ed25519PrivateKey

    @classmethod
    def named(cls, seed: str) -> Signer:
        """Return the pair that a text stands for."""
        digest = hashlib.sha256(seed.encode()).digest()
        return cls(digest[:8], Ed25519PrivateKey.from_private_bytes(digest))

    def write_key(self, path: Path) -> Path:
        """Write the public key into a file, and return the file."""
        content = base64.b64encode(b"Ed" + self.number + self.key.public_key().public_bytes_raw()).decode()
        path.write_text(f"untrusted comment: minisign public key\n{content}\n", encoding="utf-8")
        return path

    def sign(self, path: Path, *, hashed: bool = True) -> Path:
        """Write the signature of a file beside it, and return the file of the signature."""
        message = path.read_bytes()
        signature = self.key.sign(hashlib.blake2b(message).digest() if hashed else message)
        comment = b"timestamp:0\tfile:" + path.name.encode()
        lines = (
            b"untrusted comment: signature",
            base64.b64encode((b"ED" if hashed else b"Ed") + self.number + signature),
            b"trusted comment: " + comment,
            base64.b64encode(self.key.sign(signature + comment)),
        )
        signed = path.with_name(f"{path.name}.minisig")
        signed.write_bytes(b"\n".join(lines) + b"\n")
        return signed
