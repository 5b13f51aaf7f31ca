"""Makes complete requests of the bytes of a connection: httptools (llhttp) parses, the bounds and RFC 9112 decide here.

A request is the environment that WSGI defines (PEP 3333), which the application and the front both read.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final, NamedTuple
from urllib.parse import unquote_to_bytes

import httptools

from nosograph.web.http import malformed
from nosograph.web.http.prefix import ENCODED_PATH
from nosograph.web.http.problems import Problem

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

_TOKEN: Final = rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]+"
_REQUEST_LINE: Final = re.compile(rb"(" + _TOKEN + rb") [^\s]+ HTTP/([0-9]\.[0-9])\r?\n")
_HOST: Final = re.compile(r"(?:\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._~!$&'()*+,;=%-]+)(?::[0-9]*)?\Z")
_ABSOLUTE: Final = re.compile(rb"https?://([^/?#]*)([^#]*)\Z", re.IGNORECASE)
_VERSIONS: Final = ("1.1", "1.0")
_ONCE: Final = frozenset({"HTTP_HOST", "CONTENT_TYPE", "CONTENT_LENGTH", "HTTP_TRANSFER_ENCODING"})


class ParsedRequest(NamedTuple):
    """A request that is complete.

    Attributes:
        environ: the request, as far as WSGI describes it without its body.
        body: the body, decoded where it came in chunks.
        keep_alive: whether the client wants to send another one.
        is_old: whether it is of HTTP/1.0.
    """

    environ: WSGIEnvironment
    body: bytes
    keep_alive: bool
    is_old: bool


class RequestParser:
    """Takes bytes and gives requests, or the one problem after which nothing more is read.

    Args:
        base: what the environment of every request holds.
        largest_body: bytes that a body may have.
        hold: asked for room in memory before bytes of a body are taken; says whether there is.

    Attributes:
        ready: the requests that are complete.
        problem: what is wrong with the bytes.
        in_request: whether a request has begun and is not complete.
        in_body: whether its header is complete.
        awaits_continue: whether its client waits for 100 Continue.
        at_start: whether the next byte is sure to be read as the first of a request.
    """

    def __init__(self, base: Mapping[str, Any], largest_body: int, hold: Callable[[int], bool]) -> None:
        self.ready: deque[ParsedRequest] = deque()
        self.problem: Problem | None = None
        self.in_request = False
        self.in_body = False
        self.awaits_continue = False
        self.at_start = True
        self._base = base
        self._largest_body = largest_body
        self._hold = hold
        self._closed = False
        self._begins_body = False
        self._begun = 0
        self._parser: Any = httptools.HttpRequestParser(self)
        self._reset()

    def _reset(self) -> None:
        self.in_request = self.in_body = self.awaits_continue = False
        self._target = b""
        self._environ: WSGIEnvironment = dict(self._base)
        self._fields = 0
        self._head_bytes = 0
        self._wire_bytes = 0
        self._body = bytearray()
        self._is_old = False

    def feed(self, data: bytes) -> None:
        """Take bytes; requests that are complete are in ``ready`` then, and what is wrong is in ``problem``."""
        ends_line = data.endswith(b"\n")  # after it the parser is within no line end, as it may be after "\r"
        while data and self.problem is None and not self._closed:
            data = self._feed(data)
        self.at_start = ends_line and not (self.in_request or self._closed or self.problem)

    def end(self) -> None:
        """Record that no more bytes come."""
        if self.in_request and self.problem is None:
            what = "it ends too early"
            self.problem = malformed.malformed_body(what) if self.in_body else malformed.malformed(what)

    def _feed(self, data: bytes) -> bytes:
        """Parse bytes; return those that are not read yet."""
        size, in_request, begun = len(data), self.in_request, self._begun
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserUpgrade as upgrade:
            # No other protocol is spoken here, so a body is read, and the next request is one of this protocol
            # (RFC 9110 §7.8).
            self._parser = httptools.HttpRequestParser(self)
            if self.in_request and self.problem is None:
                self._begin_body()
            return data[upgrade.args[0] :]
        except httptools.HttpParserError as error:
            if self.problem is None and not self._closed:
                first = not in_request and self._begun - begun <= 1
                self.problem = self._describe(error, data if first else b"")
        if self.in_body:
            self._wire_bytes += size
            if self._wire_bytes > 2 * self._largest_body + malformed.LARGEST_HEAD and self.problem is None:
                self.problem = malformed.body_too_large(self._largest_body)  # chunks of almost nothing
        elif self.in_request:
            self._head_bytes += size
            if self._head_bytes > malformed.LARGEST_HEAD and self.problem is None:
                self.problem = malformed.header_too_large()
        return b""

    def _begin_body(self) -> None:
        """Make a new parser expect the body that the last one left unread, because another protocol was offered.

        It is told again what says where the body ends, and whether the connection does.
        """
        names = {
            "CONTENT_LENGTH": "Content-Length",
            "HTTP_TRANSFER_ENCODING": "Transfer-Encoding",
            "HTTP_CONNECTION": "Connection",
        }
        fields = [f"{name}: {self._environ[key]}\r\n" for key, name in names.items() if key in self._environ]
        self._begins_body = True
        self._parser.feed_data(f"POST / {self._environ['SERVER_PROTOCOL']}\r\n{''.join(fields)}\r\n".encode("latin-1"))
        self._begins_body = False

    def _describe(self, error: Exception, data: bytes) -> Problem:
        """Return the problem that an error is; ``data`` begins with the request line, or is empty."""
        what = str(error.args[0]) if error.args else "it cannot be read"
        if self.in_body:
            return malformed.malformed_body(what)
        line = _REQUEST_LINE.match(data)
        if line and line[2].decode() not in _VERSIONS:
            return malformed.unknown_version()
        if line and isinstance(error, httptools.HttpParserInvalidMethodError):
            return malformed.unknown_method()
        if isinstance(error, httptools.HttpParserInvalidURLError):
            return malformed.malformed(what, "Percent-encode what is not ASCII in the address.")
        return malformed.malformed(what)

    # What httptools calls

    def on_message_begin(self) -> None:
        """Begin a request."""
        if self._begins_body:
            return
        self._begun += 1
        self.in_request = True

    def on_url(self, target: bytes) -> None:
        """Take a piece of the request target."""
        if self._begins_body:
            return
        self._target += target
        if len(self._target) > malformed.LONGEST_LINE:
            self._refuse(malformed.address_too_long())

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take a header field; fields after the body are left out."""
        if self.in_body:
            return
        self._fields += 1
        if self._fields > malformed.MOST_FIELDS or len(name) + len(value) > malformed.LONGEST_LINE:
            self._refuse(malformed.header_too_large())
            return
        key = environ_name(name)
        if key not in self._environ:
            if key:
                self._environ[key] = value.decode("latin-1")
        elif key == "HTTP_HOST":
            self._refuse(malformed.no_host())
        elif key in _ONCE:
            self._refuse(malformed.malformed(f"{name.decode('latin-1')} stands in it twice"))
        else:
            self._environ[key] += f",{value.decode('latin-1')}"

    def on_headers_complete(self) -> None:
        """Look at the head as a whole."""
        if self._begins_body:
            return
        problem = self._read_head()
        if problem is not None:
            self._refuse(problem)
        self.in_body = True

    def on_body(self, content: bytes) -> None:
        """Take a piece of the body."""
        if self.problem is not None:
            return
        if len(self._body) + len(content) > self._largest_body:
            self._refuse(malformed.body_too_large(self._largest_body))
        elif not self._hold(len(content)):
            self._refuse(malformed.no_room("Too many bodies of requests are being received."))
        else:
            self._body += content

    def on_message_complete(self) -> None:
        """Put the request with those that are ready."""
        environ = self._environ
        has_body = "HTTP_TRANSFER_ENCODING" in environ or environ.get("CONTENT_LENGTH", "0") != "0"
        if self.problem is not None or (has_body and self._parser.should_upgrade()):
            return
        if environ.pop("HTTP_TRANSFER_ENCODING", None) is not None:
            environ["CONTENT_LENGTH"] = str(len(self._body))
        keep_alive = self._parser.should_keep_alive()
        self._closed = not keep_alive
        self.ready.append(ParsedRequest(environ, bytes(self._body), keep_alive, self._is_old))
        self._reset()

    def _refuse(self, problem: Problem) -> None:
        if self.problem is None:
            self.problem = problem

    def _read_head(self) -> Problem | None:
        environ = self._environ
        version = self._parser.get_http_version()
        if version not in _VERSIONS:
            if version == "0.9":
                return malformed.malformed("its first line names no version of HTTP")
            return malformed.unknown_version()
        self._is_old = version == "1.0"
        environ["SERVER_PROTOCOL"] = f"HTTP/{version}"
        method = environ["REQUEST_METHOD"] = self._parser.get_method().decode("latin-1")
        if method == "CONNECT":
            return malformed.unknown_method()
        if not self._read_target(method):
            return malformed.malformed("its address is none that a server answers for")
        host = environ.get("HTTP_HOST")
        if not host and not self._is_old:
            return malformed.no_host()
        if host and not _HOST.match(host):
            return malformed.malformed("Host names no host")
        return self._read_framing()

    def _read_target(self, method: str) -> bool:
        """Read the request target (RFC 9112 §3.2), and return whether it is one."""
        target = self._target
        if not target.startswith(b"/"):
            absolute = _ABSOLUTE.match(target)
            if absolute:
                self._environ["HTTP_HOST"] = absolute[1].decode("latin-1")
                target = absolute[2] if absolute[2].startswith(b"/") else b"/" + absolute[2]
            elif target != b"*" or method != "OPTIONS":
                return False
        if b"#" in target:
            return False
        path, _, query = target.partition(b"?")
        self._environ["PATH_INFO"] = (unquote_to_bytes(path) if b"%" in path else path).decode("latin-1")
        if b"%2f" in path.lower():
            self._environ[ENCODED_PATH] = path.decode("latin-1")
        self._environ["QUERY_STRING"] = query.decode("latin-1")
        return True

    def _read_framing(self) -> Problem | None:
        coding = self._environ.get("HTTP_TRANSFER_ENCODING")
        if coding is not None:
            if self._is_old:
                return malformed.malformed("HTTP/1.0 has no Transfer-Encoding")
            if coding.strip().lower() != "chunked":
                return malformed.unknown_coding(coding)
        length = self._environ.get("CONTENT_LENGTH", "")
        if length and int(length) > self._largest_body:
            return malformed.body_too_large(self._largest_body)
        expected = self._environ.get("HTTP_EXPECT")
        if expected is not None and not self._is_old:
            if expected.strip().lower() != "100-continue":
                return malformed.unknown_expectation(expected)
            self.awaits_continue = bool(coding or length not in ("", "0"))
        return None


@lru_cache(maxsize=512)
def environ_name(name: bytes) -> str:
    """Return the name of a header field as WSGI spells it; nothing for one that another field could be taken for."""
    if b"_" in name:
        return ""
    spelled = name.decode("latin-1").upper().replace("-", "_")
    return spelled if spelled in ("CONTENT_TYPE", "CONTENT_LENGTH") else f"HTTP_{spelled}"
