"""Mirrors releases of a publisher: only what is new, only what is as its manifest says, and each at once.

A release is brought together in a folder of its own, which an interrupted pull leaves and the next one goes on with. It
gets its name among the releases when every digest and the signature were compared. Derived files are not pulled: they
are made here, before ``latest`` leads to the release.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

from nosograph.distribution.publishers import KnownPublisher, read_publisher, write_publisher
from nosograph.distribution.receiving import Receiver
from nosograph.distribution.signatures import PublicKey
from nosograph.distribution.sources import ReleaseSource, read_small
from nosograph.errors import Location, ReleaseError
from nosograph.progress import Progress, quiet
from nosograph.release.durability import remove, sync_tree
from nosograph.release.ledger import (
    MOST_LEDGER_BYTES,
    Ledger,
    LedgerEntry,
    ReleaseState,
    adopt_ledger,
    parse_ledger,
)
from nosograph.release.locking import locked, try_lock
from nosograph.release.names import LEDGER_NAME, PULLING_NAME, RELEASES_LOCK_NAME, SIGNATURE_NAME
from nosograph.release.opening import Release, open_release
from nosograph.release.placing import place_release, point_latest

GIB: Final = 1 << 30
_LOCK_NAME: Final = "lock"
_AHEAD: Final = timedelta(days=1)
"""How far the publisher's clock may be ahead: a publication in the far future would stay the newest one for ever."""


@dataclass(frozen=True)
class PullChoice:
    """What is pulled, and on what conditions.

    Attributes:
        everything: every release that the publisher has, not the latest one alone.
        keep: how many of the newest releases are pulled with all their dumps, older ones without those that pruning
            would drop; 0 for all.
        keys: the keys of which one must have signed; none to trust those that were named before.
        unsigned: whether a release without a signature is taken though others had one.
        most_bytes: bytes that a release may have.
    """

    everything: bool = False
    keep: int = 0
    keys: tuple[PublicKey, ...] = ()
    unsigned: bool = False
    most_bytes: int = 64 * GIB


@dataclass(frozen=True)
class PulledRelease:
    """What pulling did about one release.

    Attributes:
        version: its version.
        pulled: whether it was brought here now; otherwise it was here, or ``refused`` says why not.
        files: files that were fetched.
        size: bytes that were fetched.
        reused: files that another release here had with the same bytes.
        signed_by: number of the key that signed it, where that was checked.
        refused: why it was not brought here; empty otherwise.
    """

    version: str
    pulled: bool = False
    files: int = 0
    size: int = 0
    reused: int = 0
    signed_by: str = ""
    refused: str = ""


@dataclass(frozen=True)
class PullReport:
    """What pulling did.

    Attributes:
        address: the folder that was pulled from.
        latest: the version that ``latest`` names now.
        releases: the releases, the latest first.
    """

    address: str
    latest: str
    releases: tuple[PulledRelease, ...]

    @property
    def complete(self) -> bool:
        """Whether everything that was wanted is here."""
        return not any(release.refused for release in self.releases)

    def to_json(self) -> dict[str, Any]:
        """Return it as values of JSON."""
        return {"complete": self.complete} | asdict(self)


@dataclass(frozen=True)
class Mirror:
    """A folder of releases that follows a publisher's.

    Attributes:
        source: the publisher's folder.
        releases: the folder.
        choice: what is pulled.
        clock: the time.
        prepare: called with the folder of the latest release before ``latest`` leads to it.
        progress: called with a step's name, how much of it is done, and how much there is.
        sleep: waits some seconds.
    """

    source: ReleaseSource
    releases: Path
    choice: PullChoice
    clock: Callable[[], datetime]
    prepare: Callable[[Path], None] = field(default=lambda folder: None)
    progress: Progress = quiet
    sleep: Callable[[float], None] = time.sleep

    def pull(self) -> PullReport:
        """Bring the wanted releases here, and point ``latest`` to the one that the publisher published last.

        Raises:
            ReleaseError: the publisher cannot be asked, the latest release cannot be had, another pull works on the
                folder, or it cannot be written; what readers get is as it was. What was received is kept.
        """
        try:
            with self._held():
                return self._pull()
        except OSError as error:
            raise ReleaseError(
                f"The releases cannot be written: {error.strerror or error}.",
                location=Location(str(self.releases)),
                hint="Make room or give write permission there, and pull again: what was received is kept.",
            ) from error

    @contextmanager
    def _held(self) -> Iterator[None]:
        """Hold the folder of what is not there whole yet, so that no other pull writes to it."""
        (self.releases / PULLING_NAME).mkdir(parents=True, exist_ok=True)
        holder = try_lock(self.releases / PULLING_NAME / _LOCK_NAME)
        if holder is None:
            raise ReleaseError(
                "Another pull works on this folder.",
                location=Location(str(self.releases)),
                hint="Wait until it has ended.",
            )
        try:
            yield
        finally:
            os.close(holder)

    def _pull(self) -> PullReport:
        known = read_publisher(self.releases)
        publisher = replace(known, address=self.source.address, keys=self.choice.keys or known.keys)
        ledger = self._read_ledger()
        latest, *others = self._wanted(ledger)
        done = [self._bring(latest, publisher, whole=True, refill=True)]
        folder = self.releases / latest.version
        write_publisher(self.releases, replace(publisher, signed=known.signed or (folder / SIGNATURE_NAME).is_file()))
        self.prepare(folder)
        with locked(self.releases / RELEASES_LOCK_NAME):
            last = adopt_ledger(self.releases, ledger)
            if not (self.releases / last).is_dir():
                last = latest.version
            point_latest(self.releases, last)
        # Older releases may be from before their publisher signed, where no key says otherwise.
        done += self._bring_others(others, replace(publisher, signed=False))
        if not any(release.refused for release in done):
            self._remove_unfinished()
        return PullReport(self.source.address, last, tuple(done))

    def _bring_others(self, entries: list[LedgerEntry], publisher: KnownPublisher) -> Iterator[PulledRelease]:
        for number, entry in enumerate(entries, 1):
            try:
                yield self._bring(entry, publisher, whole=not self.choice.keep or number < self.choice.keep)
            except ReleaseError as error:
                yield PulledRelease(entry.version, refused=str(error))

    def _read_ledger(self) -> Ledger:
        self.progress("read ledger", 0, 0)
        address = self.source.address + LEDGER_NAME
        ledger = parse_ledger(read_small(self.source, LEDGER_NAME, MOST_LEDGER_BYTES), address)
        publications = ledger.all_publications()
        if not publications:
            raise ReleaseError("The publisher has published nothing yet.", location=Location(address))
        if publications[-1].time > self.clock() + _AHEAD:
            raise ReleaseError(
                f"The publisher says that a release was published at {publications[-1].time.isoformat()}, "
                "which is in the future.",
                location=Location(address),
                hint="Compare the clocks of both machines.",
            )
        return ledger

    def _wanted(self, ledger: Ledger) -> list[LedgerEntry]:
        """Return the releases to pull, the latest first."""
        known = {entry.version: entry for entry in ledger.entries}
        order = dict.fromkeys(publication.version for publication in reversed(ledger.all_publications()))
        wanted = [known[version] for version in order if version in known]
        there = [entry for entry in wanted if entry.state is not ReleaseState.REMOVED]
        latest = next(iter(order))
        if not there or there[0].version != latest:
            raise ReleaseError(
                f"The publisher no longer has the release {latest}, which it published last.",
                location=Location(self.source.address + LEDGER_NAME),
                hint="Tell the publisher.",
            )
        return there if self.choice.everything else there[:1]

    def _bring(
        self, entry: LedgerEntry, publisher: KnownPublisher, *, whole: bool, refill: bool = False
    ) -> PulledRelease:
        """Have a release here, as it was published.

        Args:
            entry: the release.
            publisher: who has to have signed it.
            whole: whether it is brought with the dumps that pruning would drop.
            refill: whether these are brought where the release is here without them: it was gone back to.

        Raises:
            ReleaseError: it cannot be had.
            OSError: it cannot be written.
        """
        receiver = Receiver(
            self.source, self.releases, entry, publisher, self.choice.most_bytes, self.progress, self.sleep
        )
        present = self._present(entry.version)
        if present is not None and not (refill and receiver.lacks_dumps(present)):
            return PulledRelease(entry.version, signed_by=receiver.check_present(unsigned=self.choice.unsigned))
        staged = self.releases / PULLING_NAME / entry.version
        received = receiver.receive(staged, whole=whole, unsigned=self.choice.unsigned)
        self.progress(f"check {entry.version}", 0, 0)
        found = open_release(staged)  # digests were compared when files came; this compares everything else
        if found.version != entry.version:
            raise ReleaseError(f"It is the release {found.version}.", location=Location(str(staged)))
        sync_tree(staged)
        with locked(self.releases / RELEASES_LOCK_NAME):
            place_release(staged, self.releases, entry.version)
        return PulledRelease(
            entry.version,
            pulled=True,
            files=received.files,
            size=received.size,
            reused=received.reused,
            signed_by=received.signed_by,
        )

    def _present(self, version: str) -> Release | None:
        """Return a release that is here; None where it is not, or not whole."""
        try:
            found = open_release(self.releases / version)
        except ReleaseError:
            return None
        return found if found.version == version else None

    def _remove_unfinished(self) -> None:
        """Remove what earlier pulls left of releases and files that are here now, or no longer wanted."""
        for path in (self.releases / PULLING_NAME).iterdir():
            if path.name != _LOCK_NAME:
                remove(path)
