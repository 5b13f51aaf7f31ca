"""Remembers, in a folder of mirrored releases, whose they are and how they are signed.

A publisher who once signed and no longer does may be somebody else.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from nosograph.distribution.signatures import PublicKey, parse_key
from nosograph.errors import Location, ReleaseError
from nosograph.release.durability import write_durably
from nosograph.release.names import PUBLISHER_NAME

PUBLISHER_FORMAT: Final = 1


@dataclass(frozen=True)
class KnownPublisher:
    """What is known of the publisher of the releases of a folder.

    Attributes:
        address: where they were pulled from last.
        signed: whether a release that was pulled had a signature.
        keys: the keys that are trusted; while there are some, every release must be signed by one.
    """

    address: str = ""
    signed: bool = False
    keys: tuple[PublicKey, ...] = ()


def read_publisher(releases: Path) -> KnownPublisher:
    """Return what is known of the publisher; nothing where nothing was pulled yet.

    Raises:
        ReleaseError: the record cannot be read.
    """
    path = releases / PUBLISHER_NAME
    try:
        content = json.loads(path.read_bytes())
        if content["format"] != PUBLISHER_FORMAT:
            raise ValueError(f"its format is {content['format']!r}")
        keys = tuple(parse_key(key) for key in content["keys"])
        return KnownPublisher(str(content["address"]), bool(content["signed"]), keys)
    except FileNotFoundError:
        return KnownPublisher()
    except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise ReleaseError(
            f"The record of the publisher cannot be read: {error}.",
            location=Location(str(path)),
            hint="Restore it, or remove it and name the publisher's key again by --trust.",
        ) from error


def write_publisher(releases: Path, publisher: KnownPublisher) -> None:
    """Write what is known of the publisher in one step.

    Raises:
        OSError: it cannot be written.
    """
    content = {
        "format": PUBLISHER_FORMAT,
        "address": publisher.address,
        "signed": publisher.signed,
        "keys": [key.to_text() for key in publisher.keys],
    }
    write_durably(releases / PUBLISHER_NAME, json.dumps(content, indent=2) + "\n")
