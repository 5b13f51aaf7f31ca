"""Examines a server: runs every check, and sums up what came of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import urlsplit

from nosograph.doctor.areas import AREAS
from nosograph.doctor.budget import Budget
from nosograph.doctor.client import PoliteClient
from nosograph.doctor.connecting import Resolve, origin_of, resolve_host
from nosograph.doctor.examination import Examination
from nosograph.doctor.outcomes import Check, CheckOutcome, CheckResult, Decision, NotAnswered, UnreadableBody
from nosograph.errors import SettingsError
from nosograph.progress import Progress, quiet


@dataclass(frozen=True)
class AreaScore:
    """How well an area did.

    Attributes:
        name: the area.
        weight: how much it counts in the whole.
        score: from 0 to 100; None where nothing in it could be decided.
        counts: how many checks had each outcome.
    """

    name: str
    weight: int
    score: float | None
    counts: dict[CheckOutcome, int]


@dataclass(frozen=True)
class ExaminationReport:
    """What an examination found.

    Attributes:
        url: the address that was examined.
        endpoint: the endpoint that was found; empty without one.
        resource: IRI of the resource that was looked at; empty without one.
        is_publisher: whether there is more than an endpoint.
        at: when it was done.
        budget: the bounds.
        requests: how many requests were sent.
        results: every check with what it found, in the order of the areas.
    """

    url: str
    endpoint: str
    resource: str
    is_publisher: bool
    at: datetime
    budget: Budget
    requests: int
    results: tuple[CheckResult, ...]

    @property
    def areas(self) -> tuple[AreaScore, ...]:
        """The score of each area: the weight of what passed, of what passed or failed, in percent."""
        scores = []
        for area in AREAS:
            found = [result for result in self.results if result.area == area.name]
            counts = {
                outcome: sum(1 for result in found if result.decision.outcome is outcome) for outcome in CheckOutcome
            }
            passed = _weight(found, CheckOutcome.PASSED)
            decided = passed + _weight(found, CheckOutcome.FAILED)
            scores.append(AreaScore(area.name, area.weight, 100 * passed / decided if decided else None, counts))
        return tuple(scores)

    @property
    def score(self) -> float | None:
        """The mean of the areas that have a score, by their weights; None where none has one."""
        known = [(area.score, area.weight) for area in self.areas if area.score is not None]
        return sum(score * weight for score, weight in known) / sum(weight for _, weight in known) if known else None


def _weight(results: list[CheckResult], outcome: CheckOutcome) -> int:
    return sum(result.check.weight for result in results if result.decision.outcome is outcome)


def examine(
    url: str,
    *,
    endpoint: str = "",
    resource: str = "",
    budget: Budget | None = None,
    is_heavy: bool = False,
    resolve: Resolve = resolve_host,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
    progress: Progress = quiet,
) -> ExaminationReport:
    """Return what an examination of a publisher or an endpoint finds; nothing that a server does is an error.

    Args:
        url: address of the site of a publisher, or of a SPARQL endpoint.
        endpoint: the endpoint, where it is not found from the address.
        resource: IRI of a resource of the data, where it is not found from a description or by a query.
        budget: the bounds.
        is_heavy: whether a query is sent that costs the server much, to see its time limit.
        resolve: how the network address of a host is found.
        now: the time of day.
        progress: called with the name of each check, how many are done, and how many there are.

    Raises:
        SettingsError: an address is not one of http or https.
    """
    bounds = budget or Budget()
    named = {origin_of(urlsplit(check_address(address))) for address in (url, endpoint, resource) if address}
    client = PoliteClient(frozenset(named), bounds, resolve=resolve)
    at = now()
    seen = Examination(url, client, at, endpoint=endpoint, resource=resource, dump_bound=bounds.dump, is_heavy=is_heavy)
    checks = [(area.name, check) for area in AREAS for check in area.checks]
    results = []
    for done, (area, check) in enumerate(checks):
        progress(check.name, done, len(checks))
        results.append(CheckResult(area, check, _decide(check, seen)))
    return ExaminationReport(
        url,
        seen.endpoint,
        seen.resource_iri,
        seen.is_publisher,
        at,
        bounds,
        len(client.sent),
        tuple(results),
    )


def check_address(url: str) -> str:
    """Return an address that can be examined.

    Raises:
        SettingsError: it is not an absolute address of http or https, or holds a name and password.
    """
    try:
        parts = urlsplit(url)
        origin_of(parts)
    except (ValueError, NotAnswered) as error:
        raise SettingsError(
            f"{url!r} is not an address that can be examined.", hint="Give one that begins with http:// or https://."
        ) from error
    if parts.username is not None or any(character.isspace() or ord(character) < 32 for character in url):
        raise SettingsError(
            f"The address of {parts.hostname} holds a user name or a space.", hint="Give the public address."
        )
    return url


def _decide(check: Check, seen: Examination) -> Decision:
    """Return what a check finds; a request without an answer, or a body that cannot be read, is a finding too."""
    try:
        return check.decide(seen)
    except NotAnswered as error:
        return Decision(error.outcome, error.what)
    except UnreadableBody as error:
        return Decision(CheckOutcome.FAILED, error.what)
    except Exception as error:
        return Decision(CheckOutcome.CANNOT_TELL, f"The check itself failed: {type(error).__name__}: {error}"[:300])
