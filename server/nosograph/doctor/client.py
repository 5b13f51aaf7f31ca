"""Sends requests one at a time and within a budget, and returns what came back, whatever it was."""

from __future__ import annotations

import http.client
import re
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Final
from urllib.parse import quote, urlsplit, urlunsplit
from urllib.robotparser import RobotFileParser

from nosograph import __version__
from nosograph.doctor.budget import Budget
from nosograph.doctor.connecting import Connector, Deadline, Origin, Resolve, authority, origin_of, resolve_host
from nosograph.doctor.exchange import REDIRECTS, Exchange, HttpCall
from nosograph.doctor.outcomes import CheckOutcome, NotAnswered, UnreadableBody
from nosograph.doctor.unpacking import unpack
from nosograph.rdf.names import DEFAULT_BASE

ROBOT: Final = "nosograph-doctor"
"""The name by which a ``robots.txt`` speaks of the doctor."""

USER_AGENT: Final = f"{ROBOT}/{__version__} (+{DEFAULT_BASE}docs/doctor)"

_CHUNK: Final = 65536
_SAFE: Final = "/%:@!$&'()*+,;=~-._?"
_SILENT: Final = 3
"""Requests without any answer, one after the other, after which a server is left in peace."""

_OWN_GROUP: Final = re.compile(rf"^[ \t]*user-agent[ \t]*:[ \t]*{ROBOT}\b", re.IGNORECASE | re.MULTILINE)


class PoliteClient:
    """Asks servers, never more than the budget says.

    Args:
        origins: the origins that the user named; only they may be on a private network.
        budget: the bounds.
        resolve: how the network address of a host is found.
        clock: the time in seconds, for deadlines.
        sleep: waits for seconds.

    Attributes:
        sent: the requests that were sent, in order.
    """

    def __init__(
        self,
        origins: frozenset[Origin],
        budget: Budget,
        *,
        resolve: Resolve = resolve_host,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.sent: list[HttpCall] = []
        self._budget = budget
        self._connector = Connector(origins, resolve)
        self._clock = clock
        self._sleep = sleep
        self._began = clock()
        self._ended: float | None = None
        self._silent: dict[Origin, int] = {}
        self._closed: dict[Origin, str] = {}
        self._robots: dict[Origin, tuple[Exchange | None, RobotFileParser, bool]] = {}

    def robots(self, url: str) -> Exchange | None:
        """Return the ``robots.txt`` of the host of an address; None where it could not be had."""
        return self._rules(origin_of(urlsplit(url)))[0]

    def send(
        self,
        call: HttpCall,
        *,
        redirects: int = 0,
        is_named: bool = False,
        expects_refusal: bool = False,
        bound: int = 0,
    ) -> Exchange:
        """Send a request and return the answer.

        Args:
            call: the request.
            redirects: how many redirects are followed.
            is_named: whether the address is a query interface that the user named or the publisher offers to programs,
                which ``robots.txt`` closes only where it names this client.
            expects_refusal: whether a 503 is an answer, and no wish to be left in peace.
            bound: bytes that are read, where other than the budget's.

        Raises:
            NotAnswered: the request may not be sent, or nothing came back that is an answer.
        """
        followed: list[tuple[int, str]] = []
        while True:
            self._check_robots(call.url, is_named)
            answer = self._polite(call, expects_refusal, bound or self._budget.body)
            if not redirects or answer.status not in REDIRECTS or not answer.location:
                return replace(answer, redirects=tuple(followed))
            followed.append((answer.status, answer.location))
            if len(followed) > redirects or answer.location in [step for _, step in followed[:-1]]:
                loop = "in a circle" if len(followed) <= redirects else f"on after {redirects} redirects"
                raise NotAnswered(f"{call.url} leads {loop}.", CheckOutcome.FAILED)
            method = call.method if answer.status in (307, 308) or call.method == "HEAD" else "GET"
            body = call.body if method == call.method else None
            call = HttpCall(method, answer.location, call.headers, body)

    def _polite(self, call: HttpCall, expects_refusal: bool, bound: int) -> Exchange:
        """Send a request; where the server says how long to wait, wait once and send it again."""
        answer = self._send_once(call, bound)
        if answer.status != 429 and (answer.status != 503 or expects_refusal):
            return answer
        wait = answer.retry_after
        if wait is None and answer.status == 503:
            return answer
        if wait is not None and wait <= self._budget.wait:
            self._sleep(wait)
            answer = self._send_once(call, bound)
            if answer.status not in (429, 503):
                return answer
        origin = origin_of(urlsplit(call.url))
        self._closed[origin] = f"The server asked to be left in peace ({answer.status})."
        raise NotAnswered(self._closed[origin], CheckOutcome.UNTESTED)

    def _send_once(self, call: HttpCall, bound: int) -> Exchange:
        parts = urlsplit(call.url)
        origin = origin_of(parts)
        self._check_budget(origin)
        if self._ended is not None:
            self._sleep(max(0.0, self._ended + self._pause(origin) - self._clock()))
        self._connector.address(origin)
        self.sent.append(call)
        try:
            answer = self._exchange(call, origin, parts.path, parts.query, bound)
        except NotAnswered as error:
            if error.outcome is CheckOutcome.FAILED:
                self._count_silence(origin)
            raise
        finally:
            self._ended = self._clock()
        self._silent[origin] = 0
        return answer

    def _count_silence(self, origin: Origin) -> None:
        self._silent[origin] = self._silent.get(origin, 0) + 1
        if self._silent[origin] >= _SILENT:
            self._closed[origin] = f"The server gave no answer {_SILENT} times in succession, and is not asked again."

    def _exchange(self, call: HttpCall, origin: Origin, path: str, query: str, bound: int) -> Exchange:
        limit = min(self._budget.seconds, self._began + self._budget.total - self._clock())
        end = self._clock() + limit
        target = urlunsplit(("", "", quote(path, safe=_SAFE) or "/", quote(query, safe=_SAFE), ""))
        try:
            connection = self._connector.open(origin, max(0.001, limit))
        except OSError as error:
            raise NotAnswered(f"{origin[1]}:{origin[2]} cannot be reached: {error}.", CheckOutcome.FAILED) from error
        with Deadline(connection, end - self._clock()) as deadline:
            try:
                connection.putrequest(call.method, target, skip_host=True, skip_accept_encoding=True)
                for name, value in _fields(call, origin):
                    connection.putheader(name, value)
                connection.endheaders(call.body)
                response = connection.getresponse()
                headers = tuple(response.getheaders())
                raw, more = _read(response, bound)
                status = response.status
            except (OSError, http.client.HTTPException, ValueError) as error:
                reason = f"no complete answer within {limit:g} s" if deadline.is_over else _words(error)
                raise NotAnswered(f"{call.method} {call.url[:300]}: {reason}.", CheckOutcome.FAILED) from error
            if deadline.is_over:
                raise NotAnswered(
                    f"{call.method} {call.url[:300]}: no complete answer within {limit:g} s.", CheckOutcome.FAILED
                )
        answer = Exchange(call, status, headers, raw, more)
        coding = answer.header("Content-Encoding").strip().lower()
        try:
            body, longer = unpack(raw, coding, bound, is_whole=not more and call.method != "HEAD")
        except UnreadableBody as error:
            raise NotAnswered(f"{call.method} {call.url[:300]}: {error.what}", CheckOutcome.FAILED) from error
        return Exchange(call, status, headers, body, more or longer, packed=raw if coding else b"")

    def _check_budget(self, origin: Origin) -> None:
        reason = self._closed.get(origin, "")
        if len(self.sent) >= self._budget.requests:
            reason = f"The {self._budget.requests} requests of the budget are spent."
        elif self._clock() >= self._began + self._budget.total:
            reason = f"The {self._budget.total:g} s of the budget are over."
        if reason:
            raise NotAnswered(reason, CheckOutcome.UNTESTED)

    def _check_robots(self, url: str, is_named: bool) -> None:
        if urlsplit(url).path == "/robots.txt":
            return
        _, rules, names_doctor = self._rules(origin_of(urlsplit(url)))
        if (not is_named or names_doctor) and not rules.can_fetch(ROBOT, url):
            raise NotAnswered(f"robots.txt closes {url[:300]} to {ROBOT}.", CheckOutcome.UNTESTED)

    def _pause(self, origin: Origin) -> float:
        _, rules, _ = self._robots.get(origin, (None, _open_rules(), False))
        return max(self._budget.pause, min(int(rules.crawl_delay(ROBOT) or 0), self._budget.wait))

    def _rules(self, origin: Origin) -> tuple[Exchange | None, RobotFileParser, bool]:
        """Return ``robots.txt`` of a host as it came and as rules, and whether it names this client (RFC 9309)."""
        if origin not in self._robots:
            self._robots[origin] = (None, _open_rules(), False)
            self._robots[origin] = self._read_robots(origin)
        return self._robots[origin]

    def _read_robots(self, origin: Origin) -> tuple[Exchange | None, RobotFileParser, bool]:
        rules = RobotFileParser()
        try:
            answer = self.send(
                HttpCall("GET", f"{origin[0]}://{authority(origin)}/robots.txt"), redirects=2, bound=512 * 1024
            )
        except NotAnswered as error:
            if error.outcome is not CheckOutcome.FAILED:
                raise
            return None, _open_rules(), False
        text = answer.body.decode("utf-8", errors="replace")
        if answer.status >= 500:  # RFC 9309 section 2.3.1.4
            rules.parse(["User-agent: *", "Disallow: /"])
        elif answer.status >= 400 or answer.is_html:
            return answer, _open_rules(), False
        else:
            try:
                rules.parse(text.splitlines())
            except ValueError:  # an address or a number that is none
                return answer, _open_rules(), False
        return answer, rules, answer.status < 400 and bool(_OWN_GROUP.search(text))


def _fields(call: HttpCall, origin: Origin) -> list[tuple[str, str]]:
    """Return the header fields of a request: its own, and those that every request has."""
    own = {name.lower() for name, _ in call.headers}
    fields = [("Host", authority(origin)), ("User-Agent", USER_AGENT), ("Connection", "close"), *call.headers]
    if "accept-encoding" not in own:
        fields.append(("Accept-Encoding", "identity"))
    if "accept" not in own:
        fields.append(("Accept", "*/*"))
    if call.body is not None:
        fields.append(("Content-Length", str(len(call.body))))
    return fields


def _read(response: http.client.HTTPResponse, bound: int) -> tuple[bytes, bool]:
    """Return what was read of the content, and whether there is more of it."""
    parts, size = [], 0
    while size <= bound and (content := response.read1(_CHUNK)):
        parts.append(content)
        size += len(content)
    if size <= bound and response.length:
        raise http.client.IncompleteRead(b"", response.length)
    found = b"".join(parts)
    return found[:bound], len(found) > bound


def _words(error: Exception) -> str:
    if isinstance(error, http.client.IncompleteRead):
        return "the connection ended before the answer was complete"
    return f"{type(error).__name__}: {str(error)[:200]}"


def _open_rules() -> RobotFileParser:
    rules = RobotFileParser()
    rules.parse([])
    return rules
